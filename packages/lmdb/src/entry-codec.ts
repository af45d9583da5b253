import { crc32 } from 'node:zlib';
import type { NewEvent } from '@sse/core';

/** An event as it lies in the database, and when it was appended. */
export interface StoredEvent extends NewEvent {
  readonly time: number;
}

// byte 0: layout, which optional fields there are, whether it is private; 1-4: CRC-32 of all that follows; 5-12: time; then the texts, each
// with its length in four bytes before it, and `data` to the end.
const LAYOUT = 0x10;
const HAS_EVENT = 1;
const HAS_KEY = 2;
const HAS_IDEMPOTENCY_KEY = 4;
const IS_PRIVATE = 8;
const HAS_TRACEPARENT = 0x20;
const FLAGS = HAS_EVENT | HAS_KEY | HAS_IDEMPOTENCY_KEY | IS_PRIVATE | HAS_TRACEPARENT;
const HEAD_BYTES = 13;
const LENGTH_BYTES = 4;

/** A value that is no entry, or a damaged one. */
export class DamagedValue extends Error {
  override readonly name = 'DamagedValue';
}

export function encodeEntry(stored: StoredEvent): Buffer {
  const { topic, event, key, idempotencyKey, traceparent, data, time } = stored;
  const texts = [topic, event, key, idempotencyKey, traceparent].filter((text) => text !== undefined);
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const size = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, HEAD_BYTES);
  const value = Buffer.allocUnsafe(size + Buffer.byteLength(data));
  value[0] =
    LAYOUT |
    (event === undefined ? 0 : HAS_EVENT) |
    (key === undefined ? 0 : HAS_KEY) |
    (idempotencyKey === undefined ? 0 : HAS_IDEMPOTENCY_KEY) |
    (stored.private === true ? IS_PRIVATE : 0) |
    (traceparent === undefined ? 0 : HAS_TRACEPARENT);
  value.writeDoubleBE(time, 5);
  let at = HEAD_BYTES;
  texts.forEach((text, index) => {
    at = value.writeUInt32BE(lengths[index] ?? 0, at);
    at += value.write(text, at);
  });
  value.write(data, at);
  value.writeUInt32BE(crc32(value.subarray(5)), 1);
  return value;
}

/** @throws DamagedValue for every value that `encodeEntry` has not made. */
export function decodeEntry(value: Buffer): StoredEvent {
  const head = value[0] ?? 0;
  if (value.length < HEAD_BYTES || (head & ~FLAGS) !== LAYOUT) throw new DamagedValue('not an entry');
  if (crc32(value.subarray(5)) !== value.readUInt32BE(1)) throw new DamagedValue('its checksum is wrong');
  let at = HEAD_BYTES;
  const nextText = (): string => {
    if (at + LENGTH_BYTES > value.length) throw new DamagedValue('it ends too early');
    const start = at + LENGTH_BYTES;
    const end = start + value.readUInt32BE(at);
    if (end > value.length) throw new DamagedValue('it ends too early');
    at = end;
    return value.toString('utf8', start, end);
  };
  const time = value.readDoubleBE(5);
  const topic = nextText();
  const event = head & HAS_EVENT ? { event: nextText() } : undefined;
  const key = head & HAS_KEY ? { key: nextText() } : undefined;
  const idempotencyKey = head & HAS_IDEMPOTENCY_KEY ? { idempotencyKey: nextText() } : undefined;
  const traceparent = head & HAS_TRACEPARENT ? { traceparent: nextText() } : undefined;
  const data = value.toString('utf8', at);
  const isPrivate = head & IS_PRIVATE ? { private: true } : undefined;
  return { topic, data, ...event, ...key, ...idempotencyKey, ...isPrivate, ...traceparent, time };
}
