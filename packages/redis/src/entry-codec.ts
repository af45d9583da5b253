import {
  type Entry,
  EVENT_LIMITS,
  type EventId,
  type NewEvent,
  parseTopic,
  RESERVED_EVENT_NAMES,
  TRACEPARENT_PATTERN,
} from '@sse/core';
import { parseStreamId, timeOfStreamId } from './event-ids.ts';

/** An entry as Redis answers it: its id, and names and values in turn. */
export type RawEntry = readonly [id: EventId, fields: readonly string[]];

/** An entry, and the id of the one that was appended just before it: with that a reader can prove that it has both. */
export interface LinkedEntry {
  readonly entry: Entry;
  readonly previous: EventId;
}

// Nothing and an empty text differ, and an argument can't be left out.
const optional = (text: string | undefined): string => (text === undefined ? '' : `+${text}`);

/** The arguments of an event for the append script, which gives the fields their short names. */
export function encodeEvent(event: NewEvent): string[] {
  const isPrivate = event.private === true ? '1' : undefined;
  const texts = [event.event, event.key, event.idempotencyKey, isPrivate, event.traceparent];
  return [event.topic, event.data, ...texts.map(optional)];
}

const CONTROL = /[\p{Cc}\p{Cs}]/u;

/** Why a field can't be that of an event of ours. */
function fault(fields: ReadonlyMap<string, string>): string | undefined {
  const [topic, data, previous] = [fields.get('t'), fields.get('d'), fields.get('p')];
  if (topic === undefined || data === undefined || previous === undefined)
    return 'it lacks one of the fields `t`, `d`, `p`';
  if (parseStreamId(previous) === undefined) return 'its field `p` is not an id';
  try {
    parseTopic(topic);
  } catch {
    return 'its field `t` is not a topic';
  }
  // What is in an event's name stands in the stream as it is: a line end would forge fields.
  const texts = [
    ['e', EVENT_LIMITS.event],
    ['k', EVENT_LIMITS.key],
    ['i', EVENT_LIMITS.idempotencyKey],
  ] as const;
  for (const [name, most] of texts) {
    const text = fields.get(name);
    if (text !== undefined && (text === '' || text.length > most || CONTROL.test(text)))
      return `its field \`${name}\` is not 1 to ${most} characters without control characters`;
  }
  // What can't be told to be public must not be shown to everybody.
  if ((fields.get('v') ?? '1') !== '1') return 'its field `v` is not 1';
  const traceparent = fields.get('c');
  if (traceparent !== undefined && !TRACEPARENT_PATTERN.test(traceparent))
    return 'its field `c` is not a traceparent';
  if (RESERVED_EVENT_NAMES.has(fields.get('e') ?? '')) return 'its field `e` is a reserved name';
  return undefined;
}

/**
 * What an entry says, or why it says nothing that can be handed on. Strict in what it knows; a field that a later
 * version may have added is ignored.
 */
export function decodeEntry([id, texts]: RawEntry): LinkedEntry | string {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const name = texts[at] as string;
    if (fields.has(name)) return `it has the field ${JSON.stringify(name.slice(0, 20))} twice`;
    fields.set(name, texts[at + 1] as string);
  }
  const wrong = fault(fields);
  if (wrong !== undefined) return wrong;
  const [event, key, idempotencyKey, traceparent] = ['e', 'k', 'i', 'c'].map((name) => fields.get(name));
  return {
    entry: {
      id,
      time: timeOfStreamId(id),
      topic: fields.get('t') as string,
      data: fields.get('d') as string,
      ...(event === undefined ? {} : { event }),
      ...(key === undefined ? {} : { key }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(fields.has('v') ? { private: true } : {}),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    previous: fields.get('p') as EventId,
  };
}
