import type { RedisProcess } from '../plant/redis-process.ts';
import { type Fault, OVER } from './fault.ts';

/** What happens to a Redis, and takes nothing away. */
export function redisFaults(redis: RedisProcess): Fault[] {
  const { name: target, process } = redis;
  return [
    {
      name: 'kill -9 of Redis',
      target,
      lasts: [0, 3_000],
      async begin() {
        await process.end('SIGKILL');
        return () => redis.up();
      },
    },
    {
      name: 'SIGSTOP of Redis',
      target,
      lasts: [500, 7_000],
      async begin() {
        process.signal('SIGSTOP');
        return async () => process.signal('SIGCONT');
      },
    },
  ];
}

/** What others do to the history in it. */
export function historyFaults(redis: RedisProcess, streamKey: string): Fault[] {
  const { name: target } = redis;
  return [
    {
      name: 'FLUSHALL',
      target,
      lasts: [100, 500],
      async begin() {
        await redis.ask('FLUSHALL').catch(() => undefined);
        return OVER;
      },
    },
    {
      name: 'XTRIM',
      target,
      lasts: [100, 500],
      async begin(random) {
        const kept = Math.floor(random.between(0, 100));
        await redis.ask(`XTRIM ${streamKey} MAXLEN ${kept}`).catch(() => undefined);
        return OVER;
      },
    },
  ];
}
