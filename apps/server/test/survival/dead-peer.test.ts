import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually, killServers, MAIN, startServer } from '../support/server-process.ts';

/** What docs/operations.md and deploy/ say; the server's own settings are its defaults. */
const RETRIES = '7';
const FOUND_MS = 120_000;

const namespace = `sse-dead-peer-${process.pid}`;
const cable = `ssed${process.pid % 100_000}`;
// Of 198.18.0.0/15, which is kept for tests of networks.
const net = `198.19.${process.pid % 256}`;

const run = (...command: readonly [string, ...string[]]): unknown =>
  execFileSync(command[0], command.slice(1), { stdio: 'ignore' });
const inside = (...command: readonly string[]): unknown => run('ip', 'netns', 'exec', namespace, ...command);

/** A network of its own for the server, joined to this one by a cable; it needs the right to make one. */
function makeNetwork(): boolean {
  if (process.env['LONG'] !== '1' || process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    run('ip', 'netns', 'add', namespace);
    run('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    run('ip', 'addr', 'add', `${net}.1/24`, 'dev', cable);
    run('ip', 'link', 'set', cable, 'up');
    inside('ip', 'addr', 'add', `${net}.2/24`, 'dev', 'eth0');
    inside('ip', 'link', 'set', 'eth0', 'up');
    inside('ip', 'link', 'set', 'lo', 'up');
    inside('sysctl', '-w', `net.ipv4.tcp_retries2=${RETRIES}`);
    return true;
  } catch {
    return false;
  }
}

const hasNetwork = makeNetwork();

afterEach(async () => {
  await killServers();
  if (hasNetwork) run('ip', 'netns', 'del', namespace);
});

test.skipIf(!hasNetwork)(
  'a client that vanishes without a word is found within two minutes',
  async () => {
    const server = await startServer({
      command: ['ip', 'netns', 'exec', namespace, process.execPath, MAIN],
      env: { HOST: `${net}.2`, STORE: 'memory' },
    });
    let answer = '';
    const socket = connect({ port: server.port, host: `${net}.2` });
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.write(`GET /stream HTTP/1.1\r\nHost: ${net}.2\r\n\r\n`);
    await eventually(() => expect(answer).toContain('"type":"connected"'));
    // Behind the probe of the system at 15 s, and so before a heartbeat: the slowest way to be found.
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const startedAt = performance.now();
    run('ip', 'addr', 'flush', 'dev', cable);
    const ended = await eventually(() => {
      const [line] = server.logs('client disconnected');
      if (line === undefined) throw new Error('still connected');
      return line;
    }, FOUND_MS);
    console.log(`found after ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    expect(ended).toMatchObject({ reason: 'gone' });
    socket.destroy();
  },
  FOUND_MS + 60_000,
);
