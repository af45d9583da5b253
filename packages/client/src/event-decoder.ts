import { createParser } from 'eventsource-parser';

/** One block of a stream, as far as it has an effect: an event, a new last event id, or both. */
export interface Block {
  /** The event's name, `message` where the block names none. */
  readonly event: string;
  /** `undefined` where the block has no `data`, and so fires no event. */
  readonly data: string | undefined;
  /** The last event id, where the block sets it. */
  readonly id: string | undefined;
  /** What the block's last comment says behind `traceparent `, as the server sent it. */
  readonly traceparent: string | undefined;
}

/**
 * Bytes of a `text/event-stream` to its blocks (HTML standard, 9.2.5 and 9.2.6), in linear time whatever the chunks.
 *
 * eventsource-parser parses. What its third version leaves open is closed in the text before it:
 *
 * - It keeps an event that ends in CR until the next byte: line ends are made LF here.
 * - It is silent about a block with only an `id`: each block is given one more `data:` line, so that it always
 *   reports, and what that line adds is taken off again.
 * - It takes the characters `ï»¿` at the start for a byte order mark: the decoder below has removed the real one, and
 *   a first line end keeps the parser from looking.
 */
export class EventDecoder {
  /** The last `retry` in milliseconds. */
  retryMs: number | undefined;
  /** One event was longer than allowed; nothing after it is decoded. */
  overflowed = false;
  #blocks: Block[] = [];
  #endedInCr = false;
  #atLineStart = true;
  readonly #text = new TextDecoder();
  readonly #parser;

  /** @param maxEventSize - of one event's data, in characters. */
  constructor(maxEventSize: number) {
    let traceparent: string | undefined;
    this.#parser = createParser({
      maxBufferSize: maxEventSize + '\ndata:'.length,
      onEvent: ({ id, event = 'message', data }) => {
        // The line end before the added `data:` is no part of it.
        if (data.length - 1 > maxEventSize) this.overflowed = true;
        if (this.overflowed) return;
        this.#blocks.push({
          event,
          data: data === '' ? undefined : data.slice(0, -1),
          id,
          traceparent,
        });
        traceparent = undefined;
      },
      onComment: (comment) => {
        traceparent = comment.split('traceparent ')[1];
      },
      onRetry: (retryMs) => {
        this.retryMs = retryMs;
      },
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.overflowed = true;
      },
    });
    this.#parser.feed('\n');
  }

  /** The blocks that these bytes complete. An unfinished one at the end of a stream is dropped, as the standard says. */
  feed(bytes: Uint8Array): readonly Block[] {
    const text = this.#withLineFeeds(this.#text.decode(bytes, { stream: true }));
    this.#blocks = [];
    if (text === '' || this.overflowed) return [];
    const start = this.#atLineStart && text.startsWith('\n') ? 'data:\n' : '';
    this.#atLineStart = text.endsWith('\n');
    this.#parser.feed(start + text.replaceAll('\n\n', '\ndata:\n\n'));
    return this.#blocks;
  }

  #withLineFeeds(text: string): string {
    const rest = this.#endedInCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#endedInCr = text.endsWith('\r');
    return rest.replace(/\r\n?/g, '\n');
  }
}
