type Handler = (...args: never[]) => unknown;

/** Handlers by name. Each `on` is one registration, also of a function that is there already. */
export class Handlers {
  readonly #byName = new Map<string, Set<{ readonly handler: Handler }>>();

  add(name: string, handler: Handler, signal?: AbortSignal): () => void {
    const entry = { handler };
    const entries = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, entries.add(entry));
    const remove = (): void => {
      entries.delete(entry);
      if (entries.size === 0 && this.#byName.get(name) === entries) this.#byName.delete(name);
      signal?.removeEventListener('abort', remove);
    };
    signal?.addEventListener('abort', remove);
    if (signal?.aborted) remove();
    return remove;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /**
   * Calls those that are there now, in the order in which they came.
   *
   * @returns the promises of those that are not done yet; what one throws is given to `failed`, also later.
   */
  call(name: string, args: readonly unknown[], failed: (cause: unknown) => void): Promise<unknown>[] {
    const waits: Promise<unknown>[] = [];
    const entries = this.#byName.get(name) ?? [];
    for (const entry of [...entries]) {
      // Taken away meanwhile by one before it, such as one that closes the stream.
      if (!this.#byName.get(name)?.has(entry)) continue;
      try {
        const result = (entry.handler as (...all: readonly unknown[]) => unknown)(...args);
        if (isThenable(result)) waits.push(Promise.resolve(result).catch(failed));
      } catch (cause) {
        failed(cause);
      }
    }
    return waits;
  }

  clear(): void {
    this.#byName.clear();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** As the platform does with what a listener throws where nobody listens for it; but the process goes on. */
export function reportUncaught(cause: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(cause);
  else console.error(cause);
}
