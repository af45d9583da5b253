import { afterEach, expect, test } from 'vitest';
import { ask, publishOk } from './support/http.ts';
import {
  eventually,
  killServers,
  runServer,
  ServerProcess,
  startServer,
  TOKEN,
} from './support/server-process.ts';
import { SseReader } from './support/sse-reader.ts';
import { workerPids } from './support/workers.ts';

afterEach(() => killServers());

const start = (env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> =>
  startServer({ env: { WORKERS: '2', RETRY_MS: '50', ...env }, group: true });
const open = (server: ServerProcess, name: string, headers = {}): Promise<SseReader> =>
  new SseReader(`${server.url}/stream?topics=tick&client_name=${name}`, { headers }).opened();
const numbers = (reader: SseReader): readonly unknown[] => reader.events().map(({ n }) => n);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** A stream that comes back with its last id whenever it ends, as a browser does. */
class Follower {
  readonly received: unknown[] = [];
  readonly gaps: unknown[] = [];
  #lastId = '';
  #isOver = false;
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
    void this.#follow();
  }

  stop(): void {
    this.#isOver = true;
  }

  async #follow(): Promise<void> {
    while (!this.#isOver) {
      const headers: Record<string, string> = this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId };
      const reader = new SseReader(`${this.#server.url}/stream?topics=tick`, {
        headers,
        onBlock: ({ id, event, data }) => {
          this.#lastId = id ?? this.#lastId;
          if (event === 'data') this.received.push(JSON.parse(data ?? '').n);
          if (event === 'system' && data?.includes('"gap"')) this.gaps.push(data);
        },
      });
      while (!reader.over && !this.#isOver) await new Promise((resolve) => setTimeout(resolve, 5));
      reader.close();
    }
  }
}

test('streams on every worker get what is published to any, in one order', async () => {
  const server = await start();
  const readers = await Promise.all(upTo(6).map((n) => open(server, `reader-${n}`)));
  await Promise.all(upTo(40).map((n) => publishOk(server, { type: 'tick', n })));
  for (const reader of readers) await eventually(() => expect(reader.events()).toHaveLength(40));
  for (const reader of readers) expect(numbers(reader)).toEqual(numbers(readers[0] as SseReader));
  expect(await workerPids(server)).toHaveLength(2);
});

test('every worker answers for all', async () => {
  const server = await start();
  await Promise.all(upTo(6).map((n) => open(server, `reader-${n}`)));
  await eventually(async () => {
    // Asked often: the connections go to the workers in turn.
    for (let time = 0; time < 4; time += 1) {
      expect((await ask(server, '/', { headers: { Connection: 'close' } })).body['clients']).toBe(6);
      expect(
        (await ask(server, '/health', { headers: { Connection: 'close' } })).body['connected_clients'],
      ).toBe(6);
      const { body } = await ask(server, '/clients', { headers: { Connection: 'close' } });
      expect(body['count']).toBe(6);
      const names = (body['clients'] as { client_name: string }[]).map(({ client_name: name }) => name);
      expect(names.sort()).toEqual(upTo(6).map((n) => `reader-${n}`));
    }
  });
  const page = await ask(server, '/clients?limit=2&offset=1');
  expect(page.body['clients']).toHaveLength(2);
  expect(page.headers.get('link')).toContain('offset=3');
});

test('a client is disconnected by whichever worker is asked', async () => {
  const server = await start();
  const readers = await Promise.all(upTo(4).map((n) => open(server, `reader-${n}`)));
  const headers = { Authorization: `Bearer ${TOKEN}`, Connection: 'close' };
  for (const reader of readers) {
    const id = String(reader.system('connected')[0]?.['client_id']);
    expect((await ask(server, `/clients/${id}`, { method: 'DELETE', headers })).status).toBe(204);
    await eventually(() => expect(reader.system('closing')).toMatchObject([{ reason: 'revoked' }]));
    expect((await ask(server, `/clients/${id}`, { method: 'DELETE', headers })).status).toBe(404);
  }
});

test('a heartbeat tells of the clients of all workers', async () => {
  const server = await start({ HEARTBEAT_INTERVAL: '0.2' });
  const readers = await Promise.all(
    upTo(4).map(() => new SseReader(`${server.url}/stream?topics=heartbeat`).opened()),
  );
  for (const reader of readers)
    await eventually(() => expect(reader.events('heartbeat').at(-1)).toMatchObject({ clients: 4 }));
});

test('a worker that dies is replaced, and its clients resume without loss or repeat', async () => {
  const server = await start();
  const followers = upTo(4).map(() => new Follower(server));
  await eventually(async () => expect((await ask(server, '/')).body['clients']).toBe(4));
  const before = await workerPids(server);
  for (const n of upTo(100)) {
    if (n === 30) process.kill(before[0] ?? 0, 'SIGKILL');
    // What a dying worker had not acknowledged may be published twice, unless it has a key.
    await eventually(() => publishOk(server, { type: 'tick', n }, { 'Idempotency-Key': `tick-${n}` }));
  }
  for (const { received } of followers) await eventually(() => expect(received).toEqual(upTo(100)));
  expect(followers.flatMap(({ gaps }) => gaps)).toEqual([]);
  await eventually(async () => expect(await workerPids(server)).toHaveLength(2));
  expect(server.logs('a worker died; another takes its place')).toHaveLength(1);
  for (const follower of followers) follower.stop();
});

test('SIGHUP replaces every worker while all goes on', async () => {
  const server = await start({ DRAIN_SECONDS: '1' });
  const followers = upTo(4).map(() => new Follower(server));
  await eventually(async () => expect((await ask(server, '/')).body['clients']).toBe(4));
  const before = await workerPids(server);
  process.kill(server.pid, 'SIGHUP');
  for (let n = 1; n <= 1_000 && server.logs('all workers are new').length === 0; n += 1) {
    await eventually(() => publishOk(server, { type: 'tick', n }, { 'Idempotency-Key': `tick-${n}` }));
  }
  await server.log('all workers are new');
  await publishOk(server, { type: 'tick', n: 'last' });
  for (const { received } of followers) {
    await eventually(() => expect(received.at(-1)).toBe('last'));
    expect(received.slice(0, -1)).toEqual(upTo(received.length - 1));
  }
  expect(followers.flatMap(({ gaps }) => gaps)).toEqual([]);
  const after = await workerPids(server);
  expect(after).toHaveLength(2);
  for (const pid of before) expect(after).not.toContain(pid);
  for (const follower of followers) follower.stop();
});

test('SIGHUP while the workers are starting ends nothing', async () => {
  const server = new ServerProcess({ env: { WORKERS: '2' }, group: true });
  await eventually(async () => expect(await workerPids(server)).not.toHaveLength(0));
  process.kill(server.pid, 'SIGHUP');
  await server.log('listening');
});

test('SIGTERM ends all of it: each stream is told, and the exit code is 0', async () => {
  const server = await start({ DRAIN_SECONDS: '1' });
  const readers = await Promise.all(upTo(4).map((n) => open(server, `reader-${n}`)));
  const pids = await workerPids(server);
  const { code } = await server.stop();
  expect(code, server.stderr).toBe(0);
  for (const reader of readers) expect(reader.system('closing')).toMatchObject([{ reason: 'shutdown' }]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
});

test('workers end when the primary is killed, and give the port back', async () => {
  const server = await start({ DRAIN_SECONDS: '1' });
  const pids = await workerPids(server);
  await server.stop('SIGKILL');
  await eventually(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});

test('the telemetry is there once, whatever the number of workers', async () => {
  const server = await start({ PRODUCERS: 'all', METRIC_INTERVAL: '0.1' });
  const reader = await new SseReader(`${server.url}/stream?topics=metric`).opened();
  await eventually(() => expect(reader.events().length).toBeGreaterThan(20));
  const stamps = reader.events().map(({ name, timestamp }) => `${name} ${timestamp}`);
  expect(new Set(stamps).size).toBe(stamps.length);
  const { body } = await ask(server, '/health');
  expect(body['producers']).toEqual({ event_producer: 'running', heartbeat_producer: 'running' });
});

test('a port that is taken is said once, and ends all', async () => {
  const server = await startServer();
  const { code, stderr } = await runServer({ env: { WORKERS: '2', PORT: String(server.port) } });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `sse-server: Expected \`PORT\` to be free, got \`${server.port}\`, which another process listens on\n`,
  );
});
