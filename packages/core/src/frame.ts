import { MAX_TIMER_MS } from './environment.ts';
import type { Entry, EventId } from './event-log.ts';
import type { SystemEvent } from './system-events.ts';

/** An entry's bytes on the wire, made once and shared by every subscriber. */
export interface Frame {
  readonly id: EventId;
  readonly topic: string;
  /** What supersedes what under the `latest` policy: the event's key, or its topic. */
  readonly key: string;
  /** See `NewEvent.private`. */
  readonly private?: boolean | undefined;
  readonly bytes: Uint8Array;
}

/** Event names that mean something to us or to the browser, and that a publisher may not use. */
export const RESERVED_EVENT_NAMES: ReadonlySet<string> = new Set(['open', 'error', 'heartbeat', 'system']);

const encoder = new TextEncoder();
const LINE_END = /\r\n?|\n/g;

/** Room for many short texts: a buffer for each would cost twice what encoding it does. */
const SLAB_BYTES = 64 * 1024;
let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** A text as UTF-8. Short ones lie side by side in one buffer. */
export function encodeText(text: string): Uint8Array {
  const most = 3 * text.length;
  if (most > SLAB_BYTES / 8) return encoder.encode(text);
  if (used + most > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const start = used;
  used += encoder.encodeInto(text, slab.subarray(start)).written;
  return slab.subarray(start, used);
}

/** Whether a text has more than `most` bytes as UTF-8. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most || (3 * text.length > most && encoder.encode(text).length > most);
}

/** An event (HTML standard, section 9.2.5). Every line end that the standard knows begins a new `data` line. */
function encodeEvent(event: string, data: string, id?: EventId, traceparent?: string): Uint8Array {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  const comment = traceparent === undefined ? '' : `: traceparent ${traceparent}\n`;
  return encodeText(`${idLine}${comment}event: ${event}\ndata: ${data.replace(LINE_END, '\ndata: ')}\n\n`);
}

/** The frame of an entry. */
export function encodeEntry({
  id,
  topic,
  data,
  event = 'data',
  key = topic,
  private: isPrivate,
  traceparent,
}: Entry): Frame {
  return { id, topic, key, private: isPrivate, bytes: encodeEvent(event, data, id, traceparent) };
}

/** An event of our own. With an `id` it also moves the receiver's cursor. */
export function encodeSystem(payload: SystemEvent, id?: EventId): Uint8Array {
  return encodeEvent('system', JSON.stringify(payload), id);
}

/** A heartbeat that a native `EventSource` can listen to. Its block has no id: see `encodeCheckpoint`. */
export function encodeHeartbeat(now: number, clients: number): Uint8Array {
  return encodeEvent('heartbeat', JSON.stringify({ timestamp: new Date(now).toISOString(), clients }));
}

/** A comment: bytes that keep the connection alive and that no handler sees. `text` has no line ends. */
export function encodeComment(text: string): Uint8Array {
  return encodeText(`: ${text}\n\n`);
}

/** Moves the receiver's cursor and fires nothing: a block with an `id` and no `data`. */
export function encodeCheckpoint(id: EventId): Uint8Array {
  return encodeText(`id: ${id}\n\n`);
}

/** How long the receiver waits before it reconnects, in whole milliseconds; cut at what a timer can wait. */
export function encodeRetry(ms: number): Uint8Array {
  // Above it most receivers would reconnect at once, and for ever; and `1e+21` are no digits.
  return encodeText(`retry: ${Math.min(ms, MAX_TIMER_MS)}\n\n`);
}

/** One buffer out of many; the buffer itself where there is only one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  // Encoded one after the other they are one piece already.
  let end = first?.byteOffset;
  for (const { buffer, byteOffset, length } of parts)
    end = buffer === first?.buffer && byteOffset === end ? end + length : undefined;
  if (first !== undefined && end !== undefined) return new Uint8Array(first.buffer, first.byteOffset, size);
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
