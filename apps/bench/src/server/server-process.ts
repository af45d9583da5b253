// Runs one system in a process of its own, and publishes what it is told to: `server-process <system> <settings>`.
import type { BenchEvent } from '../bench-event.ts';
import { eventMaker, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { answerCalls } from '../ipc.ts';
import { SYSTEMS, type SystemName } from '../systems/all-systems.ts';
import type { SystemSettings } from '../systems/system.ts';
import type { PublishRequest } from './publishing.ts';
import { Pump } from './pump.ts';

const [name, settings = '{}'] = process.argv.slice(2);
const system = await SYSTEMS[name as SystemName].start(JSON.parse(settings) as SystemSettings);
const pump = new Pump(system);
process.once('exit', () => system.stop?.());

answerCalls({
  where: () => ({ port: system.port, path: system.path, pids: system.pids }),
  publish: (request: PublishRequest) => pump.start(request),
  stop: async () => ({ published: await pump.stop() }),
  finished: async () => ({ published: await pump.finished() }),
  progress: (read: number) => pump.progress(read),
  collect: () => system.collect?.(),
  remember: async ({ count, eventBytes, from }: { count: number; eventBytes: number; from: number }) => {
    if (system.remember === undefined) throw new Error('Expected a system that can replay');
    const make = eventMaker(eventBytes);
    let cursor = '';
    for (let n = 0; n < count; n++) {
      const event: BenchEvent = make(FIRST_NUMBER + n, nowMicros());
      const id = await system.remember(event);
      if (n === from) cursor = id;
    }
    return { cursor };
  },
});
