import { sseErrorCode } from '../../src/index.ts';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import type { EventText, Recorder } from './records.ts';
import type { Server } from './server.ts';

const MOST_TRIES = 6;

/** Where a publisher lives. */
interface Surroundings {
  readonly recorder: Recorder;
  readonly random: Random;
  readonly clock: Clock;
  readonly servers: readonly (Server | undefined)[];
  findServer(): Server | undefined;
}

interface Publication {
  readonly n: number;
  readonly server: number;
  readonly events: readonly EventText[];
}

/** Publishes as a service would: at its server or, where that fails, at any, with the same idempotency keys. */
export async function publish(world: Surroundings, { n, server: index, events }: Publication): Promise<void> {
  const { recorder, random, clock } = world;
  let server: Server | undefined = world.servers[index];
  recorder.note({ kind: 'publish', n, server: index, events });
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    try {
      if (server !== undefined) {
        const { broadcaster } = server;
        const ids = await server.ask(() => broadcaster.publish(events));
        return recorder.note({ kind: 'acknowledge', n, ids });
      }
    } catch (error) {
      recorder.note({ kind: 'refuse', n, code: sseErrorCode(error) ?? String(error) });
    }
    await clock.sleep(random.between(20, 200) * tries);
    server = world.findServer();
  }
}
