import { MAX_TIMER_MS } from './environment.ts';
import type { Entry, EventId } from './event-log.ts';
import type { SystemEvent } from './system-events.ts';

/** An entry's bytes on the wire, made once and shared by every subscriber. */
export interface Frame {
  readonly id: EventId;
  readonly bytes: Uint8Array;
  /** What supersedes what under the `latest` policy: the event's key, or its topic. */
  readonly key: string;
}

/** Event names that mean something to us or to the browser, and that a publisher may not use. */
export const RESERVED_EVENT_NAMES: ReadonlySet<string> = new Set(['open', 'error', 'heartbeat', 'system']);

const encoder = new TextEncoder();
const LINE_END = /\r\n|\r|\n/;

/** Every line end that the standard knows begins a new `data` line; linear in the length of `data`. */
function dataLines(data: string): string {
  if (!data.includes('\n') && !data.includes('\r')) return `data: ${data}\n`;
  return `data: ${data.split(LINE_END).join('\ndata: ')}\n`;
}

/** The frame of an entry: `id`, `event`, `data` (HTML standard, section 9.2.5). */
export function encodeEntry(entry: Entry): Frame {
  const text = `id: ${entry.id}\nevent: ${entry.event ?? 'data'}\n${dataLines(entry.data)}\n`;
  return { id: entry.id, bytes: encoder.encode(text), key: entry.key ?? entry.topic };
}

/** An event of our own. With an `id` it also moves the receiver's cursor. */
export function encodeSystem(payload: SystemEvent, id?: EventId): Uint8Array {
  return encoder.encode(
    `${id === undefined ? '' : `id: ${id}\n`}event: system\n${dataLines(JSON.stringify(payload))}\n`,
  );
}

/** A heartbeat that a native `EventSource` can listen to. Its block has no id: see `encodeCheckpoint`. */
export function encodeHeartbeat(now: number, clients: number): Uint8Array {
  const data = JSON.stringify({ timestamp: new Date(now).toISOString(), clients });
  return encoder.encode(`event: heartbeat\ndata: ${data}\n\n`);
}

/** A comment: bytes that keep the connection alive and that no handler sees. `text` has no line ends. */
export function encodeComment(text: string): Uint8Array {
  return encoder.encode(`: ${text}\n\n`);
}

/** Moves the receiver's cursor and fires nothing: a block with an `id` and no `data`. */
export function encodeCheckpoint(id: EventId): Uint8Array {
  return encoder.encode(`id: ${id}\n\n`);
}

/** How long the receiver waits before it reconnects, in whole milliseconds; cut at what a timer can wait. */
export function encodeRetry(ms: number): Uint8Array {
  // Above it most receivers would reconnect at once, and for ever; and `1e+21` are no digits.
  return encoder.encode(`retry: ${Math.min(ms, MAX_TIMER_MS)}\n\n`);
}

/** One buffer out of many; the buffer itself where there is only one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  let length = 0;
  for (const part of parts) length += part.byteLength;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}
