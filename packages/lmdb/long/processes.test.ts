import { expect, test } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { Child } from '../test/child.ts';
import type { ChildMessage } from '../test/child-main.ts';
import { event } from '../test/follow.ts';
import { temporaryDatabase } from '../test/temporary-database.ts';
import { percentile, report } from './figures.ts';

const clock = (): number => Number(process.hrtime.bigint()) / 1e6;
const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

for (const durability of ['disk', 'os'] as const)
  test(`three processes that publish without a pause share the database fairly (${durability})`, async () => {
    const path = temporaryDatabase();
    const children = await Promise.all([Child.start(), Child.start(), Child.start()]);
    for (const child of children)
      await child.call('storm', await child.call('open', { path, durability }), 8);
    const before = children.map((child) => child.acknowledged.length);
    await sleep(5_000);
    const rates = children.map((child, index) => (child.acknowledged.length - (before[index] ?? 0)) / 5);
    report(`${durability}, three processes: ${rates.map((rate) => rate.toFixed(0)).join(' + ')} events/s`);
    expect(Math.min(...rates)).toBeGreaterThan(0);
    await Promise.all(children.map((child) => child.kill()));
  });

test('another process sees an entry soon, event by event', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path });
  const child = await Child.start();
  const seen = new Map<string, number>();
  child.onMessage = (message: ChildMessage) => {
    if (message.kind !== 'batch') return;
    for (const { id } of (message.batch as { entries: readonly { id: string }[] }).entries)
      seen.set(id, message.at);
  };
  await child.call('tail', await child.call('open', { path }), 1);
  const acknowledged = new Map<string, number>();
  for (let n = 0; n < 2_000; n++) {
    const [id = ''] = await log.append([event(n)]);
    acknowledged.set(id, clock());
    await sleep(n % 10);
  }
  await sleep(1_000);
  const delays = [...acknowledged].map(([id, at]) => (seen.get(id) ?? Number.NaN) - at);
  const figures = [0.5, 0.99, 0.999].map((part) => percentile(delays, part).toFixed(2));
  report(
    `tail in another process, ms after the acknowledgement: p50, p99, p99.9 of 2,000: ${figures.join(', ')}`,
  );
  expect(delays.filter((delay) => Number.isNaN(delay))).toEqual([]);
  await child.kill();
  await log.close();
});
