// Runs one system in a process of its own, and publishes what it is told to: `server-process <system> <settings>`.
import { eventMaker, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { answerCalls } from '../ipc.ts';
import { systemOf } from '../systems/all-systems.ts';
import type { SystemSettings } from '../systems/system.ts';
import type { PublishRequest } from './publishing.ts';
import { Pump } from './pump.ts';

/** Events published at once into a history. */
const BATCH = 100;

const [name = '', settings = '{}'] = process.argv.slice(2);
const system = await systemOf(name).start(JSON.parse(settings) as SystemSettings);
const pump = new Pump(system);
process.once('exit', () => system.stop?.());

answerCalls({
  where: () => ({
    port: system.port,
    path: system.path,
    pids: system.pids,
    postHead: system.postHead,
  }),
  publish: (request: PublishRequest) => pump.start(request),
  published: () => ({ published: pump.published }),
  stop: async () => ({ published: await pump.stop() }),
  finished: async () => ({ published: await pump.finished() }),
  progress: (read: number) => pump.progress(read),
  collect: () => system.collect?.(),
  /** Bytes of this process's heap after a collection. */
  heap: () => {
    system.collect?.();
    return process.memoryUsage().heapUsed;
  },
  remember: async ({ count, eventBytes, from }: { count: number; eventBytes: number; from: number }) => {
    if (system.remember === undefined) throw new Error('Expected a system that can replay');
    const make = eventMaker(eventBytes);
    const ids: string[] = [];
    while (ids.length < count) {
      const size = Math.min(BATCH, count - ids.length);
      const events = Array.from({ length: size }, (_, index) =>
        make(FIRST_NUMBER + ids.length + index, nowMicros()),
      );
      ids.push(...(await system.remember(events)));
    }
    return { cursor: ids[from] };
  },
});
