import { EventStream } from './event-stream.ts';
import type { EventStreamOptions, TopicMap } from './types.ts';

/**
 * Opens a stream of events.
 *
 * @param url - of the server's `/stream`; relative to the page, where there is one.
 * @throws TypeError for an option that is not as expected; DOMException `SyntaxError` for an URL that can't be parsed.
 *
 * @example
 * ```ts
 * const stream = openEventStream<{ metric: { name: string; value: number } }>('http://localhost:8000/stream', {
 *   topics: ['metric'],
 * });
 * stream.on('metric', ({ name, value }, { id }) => console.log(id, name, value));
 * stream.on('gap', ({ reason }) => console.log('fetch your state anew:', reason));
 * ```
 */
export function openEventStream<Topics extends object = TopicMap>(
  url: string | URL,
  options: EventStreamOptions<Topics> = {},
): EventStream<Topics> {
  return new EventStream<Topics>(url, options);
}
