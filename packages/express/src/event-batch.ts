import { type PublishInput, parseTopic, SseError, sseErrorCode, TopicFilter } from '@sse/core';
import { type EventText, splitEvents, splitLines } from './json-text.ts';
import type { BodyFormat } from './media-type.ts';
import { refused } from './problem.ts';

export interface EventBatchOptions {
  readonly format: BodyFormat;
  readonly maxEvents: number;
  readonly maxDepth: number;
  /** Patterns that may be published to. Absent: everything. Empty: nothing. */
  readonly allowedTopics?: readonly string[] | undefined;
}

/**
 * The events of a body, each with its `type` as topic, and its text as it came.
 *
 * All or none: the first that is not as expected refuses the whole, by its index or line. No event at all is refused
 * with 400, too many with 413, a topic beyond the rights with 403.
 */
export function parseEventBatch(text: string, options: EventBatchOptions): readonly PublishInput[] {
  const { format, maxEvents, maxDepth, allowedTopics } = options;
  const events = format === 'lines' ? splitLines(text, maxDepth) : splitEvents(text, maxDepth);
  if (events.length === 0 || events[0]?.text === '')
    throw refused(400, 'Expected at least one event, got an empty body or list');
  if (events.length > maxEvents)
    throw refused(413, `Expected at most ${maxEvents} events, got ${events.length}`);
  const rights = allowedTopics === undefined ? undefined : new TopicFilter(['**'], allowedTopics);
  return events.map((event) => {
    const data = parseObject(event);
    const topic = topicOf(data, event.place);
    if (rights?.matches(topic) === false)
      throw refused(403, `${event.place}: publishing to \`${topic}\` is not allowed`);
    return { topic, data, json: event.text };
  });
}

function topicOf(event: object, place: string): string {
  if (!Object.hasOwn(event, 'type')) throw refused(400, `${place}: expected a \`type\`, the event's topic`);
  const { type } = event as { readonly type: unknown };
  try {
    return parseTopic(type);
  } catch (error) {
    if (sseErrorCode(error) !== 'invalid-topic') throw error;
    throw new SseError('invalid-topic', `${place}, \`type\`: ${(error as Error).message}`);
  }
}

function parseObject({ text, place }: EventText): object {
  const parsed = parseJson(text, place);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  const kind = parsed === null ? 'null' : Array.isArray(parsed) ? 'an array' : `a ${typeof parsed}`;
  throw refused(400, `${place}: expected a JSON object, got ${kind}`);
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(400, `${place}: expected JSON: ${(error as Error).message}`);
  }
}
