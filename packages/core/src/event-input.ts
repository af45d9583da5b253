import { describeValue, SseError } from './errors.ts';
import type { NewEvent } from './event-log.ts';
import { RESERVED_EVENT_NAMES } from './frame.ts';
import { type StandardSchema, validatePayload } from './standard-schema.ts';
import { parseTopic } from './topics.ts';

/** Which payload belongs to which topic; the keys are topics. */
export type TopicMap = Record<string, unknown>;

/** Bounds of an event's short fields. Beyond them: `invalid-event`. */
export const EVENT_LIMITS: Readonly<{
  /** UTF-16 units in an event's name. */
  maxNameLength: number;
  /** UTF-16 units in a key or an idempotency key. */
  maxKeyLength: number;
}> = Object.freeze({ maxNameLength: 128, maxKeyLength: 255 });

/** What may be said of an event beside its topic and payload. */
export interface EventOptions {
  /** Its name on the wire: what a browser's `addEventListener` takes. @defaultValue `data` */
  readonly event?: string | undefined;
  /** Events with one key supersede one another under the `latest` policy. @defaultValue the topic */
  readonly key?: string | undefined;
  /** The publisher's own id: publishing it again, while the history holds the first, adds nothing. */
  readonly idempotencyKey?: string | undefined;
}

/** An event to publish. */
export interface PublishInput<Topic extends string = string, Payload = unknown> extends EventOptions {
  /** Where it belongs: dotted segments, such as `orders.eu.created`. */
  readonly topic: Topic;
  /**
   * What it says. A string is sent as it is, anything else as JSON. A plain object without a `type` of its own gets
   * the topic as its `type`, so that a receiver of many topics can tell them apart.
   */
  readonly data: Payload;
  /**
   * The JSON text of `data`, where the caller has it: sent as it came, so that big numbers keep their digits. Where a
   * schema gives another value, that one is sent.
   */
  readonly json?: string | undefined;
}

export interface EventInputOptions {
  /** Bytes of an event's data as UTF-8. */
  readonly maxEventBytes: number;
  readonly schemas: Readonly<Record<string, StandardSchema | undefined>>;
}

// CR and LF would end the field, NUL would make a browser ignore it; no other control character has a use here.
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;
const encoder = new TextEncoder();

function checkText(value: unknown, what: string, maxLength: number): string {
  if (typeof value === 'string' && value !== '' && value.length <= maxLength && !FORBIDDEN.test(value))
    return value;
  const expected = `a string of 1 to ${maxLength} characters, none of them a control character`;
  throw new SseError('invalid-event', `Expected \`${what}\` to be ${expected}, got ${describeValue(value)}`);
}

function withType(topic: string, payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const prototype: unknown = Object.getPrototypeOf(payload);
  if (prototype !== Object.prototype && prototype !== null) return payload;
  if (!Object.hasOwn(payload, 'type')) return { type: topic, ...payload };
  // One that is undefined has no JSON form: the event would be left without any.
  return 'type' in payload && payload.type === undefined ? { ...payload, type: topic } : payload;
}

function toText(topic: string, payload: unknown): string {
  if (typeof payload === 'string') return payload;
  let text: string | undefined;
  try {
    text = JSON.stringify(withType(topic, payload));
  } catch (cause) {
    throw new SseError(
      'invalid-event',
      `Expected the data of \`${topic}\` to have a JSON form: ${
        cause instanceof Error ? String(cause) : describeValue(cause)
      }`,
      { cause },
    );
  }
  if (text === undefined)
    throw new SseError(
      'invalid-event',
      `Expected the data of \`${topic}\` to have a JSON form, got ${describeValue(payload)}`,
    );
  return text;
}

/**
 * Checks an event and turns its payload into text.
 *
 * @throws SseError `invalid-topic`, `invalid-event` or `invalid-payload`, saying what was expected.
 */
export function parseEvent(input: PublishInput, options: EventInputOptions): NewEvent {
  if (typeof input !== 'object' || input === null)
    throw new SseError('invalid-event', `Expected an event to be an object, got ${describeValue(input)}`);
  const topic = parseTopic(input.topic);
  const { event, key, idempotencyKey } = input;
  if (event !== undefined) {
    checkText(event, 'event', EVENT_LIMITS.maxNameLength);
    if (RESERVED_EVENT_NAMES.has(event))
      throw new SseError(
        'invalid-event',
        `The event names ${[...RESERVED_EVENT_NAMES].join(', ')} are reserved, got \`${event}\``,
      );
  }
  const schema = Object.hasOwn(options.schemas, topic) ? options.schemas[topic] : undefined;
  const payload = schema === undefined ? input.data : validatePayload(topic, schema, input.data);
  const data = input.json !== undefined && payload === input.data ? input.json : toText(topic, payload);
  const bytes = data.length * 3 <= options.maxEventBytes ? 0 : encoder.encode(data).byteLength;
  if (bytes > options.maxEventBytes)
    throw new SseError(
      'invalid-event',
      `Expected data of at most ${options.maxEventBytes} bytes, got ${bytes}`,
    );
  return {
    topic,
    data,
    ...(event === undefined ? {} : { event }),
    ...(key === undefined ? {} : { key: checkText(key, 'key', EVENT_LIMITS.maxKeyLength) }),
    ...(idempotencyKey === undefined
      ? {}
      : { idempotencyKey: checkText(idempotencyKey, 'idempotencyKey', EVENT_LIMITS.maxKeyLength) }),
  };
}
