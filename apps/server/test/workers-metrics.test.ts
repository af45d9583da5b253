import { afterEach, expect, test } from 'vitest';
import { publishOk } from './support/http.ts';
import { scrape } from './support/series.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, type SseReader } from './support/sse-reader.ts';
import { workerPids } from './support/workers.ts';

afterEach(killServers);

const start = (): Promise<ServerProcess> =>
  startServer({ env: { WORKERS: '2', DRAIN_SECONDS: '1' }, group: true });

async function openSome(server: ServerProcess, count: number): Promise<readonly SseReader[]> {
  return Promise.all(Array.from({ length: count }, () => openStream(`${server.url}/stream`)));
}

test('/metrics answers for all workers, whichever is asked', async () => {
  const server = await start();
  const readers = await openSome(server, 6);
  for (let n = 0; n < 10; n++) await publishOk(server, { type: 'tick', n });
  for (const reader of readers) await eventually(() => expect(reader.events()).toHaveLength(10));
  for (let n = 0; n < 4; n++)
    expect(Object.fromEntries(await scrape(server))).toMatchObject({
      sse_connected_clients: 6,
      sse_events_published_total: 10,
      sse_events_sent_total: 60,
      sse_history_entries: 10,
      sse_running: 1,
      sse_processes: 3,
    });
});

test('what was counted stays while a worker is killed, and while all are replaced', async () => {
  const server = await start();
  const readers = await openSome(server, 4);
  for (let n = 0; n < 10; n++) await publishOk(server, { type: 'tick', n });
  for (const reader of readers) await eventually(() => expect(reader.events()).toHaveLength(10));
  const [victim = 0] = await workerPids(server);
  expect((await scrape(server)).get('sse_events_published_total')).toBe(10);

  process.kill(victim, 'SIGKILL');
  await server.log('a worker died; another takes its place');
  let published = 10;
  async function publishAndLook(): Promise<void> {
    await eventually(() => publishOk(server, { type: 'tick' }, { 'Idempotency-Key': `after-${published}` }));
    published++;
    const series = await eventually(() => scrape(server));
    expect(series.get('sse_events_sent_total')).toBeGreaterThanOrEqual(40);
    expect(series.get('sse_events_published_total')).toBeGreaterThanOrEqual(published);
  }
  await publishAndLook();
  await eventually(async () => expect((await scrape(server)).get('sse_processes')).toBe(3));

  process.kill(server.pid, 'SIGHUP');
  while (server.logs('all workers are new').length === 0) await publishAndLook();
  await publishAndLook();
  expect((await scrape(server)).get('sse_processes')).toBe(3);
});
