import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type BenchEvent, eventText } from '../bench-event.ts';
import { serveHere } from './listen.ts';
import type { System, SystemSettings } from './system.ts';

/** The bare limit of Node: one shared, already chunk-framed buffer for each event, written to each socket. */
export function startBare(settings: SystemSettings): Promise<System> {
  return serveBare(settings, (sockets, events) => {
    for (const event of events) writeToAll(sockets, chunkOf([event]));
  });
}

/** The same, with all events of one turn of the event loop in one buffer. */
export function startBareJoined(settings: SystemSettings): Promise<System> {
  return serveBare(settings, (sockets, events) => writeToAll(sockets, chunkOf(events)));
}

async function serveBare(
  { history }: SystemSettings,
  send: (sockets: readonly Socket[], events: readonly BenchEvent[]) => void,
): Promise<System> {
  const sockets: Socket[] = [];
  const kept: BenchEvent[] = [];
  let missed: Buffer | undefined; // what everyone who comes back is given; all come back to the same place

  function open(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.flushHeaders();
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      // The last one takes the place: the order of sockets means nothing.
      const last = sockets.pop();
      const index = last === undefined || last === socket ? -1 : sockets.indexOf(socket);
      if (last !== undefined && index >= 0) sockets[index] = last;
    });
    const cursor = request.headers['last-event-id'];
    if (cursor === undefined) return;
    missed ??= chunkOf(kept.filter(({ n }) => n > Number(cursor)).slice(-history));
    socket.write(missed);
  }

  return {
    ...(await serveHere(open)),
    publish: (events) => send(sockets, events),
    async remember(events) {
      kept.push(...events);
      return events.map(({ n }) => String(n));
    },
  };
}

function writeToAll(sockets: readonly Socket[], bytes: Buffer): void {
  for (const socket of sockets) socket.write(bytes);
}

function chunkOf(events: readonly BenchEvent[]): Buffer {
  let text = '';
  for (const event of events) text += `id: ${event.n}\ndata: ${eventText(event)}\n\n`;
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1');
}
