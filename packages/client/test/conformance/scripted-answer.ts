import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './case.ts';

/** Writes an answer as its script says. `over` is called right before the end. */
export async function answerTo(
  socket: Socket,
  answer: Answer,
  { here, there }: { readonly here: string; readonly there: string },
  over: () => void | Promise<void>,
): Promise<void> {
  if (answer.instead === 'hang') return;
  if (answer.instead === 'reset') {
    await over();
    socket.resetAndDestroy();
    return;
  }
  const {
    status = 200,
    contentType = 'text/event-stream',
    framing = 'chunked',
    body = [],
    ending = 'hang',
  } = answer;
  const length = body.reduce<number>((sum, step) => sum + (typeof step === 'string' ? step.length : 0), 0);
  const headers = {
    ...(contentType !== null && { 'Content-Type': contentType }),
    ...(framing === 'chunked' && { 'Transfer-Encoding': 'chunked' }),
    ...(framing === 'length' && { 'Content-Length': String(length) }),
    ...answer.headers,
    // A connection that is not used again has no request repeated on it behind the client's back.
    Connection: 'close',
    'Access-Control-Allow-Origin': '*',
  };
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value.replaceAll('{here}', here).replaceAll('{there}', there)}\r\n`,
  );
  socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`, 'latin1');
  for (const step of body) {
    if (typeof step === 'number') await sleep(step);
    else if (framing === 'chunked') socket.write(`${step.length.toString(16)}\r\n${step}\r\n`, 'latin1');
    else socket.write(step, 'latin1');
  }
  if (ending === 'hang') return;
  await over();
  // A chunked body without its last chunk is a network error.
  socket.end(framing === 'chunked' && ending === 'end' ? '0\r\n\r\n' : '');
}

/** Lets a page of another origin send what it asks for. */
export function preflight(socket: Socket, headers: Readonly<Record<string, string>>): void {
  socket.end(
    'HTTP/1.1 204 No Content\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n' +
      `Access-Control-Allow-Headers: ${headers['access-control-request-headers'] ?? ''}\r\n\r\n`,
  );
}

/** A short page, for any origin. */
export function reply(socket: Socket, page: string): void {
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n` +
      `Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n\r\n${page}`,
  );
}
