import { openEventStream } from '@sse/client';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { publishOk } from './support/http.ts';
import { eventually, killServers, startServer } from './support/server-process.ts';
import { ann, inSeconds, SECRET } from './support/tokens.ts';

afterEach(() => killServers());

test('@sse/client gets a new token after a 401 and when its token expires, and misses nothing', async () => {
  const server = await startServer({ env: { JWT_SECRET: SECRET, RETRY_MS: '50' } });
  let asked = 0;
  const tokens = [() => ann({ exp: inSeconds(-60) }), () => ann({ exp: inSeconds(2) })];
  const stream = openEventStream(`${server.url}/stream`, {
    topics: ['orders.**'],
    token: () => (tokens[asked++] ?? ann)(),
    minDelayMs: 50,
  });
  onTestFinished(() => stream.close());
  const received: unknown[] = [];
  stream.on('*', (event) => received.push((event as { n: number }).n));
  await eventually(() => expect([asked > 1, stream.status.state]).toEqual([true, 'open']));
  await publishOk(server, { type: 'orders.x', n: 1 });
  await eventually(() => expect([asked > 2, stream.status.state]).toEqual([true, 'open']));
  await publishOk(server, { type: 'orders.x', n: 2 });
  await eventually(() => expect(received).toEqual([1, 2]));
});
