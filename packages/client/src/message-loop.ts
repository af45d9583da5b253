import { StreamError } from './errors.ts';
import type { MessageIterator, MessagesOptions, StreamMessage } from './types.ts';

const DEFAULT_HIGH_WATER_MARK = 1_000;
const DONE = Object.freeze({ done: true, value: undefined });

interface Reader<Message> {
  resolve(result: IteratorResult<Message>): void;
  reject(error: unknown): void;
}

/** A bounded queue of messages, read by `for await`. */
export class MessageLoop<Message extends StreamMessage> implements MessageIterator<Message> {
  readonly #highWaterMark: number;
  readonly #overflow: NonNullable<MessagesOptions['overflow']>;
  readonly #signal: AbortSignal | undefined;
  readonly #leave: () => void;
  #queue: Message[] = [];
  readonly #readers: Reader<Message>[] = [];
  readonly #end = (): void => void this.return();
  #ended = false;
  #error: unknown;
  #dropped = 0;

  /** @param leave - called once, when no more messages are wanted. */
  constructor(options: MessagesOptions, leave: () => void) {
    const { highWaterMark = DEFAULT_HIGH_WATER_MARK, overflow = 'error', signal } = options;
    if (!Number.isSafeInteger(highWaterMark) || highWaterMark < 1)
      throw new TypeError(
        `Expected \`highWaterMark\` to be a positive integer, got ${String(highWaterMark)}`,
      );
    if (!['error', 'drop-oldest', 'latest'].includes(overflow))
      throw new TypeError(
        `Expected \`overflow\` to be error, drop-oldest or latest, got ${String(overflow)}`,
      );
    this.#highWaterMark = highWaterMark;
    this.#overflow = overflow;
    this.#leave = leave;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#end);
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(message: Message): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: message });
    if (this.#queue.length >= this.#highWaterMark) {
      if (this.#overflow === 'error')
        return this.finish(
          new StreamError('iterator_overflow', `The loop is behind by ${this.#highWaterMark} messages`),
        );
      return this.#makeRoomFor(message);
    }
    this.#queue.push(message);
  }

  #makeRoomFor(message: Message): void {
    const all = [...this.#queue, message];
    const newest = new Map(all.map((each) => [each.topic, each]));
    const kept = this.#overflow === 'latest' ? all.filter((each) => newest.get(each.topic) === each) : all;
    this.#queue = kept.slice(-this.#highWaterMark);
    this.#dropped += all.length - this.#queue.length;
  }

  /** No more messages come. What is queued is still read; then the loop ends, with `error` where there is one. */
  finish(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#signal?.removeEventListener('abort', this.#end);
    this.#leave();
    for (const reader of this.#readers.splice(0)) this.#settle(reader);
  }

  next(): Promise<IteratorResult<Message>> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#settle({ resolve, reject });
      else this.#readers.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<Message>> {
    this.#queue.length = 0;
    this.finish();
    this.#error = undefined;
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The error is thrown once; after it the loop is done. */
  #settle({ resolve, reject }: Reader<Message>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) resolve(DONE);
    else reject(error);
  }
}
