import { checkCount, checkText } from './checks.ts';
import { describeValue, refusal, SseError } from './errors.ts';
import { type NewEvent, TRACEPARENT_PATTERN } from './event-log.ts';
import { encodeText, isLonger, RESERVED_EVENT_NAMES } from './frame.ts';
import { type StandardSchema, validatePayload } from './standard-schema.ts';
import { parseTopic } from './topics.ts';

/** Which payload belongs to which topic; the keys are topics. */
export type TopicMap = Record<string, unknown>;

type TextOption = 'event' | 'key' | 'idempotencyKey' | 'traceparent';

/** Bounds of an event's short fields, in UTF-16 units. Beyond them: `invalid-event`. */
export const EVENT_LIMITS: Readonly<Record<TextOption, number>> = Object.freeze({
  event: 128,
  key: 255,
  idempotencyKey: 255,
  traceparent: 55,
});

/** What may be said of an event beside its topic and payload. */
export interface EventOptions {
  /** Its name on the wire: what a browser's `addEventListener` takes. @defaultValue `data` */
  readonly event?: string | undefined;
  /** Events with one key supersede one another under the `latest` policy. @defaultValue the topic */
  readonly key?: string | undefined;
  /** The publisher's own id: publishing it again, while the history holds the first, adds nothing. */
  readonly idempotencyKey?: string | undefined;
  /** Only for subscribers with `allowedTopics` that match its topic. @defaultValue false */
  readonly private?: boolean | undefined;
  /**
   * The trace that it belongs to, a W3C `traceparent` of version 00. Every subscriber gets it, in a comment that
   * `EventSource` ignores.
   */
  readonly traceparent?: string | undefined;
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

function withType(topic: string, payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const prototype: unknown = Object.getPrototypeOf(payload);
  if (prototype !== Object.prototype && prototype !== null) return payload;
  if (!Object.hasOwn(payload, 'type')) return { type: topic, ...payload };
  // One that is undefined has no JSON form: the event would be left without any.
  return (payload as { type?: unknown }).type === undefined ? { ...payload, type: topic } : payload;
}

function toText(topic: string, payload: unknown): string {
  if (typeof payload === 'string') return payload;
  const what = `the data of \`${topic}\``;
  try {
    const text = JSON.stringify(withType(topic, payload)) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    const why = cause instanceof Error ? String(cause) : describeValue(cause);
    throw new SseError('invalid-event', `Expected ${what} to have a JSON form: ${why}`, { cause });
  }
  throw refusal('invalid-event', what, 'something with a JSON form', payload);
}

/**
 * Checks an event and turns its payload into text.
 *
 * @throws SseError `invalid-topic`, `invalid-event` or `invalid-payload`, saying what was expected.
 */
export function parseEvent(input: PublishInput, options: EventInputOptions): NewEvent {
  if (typeof input !== 'object' || input === null)
    throw refusal('invalid-event', 'an event', 'an object', input);
  const topic = parseTopic(input.topic);
  const schema = Object.hasOwn(options.schemas, topic) ? options.schemas[topic] : undefined;
  const payload = schema === undefined ? input.data : validatePayload(topic, schema, input.data);
  const data = input.json !== undefined && payload === input.data ? input.json : toText(topic, payload);
  if (isLonger(data, options.maxEventBytes))
    checkCount('invalid-event', 'bytes of data', encodeText(data).length, options.maxEventBytes);
  const checked: { -readonly [Name in keyof NewEvent]: NewEvent[Name] } = { topic, data };
  for (const name of Object.keys(EVENT_LIMITS) as TextOption[])
    if (input[name] !== undefined)
      checked[name] = checkText('invalid-event', `\`${name}\``, input[name], 1, EVENT_LIMITS[name]);
  const { private: isPrivate = false } = input;
  // Taken for false, `'true'` would make public what was meant to be private.
  if (typeof isPrivate !== 'boolean') throw refusal('invalid-event', '`private`', 'a boolean', isPrivate);
  if (isPrivate) checked.private = true;
  const { event = '', traceparent } = checked;
  if (traceparent !== undefined && !TRACEPARENT_PATTERN.test(traceparent))
    throw refusal('invalid-event', '`traceparent`', 'a W3C traceparent', traceparent);
  if (RESERVED_EVENT_NAMES.has(event))
    throw refusal('invalid-event', '`event`', `none of ${[...RESERVED_EVENT_NAMES].join(', ')}`, event);
  return checked;
}
