import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, publish, publishOk } from './support/http.ts';
import {
  eventually,
  killServers,
  type LogLine,
  ServerProcess,
  startServer,
  TOKEN,
} from './support/server-process.ts';
import { openStream, SseReader } from './support/sse-reader.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { LOG_LEVEL: 'trace' } });
});
afterAll(killServers);

/** The lines of one client, once it has gone. */
async function linesOf(name: string): Promise<readonly LogLine[]> {
  await server.log('client disconnected', { client_name: name });
  return server.logs().filter((line) => line['client_name'] === name);
}

test('a stream leaves a line when it begins and one when it ends', async () => {
  const reader = await openStream(`${server.url}/stream?topics=a,b&client_name=dash&tags=prod,eu`);
  await publishOk(server, [{ type: 'a' }, { type: 'b' }, { type: 'c' }]);
  await eventually(() => expect(reader.events()).toHaveLength(2));
  reader.close();
  const [began, ended, ...more] = await linesOf('dash');
  const client_id = reader.system('connected')[0]?.['client_id'];
  const time = expect.stringMatching(/^\d{4}-.+Z$/);
  expect(began).toEqual({
    level: 'info',
    time,
    client_id,
    client_name: 'dash',
    topics: ['a', 'b'],
    tags: ['prod', 'eu'],
    msg: 'client connected',
  });
  expect(ended).toEqual({
    level: 'info',
    time,
    client_id,
    client_name: 'dash',
    reason: 'gone',
    seconds: expect.any(Number),
    events_sent: 2,
    msg: 'client disconnected',
  });
  expect(Number(ended?.['seconds'])).toBeLessThan(10);
  expect(more).toEqual([]);
});

test('a client that missed something leaves a line that says why', async () => {
  const reader = await openStream(`${server.url}/stream?client_name=late`, {
    headers: { 'Last-Event-ID': 'other-1' },
  });
  expect(await server.log('client missed events', { client_name: 'late' })).toMatchObject({
    reason: 'unknown',
    requested: 'other-1',
  });
  reader.close();
});

test('every line is JSON by itself, with level, time and message', () => {
  const lines = server.stdout.split('\n').slice(0, -1);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({
      level: expect.any(String),
      time: expect.any(String),
      msg: expect.any(String),
    });
});

test('no token and no query string is in the log, whatever is asked', async () => {
  const secret = 'secret-of-somebody-17';
  const refused = [
    ask(server, `/stream?topics=&access_token=${secret}`),
    ask(server, `/nothing?token=${secret}`),
    ask(server, `/clients?limit=${secret}`),
    publish(server, '{', { query: `?token=${secret}` }),
    publish(server, { type: 'a' }, { headers: { Authorization: `Bearer ${secret}` } }),
    ask(server, '/health', { headers: { Cookie: `session=${secret}`, Authorization: `Bearer ${secret}` } }),
  ];
  await Promise.all(refused);
  const reader = await openStream(`${server.url}/stream?client_name=asker&access_token=${secret}`, {
    headers: { Authorization: `Bearer ${secret}`, Cookie: `session=${secret}` },
  });
  reader.close();
  await linesOf('asker');
  expect(server.stdout + server.stderr).not.toContain(secret);
  expect(server.stdout + server.stderr).not.toContain(TOKEN);
});

test('a cursor from outside puts no control character into the log', async () => {
  const cursor = '\u001b[31mred\r\n{"level":"fatal"}\u0085\u2028\u0000';
  const reader = await openStream(
    `${server.url}/stream?client_name=hostile&last_event_id=${encodeURIComponent(cursor)}`,
  );
  reader.close();
  const lines = await linesOf('hostile');
  expect(lines.map(({ msg }) => msg)).toEqual([
    'client connected',
    'client missed events',
    'client disconnected',
  ]);
  expect(server.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
});

test('a name with quotes, braces and letters of any script stands in the log as it is', async () => {
  const name = '"}{" Привет 🚀';
  const reader = await openStream(`${server.url}/stream?client_name=${encodeURIComponent(name)}`);
  reader.close();
  expect(await linesOf(name)).toHaveLength(2);
});

test('LOG_LEVEL=warn leaves out what is no trouble', async () => {
  const quiet = await startServerQuietly();
  const reader = await openStream(`${quiet.url}/stream`);
  reader.close();
  expect((await quiet.stop()).stdout).toBe('');
});

/** Without its line `listening` the port has to be known: that of a server that has just left it. */
async function startServerQuietly(): Promise<ServerProcess> {
  const first = await startServer();
  const { port, url } = first;
  await first.stop();
  const quiet = new ServerProcess({ env: { LOG_LEVEL: 'warn', PORT: String(port) } });
  quiet.url = url;
  await eventually(() => ask(quiet, '/ready'));
  return quiet;
}

test('the server goes on when nobody reads its log', async () => {
  const unread = await startServer({ env: { LOG_LEVEL: 'trace' } });
  unread.pauseOutput();
  // Several times what a pipe holds.
  for (let round = 0; round < 20; round++) {
    const name = `${round}-${'n'.repeat(100)}`;
    const tags = Array.from({ length: 20 }, (_, i) => `${i}${'t'.repeat(60)}`).join(',');
    const readers = Array.from(
      { length: 20 },
      () => new SseReader(`${unread.url}/stream?client_name=${name}&tags=${tags}`),
    );
    await Promise.all(readers.map((reader) => reader.opened()));
    for (const reader of readers) reader.close();
  }
  expect((await ask(unread, '/health')).status).toBe(200);
  unread.resumeOutput();
  await eventually(() => expect(unread.logs('client disconnected')).toHaveLength(400));
  expect((await unread.stop()).code).toBe(0);
});
