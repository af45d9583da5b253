import { expect, test } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { event } from '../test/follow.ts';
import { temporaryDatabase } from '../test/temporary-database.ts';
import { percentile, report } from './figures.ts';

const RUN_MS = 4_000;

for (const durability of ['disk', 'os'] as const)
  for (const publishers of [1, 10, 100, 1_000])
    test(`${publishers} publishers at once (${durability})`, async () => {
      const log = new LmdbEventLog({ path: temporaryDatabase(), durability });
      const times: number[] = [];
      const startedAt = performance.now();
      const publish = async (): Promise<void> => {
        while (performance.now() - startedAt < RUN_MS) {
          const before = performance.now();
          await log.append([event(1, { data: 'x'.repeat(150) })]);
          times.push(performance.now() - before);
        }
      };
      await Promise.all(Array.from({ length: publishers }, publish));
      const rate = times.length / ((performance.now() - startedAt) / 1_000);
      report(
        `${durability}, ${publishers} at once: ${rate.toFixed(0)} events/s; append p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`,
      );
      expect(times.length).toBeGreaterThan(0);
      await log.close();
    });
