import { onTestFinished, vi } from 'vitest';

/** One call of a fake `fetch`, answered by the test. */
export interface Call {
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  /** By the fake clock. */
  readonly at: number;
  /** Begins a stream. `url`: where redirects led. */
  stream(url?: string): void;
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
  fail(): void;
  send(text: string): void;
  end(): void;
}

export interface FakeFetch {
  readonly fetch: typeof fetch;
  readonly calls: readonly Call[];
  last(): Call;
}

/** A `fetch` that each call of waits for the test; it takes note of aborts as a real one does. */
export function fakeFetch(react: (call: Call) => void = () => undefined): FakeFetch {
  const calls: Call[] = [];
  const fetch = (input: unknown, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const signal = init.signal ?? new AbortController().signal;
      let body: ReadableStreamDefaultController<Uint8Array> | undefined;
      let isOver = false;
      const encoder = new TextEncoder();
      signal.addEventListener('abort', () => {
        reject(signal.reason);
        if (!isOver) body?.error(signal.reason);
        isOver = true;
      });
      const call: Call = {
        url: String(input),
        headers: new Headers(init.headers),
        signal,
        at: Date.now(),
        stream(url = '') {
          const stream = new ReadableStream<Uint8Array>({
            start: (controller) => {
              body = controller;
            },
          });
          const response = new Response(stream, { headers: { 'Content-Type': 'text/event-stream' } });
          Object.defineProperty(response, 'url', { value: url });
          resolve(response);
        },
        answer: (status, headers = {}) => resolve(new Response(null, { status, headers })),
        fail: () => reject(new TypeError('fetch failed')),
        send: (text) => body?.enqueue(encoder.encode(text)),
        end() {
          isOver = true;
          body?.close();
        },
      };
      calls.push(call);
      react(call);
    });
  return {
    fetch: fetch as typeof globalThis.fetch,
    calls,
    last: () => {
      const call = calls.at(-1);
      if (call === undefined) throw new Error('Expected a call of `fetch`');
      return call;
    },
  };
}

/** For one test, time stands still unless `pass` lets it go on. */
export function useClock(): (ms?: number) => Promise<void> {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z') });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return async (ms = 0) => {
    await vi.advanceTimersByTimeAsync(ms);
  };
}
