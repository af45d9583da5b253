import { connect, type Socket } from 'node:net';
import { HEARTBEAT_MS } from '../plant/hub-process.ts';
import { pause } from '../wait.ts';
import { type ClientOptions, type FaultClient, streamUrl } from './client.ts';
import { ChunkReader, FrameReader } from './frame-reader.ts';
import { Witness } from './witness.ts';

/** No byte for so long: the peer is taken for dead. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const MIN_WAIT_MS = 50;
const MAX_WAIT_MS = 400;

/** A client of native sockets and a framing of its own. */
export function startRawClient(options: ClientOptions): FaultClient {
  const witness = new Witness(options.recorder, options.name, 'raw', options.topics);
  witness.cursor = options.cursor ?? '';
  const stopping = new AbortController();
  let socket: Socket | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      witness.requested();
      const why = await readOnce(options, witness, (opened) => {
        socket = opened;
      });
      witness.ended(why);
      await pause(MIN_WAIT_MS + Math.random() * (MAX_WAIT_MS - MIN_WAIT_MS), stopping.signal);
    }
  }
  const over = run();
  return {
    stop() {
      stopping.abort();
      socket?.destroy();
      return over;
    },
  };
}

/** One connection, to its end. Answers why it ended. */
function readOnce(
  options: ClientOptions,
  witness: Witness,
  opened: (socket: Socket) => void,
): Promise<string> {
  const url = streamUrl(options);
  const socket = connect({ host: url.hostname, port: Number(url.port) });
  opened(socket);
  const cursor = witness.cursor === '' ? '' : `Last-Event-ID: ${witness.cursor}\r\n`;
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${cursor}\r\n`);
  const chunks = new ChunkReader();
  const frames = new FrameReader();
  let head: Buffer | undefined = Buffer.alloc(0);
  let why = 'ended';
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('silence')));
  socket.on('data', (bytes) => {
    let body: Buffer = bytes;
    if (head !== undefined) {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) {
        why = head.toString('latin1', 9, 12);
        socket.destroy();
        return;
      }
      body = head.subarray(end + 4);
      head = undefined;
    }
    for (const part of chunks.feed(body)) for (const block of frames.feed(part)) witness.block(block);
  });
  return new Promise((resolve) => {
    socket.on('error', (error) => {
      why = error.message;
    });
    socket.on('close', () => resolve(why));
  });
}
