import type { EventSourceLike } from './clients/event-source.ts';
import type { Fault } from './faults.ts';
import { type Dispatch, ReferenceInterpreter } from './reference-interpreter.ts';

/** Section 9.2.3 of the HTML standard in few lines, to see that the cases can be passed, and that each fault fails one. */
export class ReferenceSource extends EventTarget implements EventSourceLike {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readonly url: string;
  readonly withCredentials: boolean;
  readyState = 0;
  onopen: ((event: Event) => unknown) | null = null;
  onmessage: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  private readonly fault: Fault | undefined;
  readonly #abort = new AbortController();
  #requestUrl: string;
  #lastEventId = '';
  #waitMs = 3_000;
  #interpreter: ReferenceInterpreter | undefined;

  constructor(url: string | URL, init: EventSourceInit = {}, fault?: Fault) {
    super();
    this.fault = fault;
    this.withCredentials = init.withCredentials ?? false;
    if (!URL.canParse(url)) throw new DOMException('Expected a URL', 'SyntaxError');
    this.#requestUrl = this.url = new URL(url).href;
    this.addEventListener('open', (event) => this.onopen?.(event));
    this.addEventListener('message', (event) => this.onmessage?.(event));
    this.addEventListener('error', (event) => this.onerror?.(event));
    void Promise.resolve().then(() => this.#connect());
  }

  close(): void {
    this.readyState = 2;
    if (this.fault !== 'keeps its connection after close' && this.fault !== 'goes on after close')
      this.#abort.abort();
  }

  async #connect(): Promise<void> {
    if (this.readyState !== 0 && this.fault !== 'comes back after close') return;
    let ended = false;
    try {
      const response = await fetch(this.#requestUrl, {
        headers: { Accept: 'text/event-stream', ...this.#cursor() },
        cache: this.fault === 'lets caches answer' ? 'default' : 'no-store',
        signal: this.fault === 'comes back after close' ? null : this.#abort.signal,
      });
      if (!this.#isStream(response)) return this.#fail(response);
      if (this.fault !== 'comes back to the first URL') this.#requestUrl = response.url;
      if (this.readyState === 2) return;
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
      await this.#read(response);
      ended = true;
    } catch {
      if (this.#abort.signal.aborted) return;
    }
    if (ended && this.fault === 'stays away when a stream ends') return;
    if (this.readyState === 2 && this.fault !== 'comes back after close') return;
    if (this.fault !== 'is OPEN while it reconnects') this.readyState = 0;
    if (this.fault !== 'fires no error when a stream ends') this.dispatchEvent(new Event('error'));
    const waitMs = this.fault === 'does not wait' ? 0 : this.#waitMs;
    // Longer timers fire after a millisecond.
    const longestMs = this.fault === 'lets the timer overflow' ? 1 : 2 ** 31 - 1;
    setTimeout(() => void this.#connect(), waitMs > 2 ** 31 - 1 ? longestMs : waitMs);
  }

  #fail({ status }: Response): void {
    this.readyState = this.fault === 'comes back after 404' && status === 404 ? 0 : 2;
    this.dispatchEvent(new Event('error'));
    if (this.readyState === 0) setTimeout(() => void this.#connect(), this.#waitMs);
  }

  #isStream({ status, headers }: Response): boolean {
    const type = headers.get('Content-Type') ?? '';
    if (status !== 200 && this.fault !== 'reads an answer that is not 200') return false;
    if (this.fault === 'reads any content type') return true;
    if (this.fault === 'compares content types by prefix') return type.startsWith('text/event-stream');
    if (this.fault === 'compares content types by case') return /^text\/event-stream *(;|$)/.test(type);
    return /^text\/event-stream *(;|$)/i.test(type);
  }

  #cursor(): Record<string, string> {
    if (this.#lastEventId === '' || this.fault === 'sends no last id') return {};
    const bytes = Array.from(new TextEncoder().encode(this.#lastEventId), (byte) =>
      String.fromCharCode(byte),
    );
    return { 'Last-Event-ID': this.fault === 'sends the id in Latin-1' ? this.#lastEventId : bytes.join('') };
  }

  async #read({ body, url }: Response): Promise<void> {
    const kept = this.fault === 'goes on in the next stream' ? this.#interpreter : undefined;
    const interpreter = kept ?? new ReferenceInterpreter(this.#lastEventId, this.fault);
    this.#interpreter = interpreter;
    const { origin } = new URL(url);
    const reader = body?.getReader();
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
      const dispatches = interpreter.feed(read.value);
      this.#waitMs = interpreter.retryMs ?? this.#waitMs;
      this.#dispatch(dispatches, origin);
    }
    this.#dispatch(interpreter.end(), origin);
  }

  #dispatch(dispatches: readonly Dispatch[], origin: string): void {
    for (const { type, data, lastEventId } of dispatches) {
      if (this.readyState === 2 && this.fault !== 'goes on after close') return;
      this.#lastEventId = lastEventId;
      if (data !== undefined) this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
    }
  }
}
