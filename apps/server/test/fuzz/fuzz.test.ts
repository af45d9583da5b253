import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ask } from '../support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { checkAnswer } from './check-answer.ts';
import { type HostileRequest, hostileRequest } from './hostile-request.ts';
import { createRandom } from './random.ts';

// `npm run fuzz -- --seconds 60 --seed 7` sets these.
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? (process.env['LONG'] === '1' ? 60 : 4));
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 16;
/** An answer that takes longer is a stream, or is not coming: the request was no whole one. */
const ANSWER_MS = 300;

afterEach(killServers);

/** Sends it on a connection of its own, and answers with what came back. */
async function send(server: ServerProcess, { bytes, pieces, after }: HostileRequest): Promise<string> {
  let answer = '';
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size));
    if (pieces > 1) await wait(1);
  }
  if (after === 'end') socket.end();
  if (after === 'reset') {
    await wait(2);
    socket.resetAndDestroy();
  }
  await Promise.race([closed, wait(ANSWER_MS)]);
  socket.destroy();
  await closed;
  return answer;
}

async function gauge(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

test(
  `whatever comes over a socket is answered well, and leaves nothing behind (seed ${SEED}, ${SECONDS} s)`,
  async () => {
    const server = await startServer({ env: { STORE: 'memory' } });
    const fdsBefore = await gauge(server, 'process_open_fds');
    const random = createRandom(SEED);
    const until = performance.now() + SECONDS * 1_000;
    const wrong: string[] = [];
    let sent = 0;
    let answered = 0;
    async function keepSending(): Promise<void> {
      while (performance.now() < until && wrong.length < 5) {
        const request = hostileRequest(random);
        const answer = await send(server, request);
        sent++;
        if (answer !== '') answered++;
        const bytes = request.bytes.toString('latin1');
        const why = checkAnswer(answer, bytes);
        if (why !== undefined) wrong.push(`${why}\nanswered to ${JSON.stringify(bytes.slice(0, 2_000))}`);
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, keepSending));
    expect(wrong).toEqual([]);
    // Otherwise nothing was tried.
    expect(sent).toBeGreaterThan(SECONDS * 10);
    expect(answered).toBeGreaterThan(sent / 10);
    await eventually(async () => {
      expect(await gauge(server, 'sse_connected_clients')).toBe(0);
      expect(await gauge(server, 'process_open_fds')).toBeLessThanOrEqual(fdsBefore + 3);
    });
    expect(await ask(server, '/health')).toMatchObject({ status: 200, body: { connected_clients: 0 } });
    expect(server.logs('a request failed')).toEqual([]);
    expect(server.stderr).toBe('');
  },
  (SECONDS + 30) * 1_000,
);
