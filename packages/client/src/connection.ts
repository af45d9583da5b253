import { StreamError } from './errors.ts';
import type { RequestEnd } from './event-request.ts';
import { headerValue } from './header-value.ts';
import { fieldsOf, parseData } from './json.ts';
import type { Link, LinkListener, OpenLink, PauseReason } from './link.ts';
import { requestHeaders, requestUrl, type StreamRequest } from './request.ts';
import { backoffMs, isPassing, retryAfterMs } from './retry.ts';
import { FetchSource, NativeSource, type RawEvent, type Source } from './source.ts';
import type { StatusReason, StreamStatus } from './types.ts';

/** Silence of this many heartbeats ends a connection. */
const SILENT_HEARTBEATS = 2.5;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A token is refreshed this long before it expires, or a tenth of its life. */
const REFRESH_LEAD_MS = 30_000;

type Failure = Pick<RequestEnd, 'response' | 'cause'> & { readonly reason: StatusReason };

/** One connection at a time, made anew by the rules of docs/client.md until it is closed. */
class Connection implements Link {
  readonly #request: StreamRequest;
  readonly #listener: LinkListener;
  readonly #pauses = new Set<PauseReason>();
  readonly #heard = new Set<string>();
  #topics: readonly string[] | undefined;
  #cursor: string;
  #source: Source | undefined;
  #status: StreamStatus = { state: 'connecting', reason: 'start', attempt: 0 };
  /** Of the attempt under way; whatever an earlier one still brings is not for us. */
  #turn = {};
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #serverRetryMs: number | undefined;
  #openedAt: number | undefined;
  #closing: unknown;
  /** Since the connection was last healthy. */
  #failures = 0;
  #refreshed = false;

  constructor(
    request: StreamRequest,
    topics: readonly string[] | undefined,
    cursor: string,
    listener: LinkListener,
  ) {
    this.#request = request;
    this.#topics = topics;
    this.#cursor = cursor;
    this.#listener = listener;
  }

  get cursor(): string {
    return this.#source?.lastEventId ?? this.#cursor;
  }

  start(): void {
    void this.#connect('start');
  }

  listen(event: string): void {
    this.#heard.add(event);
    this.#source?.listen(event);
  }

  setTopics(topics: readonly string[] | undefined): void {
    this.#topics = topics;
    this.#again('topics');
  }

  reconnect(cursor?: string): void {
    this.#drop();
    this.#cursor = cursor ?? this.#cursor;
    this.#again('asked');
  }

  pause(reason: PauseReason): void {
    this.#pauses.add(reason);
    this.#again(reason);
  }

  resume(reason: PauseReason): void {
    if (this.#pauses.delete(reason)) this.#again(reason);
  }

  wake(): void {
    const { state, heartbeatMs = this.#request.silenceMs } = this.#status;
    const silentMs = Date.now() - (this.#source?.lastByteAt ?? 0);
    if (state === 'waiting' || (state === 'open' && silentMs > heartbeatMs)) this.#again('woken');
  }

  close(): void {
    this.#stop('closed');
  }

  /** An attempt that no failure led to: at once, and none counted against it. */
  #again(reason: StatusReason): void {
    if (this.#status.state === 'closed') return;
    this.#status = { ...this.#status, attempt: 0 };
    this.#failures = 0;
    void this.#connect(reason);
  }

  async #connect(reason: StatusReason): Promise<void> {
    this.#drop();
    const paused = [...this.#pauses].at(-1);
    if (paused !== undefined) return void this.#tell({ state: 'paused', reason: paused, attempt: 0 });
    this.#turn = {};
    const turn = this.#turn;
    const isOver = (): boolean => this.#turn !== turn;
    const { transport, connectTimeoutMs } = this.#request;
    if (!this.#tell({ state: 'connecting', reason, attempt: this.#status.attempt + 1 })) return;
    this.#later(connectTimeoutMs, () => this.#fail({ reason: 'timeout' }));
    try {
      const headers = await requestHeaders(this.#request);
      if (isOver()) return;
      const isUnsendable = headerValue(this.#cursor) === undefined;
      const url = requestUrl(this.#request, this.#topics, isUnsendable ? '' : this.#cursor);
      const request = { ...this.#request, url, headers, lastEventId: this.#cursor };
      this.#source = new (transport === 'native' ? NativeSource : FetchSource)(request, {
        opened: () => isOver() || this.#opened(isUnsendable),
        received: (raw) => isOver() || this.#received(raw),
        failed: (failure) => isOver() || this.#fail(failure),
      });
      for (const name of this.#heard) this.#source.listen(name);
    } catch (cause) {
      if (!isOver()) this.#fail({ reason: 'token', cause });
    }
  }

  #opened(cursorWasUnsendable: boolean): void {
    this.#clearTimers();
    this.#openedAt = Date.now();
    this.#refreshed = false;
    this.#closing = undefined;
    if (!this.#tell({ state: 'open', reason: this.#status.reason, attempt: this.#status.attempt })) return;
    this.#watch();
    if (cursorWasUnsendable) {
      const gap = { type: 'gap', reason: 'unsendable', requested: this.#cursor, oldest: null, newest: null };
      this.#listener.received({ event: 'system', data: JSON.stringify(gap), id: '' });
    }
  }

  #received(raw: RawEvent): void {
    if (raw.event === 'system') this.#heardSystem(fieldsOf(parseData(raw.data)));
    this.#listener.received(raw);
  }

  #heardSystem({
    type,
    reason,
    client_id,
    heartbeat_ms,
    expires_in_ms,
  }: Readonly<Record<string, unknown>>): void {
    if (type === 'closing') this.#closing = reason;
    if (type !== 'connected') return;
    const isCurrent = this.#tell({
      ...this.#status,
      ...(typeof client_id === 'string' && { clientId: client_id }),
      ...(typeof heartbeat_ms === 'number' && heartbeat_ms > 0 && { heartbeatMs: heartbeat_ms }),
    });
    if (!isCurrent) return;
    this.#clearTimers();
    this.#watch();
    if (typeof expires_in_ms === 'number' && this.#asksForToken)
      // A server that knows only tokens which expire now must not be asked without a pause.
      this.#later(
        Math.max(expires_in_ms - Math.min(REFRESH_LEAD_MS, expires_in_ms / 10), this.#request.minDelayMs),
        () => this.#again('token'),
      );
  }

  /** Whether the next attempt may come with other rights. */
  get #asksForToken(): boolean {
    return this.#request.token !== undefined || typeof this.#request.headers === 'function';
  }

  /** Ends a connection that has been silent for too long. One timer, whatever comes in between. */
  #watch(): void {
    const { heartbeatMs } = this.#status;
    const limit = heartbeatMs === undefined ? this.#request.silenceMs : heartbeatMs * SILENT_HEARTBEATS;
    const left = (this.#source?.lastByteAt ?? 0) + limit - Date.now();
    // A clock that was put back must not make it wait for longer than once.
    this.#later(Math.min(left, limit), () => {
      const silentMs = Date.now() - (this.#source?.lastByteAt ?? 0);
      if (silentMs >= 0 && silentMs < limit) this.#watch();
      else this.#fail({ reason: 'silent' });
    });
  }

  #fail(failure: Failure): void {
    const { reason, response, cause } = failure;
    const openMs = Date.now() - (this.#openedAt ?? Date.now());
    const wasHealthy = openMs >= this.#request.healthyMs;
    const hadExpired = this.#closing === 'expired' && wasHealthy;
    this.#drop();
    const turn = this.#turn;
    const httpStatus = response?.status === 200 ? undefined : response?.status;
    const refused = httpStatus === 401 || httpStatus === 403;
    if (this.#asksForToken && (hadExpired || (refused && !this.#refreshed))) {
      this.#refreshed = refused;
      return this.#again('token');
    }
    const attempt = wasHealthy ? 0 : this.#status.attempt;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    const delayMs = backoffMs({
      ...this.#request,
      failures: this.#failures,
      serverRetryMs: this.#serverRetryMs,
      retryAfterMs: retryAfterMs(response?.headers.get('Retry-After'), Date.now()),
      random: Math.random(),
    });
    const about = { reason, attempt, ...(httpStatus !== undefined && { httpStatus }) };
    const byRule = reason === 'status' ? isPassing(httpStatus) : reason !== 'redirect';
    const retry =
      this.#decide(() => this.#request.shouldRetry?.({ ...about, retry: byRule, delayMs })) ?? byRule;
    if (reason !== 'ended') this.#listener.failed(failureError(reason, httpStatus, cause));
    // Whoever was told may have closed it, or connected anew.
    if (this.#turn !== turn) return;
    if (!retry) return this.#stop(reason, httpStatus);
    this.#later(delayMs, () => void this.#connect(reason));
    this.#tell({ state: 'waiting', ...about, delayMs });
  }

  #decide(ask: () => boolean | undefined): boolean | undefined {
    try {
      return ask();
    } catch (cause) {
      this.#listener.failed(new StreamError('handler', '`shouldRetry` threw', { cause }));
      return undefined;
    }
  }

  #stop(reason: StatusReason, httpStatus?: number): void {
    if (this.#status.state === 'closed') return;
    this.#drop();
    this.#tell({
      state: 'closed',
      reason,
      attempt: this.#status.attempt,
      ...(httpStatus !== undefined && { httpStatus }),
    });
  }

  /** Nothing of the attempt under way goes on; what it brought stays. */
  #drop(): void {
    this.#clearTimers();
    this.#turn = {};
    this.#cursor = this.cursor;
    this.#serverRetryMs = this.#source?.retryMs ?? this.#serverRetryMs;
    this.#source?.close();
    this.#source = undefined;
    this.#openedAt = undefined;
  }

  #later(ms: number, run: () => void): void {
    const fire = (): void => {
      this.#timers.delete(timer);
      run();
    };
    const timer = setTimeout(fire, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    if (this.#request.unref) (timer as { unref?: () => void }).unref?.();
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
  }

  /** `false` where whoever was told has closed it, or connected anew: then nothing of this attempt goes on. */
  #tell(status: StreamStatus): boolean {
    const turn = this.#turn;
    this.#status = Object.freeze(status);
    this.#listener.changed(this.#status);
    return this.#turn === turn;
  }
}

/** A connection of this stream alone. */
export const openOwn: OpenLink = (request, topics, cursor, listener) =>
  new Connection(request, topics, cursor, listener);

function failureError(reason: StatusReason, httpStatus: number | undefined, cause: unknown): StreamError {
  const texts: Partial<Record<StatusReason, string>> = {
    network: 'The connection failed',
    status: `Expected status 200${httpStatus === undefined ? '' : `, got ${httpStatus}`}`,
    content_type: 'Expected Content-Type `text/event-stream`',
    timeout: 'No answer in time',
    silent: 'Nothing was heard for too long',
    too_large: 'An event is longer than `maxEventSize`',
    redirect: 'A redirect leads from https to http',
    token: '`token` or `headers` failed',
  };
  return new StreamError(reason as StreamError['code'], texts[reason] ?? reason, { cause, httpStatus });
}
