/** Clocks that differ by less are taken for the same. */
const SAME_CLOCK_MS = 2_500;

/**
 * A network that can be pulled out: `fetch`, with what comes counted, for as long as the plug is in.
 *
 * Only what goes through it is cut. The rest of the page stays connected, and shows what the server makes of it.
 */
export class Plug {
  #outUntil = 0;
  #cut = new AbortController();
  #bytes = 0;
  #clockDifferenceMs = 0;

  /** Bytes of bodies that came so far, as they were on the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  /** By how much this clock is ahead of the server's, by the last answer's `Date`; 0 where they agree well enough. */
  get clockDifferenceMs(): number {
    return this.#clockDifferenceMs;
  }

  /** Milliseconds until the plug is in again. */
  remainingMs(now: number = Date.now()): number {
    return Math.max(0, this.#outUntil - now);
  }

  /** Breaks what is open, as a lost network would, and lets nothing through for `ms`. */
  pull(ms: number): void {
    this.#outUntil = Date.now() + ms;
    this.#cut.abort(new TypeError('The plug is out'));
    this.#cut = new AbortController();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    if (this.remainingMs() > 0) throw new TypeError('The plug is out');
    const signal = init?.signal ? AbortSignal.any([init.signal, this.#cut.signal]) : this.#cut.signal;
    const response = await fetch(input, { ...init, signal });
    this.#compareClocks(response.headers.get('date'));
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(this.#counter()), { status, statusText, headers });
  };

  #compareClocks(date: string | null): void {
    // It says whole seconds.
    const differenceMs = Date.now() - Date.parse(date ?? '') - 500;
    if (!Number.isNaN(differenceMs))
      this.#clockDifferenceMs = Math.abs(differenceMs) < SAME_CLOCK_MS ? 0 : differenceMs;
  }

  #counter(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.#bytes += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
  }
}
