import { connect, type Socket } from 'node:net';
import type { HistoryRecord } from '../history.ts';
import { ChunkReader, FrameReader } from './frame-reader.ts';
import { Witness } from './witness.ts';

/**
 * Thousands of clients in one process: `storm.js <count> <url>`. Prints what they see; tells its parent how many are
 * connected and have the last event, and breaks all connections at once when told `break`.
 */
const [count = '0', url = ''] = process.argv.slice(2);
const { hostname, port, host } = new URL(url);
const LAST = 'last-';
/** No retry before this, and a little of it at random: the worst that impatient clients do. */
const RETRY_MS = 100;
const AT_ONCE = 250;
const REPORT_MS = 100;

const connected = new Set<string>();
const done = new Set<string>();
const sockets = new Set<Socket>();
let lines: string[] = [];
let breaks = 0;

function write(record: HistoryRecord): void {
  if (record.kind === 'connected') connected.add(record.client);
  if (record.kind === 'event' && record.key.startsWith(LAST)) done.add(record.client);
  lines.push(JSON.stringify(record));
  if (lines.length === 1) setImmediate(flush);
}

function flush(): void {
  process.stdout.write(`${lines.join('\n')}\n`);
  lines = [];
}

function follow(witness: Witness): void {
  witness.requested();
  const chunks = new ChunkReader();
  const frames = new FrameReader();
  let head = '';
  let isBody = false;
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.add(socket);
  const cursor = witness.cursor === '' ? '' : `Last-Event-ID: ${witness.cursor}\r\n`;
  socket.write(`GET /stream?topics=storm HTTP/1.1\r\nHost: ${host}\r\n${cursor}\r\n`);
  socket.on('data', (bytes) => {
    let body: Buffer = bytes;
    if (!isBody) {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.startsWith('HTTP/1.1 200')) return void socket.destroy();
      isBody = true;
      body = Buffer.from(head.slice(end + 4), 'latin1');
    }
    for (const part of chunks.feed(body)) for (const block of frames.feed(part)) witness.block(block);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    sockets.delete(socket);
    connected.delete(witness.client);
    witness.ended('closed');
    setTimeout(follow, RETRY_MS * (1 + Math.random()), witness);
  });
}

process.on('message', () => {
  breaks += 1;
  connected.clear();
  for (const socket of sockets) socket.destroy();
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send?.({ connected: connected.size, done: done.size, breaks }), REPORT_MS);

for (let at = 0; at < Number(count); at += AT_ONCE) {
  for (let n = at; n < Math.min(at + AT_ONCE, Number(count)); n++)
    follow(new Witness({ add: write }, `storm-${n}`, 'raw', ['storm']));
  await new Promise((resolve) => setTimeout(resolve, REPORT_MS));
}
