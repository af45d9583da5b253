import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { publishOk } from '../support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { SseReader } from '../support/sse-reader.ts';

const LONG = process.env['LONG'] === '1';
const CLIENTS = LONG ? 1_000 : 200;
const BUCKET_MS = 100;
// With 1,000 clients, and the drain time of deploy/, none has more than 5 %; of fewer, chance may bring more together.
const MOST_AT_ONCE = CLIENTS * (LONG ? 0.05 : 0.1);

afterEach(killServers);

/** A client like a browser: comes back after the last `retry`, to whichever server is up, with its last id. */
class Client {
  readonly numbers: number[] = [];
  gaps = 0;
  cursor = '';
  isOpen = false;
  private retryMs = 0;

  constructor(
    readonly up: () => ServerProcess,
    readonly reconnects: (at: number) => void,
  ) {
    this.connect();
  }

  private connect(): void {
    const headers = this.cursor === '' ? {} : { 'Last-Event-ID': this.cursor };
    const reader = new SseReader(`${this.up().url}/stream?topics=n`, {
      headers,
      onBlock: ({ id, event, data, retry }) => {
        if (retry !== undefined) this.retryMs = retry;
        if (id !== undefined) this.cursor = id;
        const payload = data === undefined ? {} : (JSON.parse(data) as Readonly<Record<string, unknown>>);
        if (event === 'data') this.numbers.push(Number(payload['n']));
        if (payload['type'] === 'connected') this.isOpen = true;
        if (payload['type'] === 'gap') this.gaps++;
      },
    });
    void reader.ended.then(() => {
      this.isOpen = false;
      this.reconnects(performance.now() + this.retryMs);
      setTimeout(() => this.connect(), this.retryMs);
    });
  }
}

/** The most of `times` that fall into one stretch of `BUCKET_MS`. */
function mostAtOnce(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= BUCKET_MS) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

test(`two servers are restarted one after the other: ${CLIENTS} clients lose nothing, get nothing twice, and come back spread out`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sse-rolling-'));
  const start = (): Promise<ServerProcess> =>
    startServer({ env: { DATA_DIR: folder, DRAIN_SECONDS: LONG ? '10' : '5' } });
  const servers = [await start(), await start()];
  let turn = 0;
  const up = (): ServerProcess => servers[turn++ % servers.length] as ServerProcess;
  let reconnects: number[] = [];
  const clients = Array.from({ length: CLIENTS }, () => new Client(up, (at) => void reconnects.push(at)));
  const allOpen = (): Promise<void> =>
    eventually(() => expect(clients.filter(({ isOpen }) => !isOpen)).toHaveLength(0), 30_000);
  await allOpen();

  let published = 0;
  let isDone = false;
  const publishing = (async () => {
    while (!isDone) {
      await publishOk(up(), { type: 'n', n: published++ });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  for (const _again of [1, 2]) {
    reconnects = [];
    const leaving = servers.shift() as ServerProcess;
    expect((await leaving.stop()).code).toBe(0);
    await allOpen();
    expect(reconnects.length).toBeGreaterThanOrEqual(CLIENTS / 2 - 1);
    expect(mostAtOnce(reconnects)).toBeLessThanOrEqual(MOST_AT_ONCE);
    servers.push(await start());
  }
  isDone = true;
  await publishing;
  const all = Array.from({ length: published }, (_, n) => n);
  await eventually(() => expect(clients.filter(({ numbers }) => numbers.length < published)).toHaveLength(0));
  for (const { numbers, gaps } of clients) expect({ numbers, gaps }).toEqual({ numbers: all, gaps: 0 });
  for (const server of servers) expect(server.stderr).toBe('');
  await killServers();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
