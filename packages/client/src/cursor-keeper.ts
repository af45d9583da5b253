import { StreamError } from './errors.ts';
import { fieldsOf, parseData } from './json.ts';
import type { CursorStorage, ResumeOptions } from './types.ts';

const HOUR_MS = 3_600_000;
/** A storage is slow, and shared by all tabs: not a write for each message. */
const WRITE_EVERY_MS = 250;

/** Keeps the cursor of a stream beyond the page's life. */
export class CursorKeeper {
  readonly #storage: CursorStorage | undefined;
  readonly #key: string;
  readonly #maxAgeMs: number;
  readonly #current: () => string;
  readonly #failed: (error: StreamError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param current - the cursor of what was handled.
   * @param failed - told what a storage throws, such as one that is full or forbidden.
   */
  constructor(
    { storage, key, maxAgeMs = HOUR_MS }: ResumeOptions,
    defaultKey: string,
    current: () => string,
    failed: (error: StreamError) => void,
  ) {
    this.#key = key ?? defaultKey;
    this.#maxAgeMs = maxAgeMs;
    this.#current = current;
    this.#failed = failed;
    // Where a page may not store, even looking at `sessionStorage` throws.
    this.#storage = storage ?? this.#try(() => globalThis.sessionStorage);
  }

  /** The cursor kept, unless it is too old. */
  read(): string | undefined {
    const text = this.#try(() => this.#storage?.getItem(this.#key));
    if (text == null) return undefined;
    const { id, at } = fieldsOf(parseData(text));
    const ageMs = Date.now() - Number(at);
    return typeof id === 'string' && ageMs >= 0 && ageMs <= this.#maxAgeMs ? id : undefined;
  }

  /** The cursor may have moved: writes it soon. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Writes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const id = this.#current();
    if (id === '') return;
    // Also an id that is kept already: it is as young as the stream that had it to the last.
    this.#try(() => this.#storage?.setItem(this.#key, JSON.stringify({ id, at: Date.now() })));
  }

  #try<Value>(run: () => Value): Value | undefined {
    try {
      return run();
    } catch (cause) {
      const error = new StreamError('storage', 'The cursor could not be kept or read', { cause });
      // Not in this turn: nobody listens yet to what goes wrong with the first read.
      queueMicrotask(() => this.#failed(error));
      return undefined;
    }
  }
}
