import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FaultProxy } from '../src/plant/fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;

/** Sends back what it gets. */
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await FaultProxy.start(() => ({ host: '127.0.0.1', port }));
});
afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

async function open(): Promise<{ readonly socket: Socket; text: string; error: string }> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  const peer = { socket, text: '', error: '' };
  socket.setEncoding('latin1').on('data', (part: string) => {
    peer.text += part;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    peer.error = error.code ?? '';
  });
  await once(socket, 'connect').catch(() => undefined); // refused
  return peer;
}

/** Not `once`, which takes an error for its end. */
const closed = (socket: Socket): Promise<void> =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));

test('bytes come as they were sent, whatever changes meanwhile', async () => {
  const peer = await open();
  const sent = Array.from({ length: 300 }, (_, n) => `${n} `).join('');
  for (const [n, word] of sent.split(/(?<= )/).entries()) {
    proxy.sliceBytes = n % 3 === 0 ? 1 : Number.POSITIVE_INFINITY;
    proxy.delayMs = n % 7 === 0 ? 1 : 0;
    peer.socket.write(word);
    if (n % 10 === 0) await new Promise(setImmediate);
  }
  await vi.waitFor(() => expect(peer.text).toBe(sent), { timeout: 10_000 });
  peer.socket.destroy();
});

test('while it is frozen nothing comes, and all of it afterwards', async () => {
  const peer = await open();
  peer.socket.write('a');
  await vi.waitFor(() => expect(peer.text).toBe('a'));
  proxy.freeze();
  const other = await open();
  peer.socket.write('b');
  other.socket.write('c');
  await once(peer.socket.setTimeout(100), 'timeout');
  expect([peer.text, other.text]).toEqual(['a', '']);
  proxy.thaw();
  await vi.waitFor(() => expect([peer.text, other.text]).toEqual(['ab', 'c']));
});

test('a cut ends connections, a reset breaks them, and off refuses them', async () => {
  const cut = await open();
  proxy.cut();
  await closed(cut.socket);
  const reset = await open();
  reset.socket.write('x');
  await vi.waitFor(() => expect(reset.text).toBe('x'));
  proxy.reset();
  await closed(reset.socket);
  expect(reset.error).toBe('ECONNRESET');
  proxy.isOff = true;
  const refused = await open();
  await closed(refused.socket);
  expect(refused.text).toBe('');
});
