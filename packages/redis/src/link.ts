import { SseError } from '@sse/core';
import type { RedisLogHooks } from './options.ts';
import { isReplyError, type LogSetting, Session, unavailable } from './session.ts';

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it waits for as many attempts as it takes. */
  readonly isPatient: boolean;
}

/** What a link counts. */
export interface LinkCounters {
  /** Sessions that were opened. */
  connects: number;
  /** Sessions that were lost, and attempts to open one that failed. */
  disconnects: number;
}

/**
 * Keeps a session open: the first is opened when it is needed, and the next when one is lost, after a wait of full
 * jitter (anything between none and a bound that doubles from `minRetryMs` to `maxRetryMs`).
 */
export class RedisLink {
  readonly counters: LinkCounters = { connects: 0, disconnects: 0 };
  readonly #setting: LogSetting;
  readonly #hooks: RedisLogHooks;
  readonly #waiters = new Set<Waiter>();
  #session: Session | undefined;
  #failure: unknown;
  #failures = 0;
  #connectedAt = 0;
  #connecting = false;
  #closed = false;

  constructor(setting: LogSetting, hooks: RedisLogHooks) {
    this.#setting = setting;
    this.#hooks = hooks;
  }

  /** The open session, where there is one. */
  get live(): Session | undefined {
    return this.#session;
  }

  /**
   * The open session; the first one is waited for. While Redis is away it is refused at once: what would wait then
   * could only be lost.
   *
   * @throws SseError `log-unavailable`, `closed`.
   */
  session(): Promise<Session> {
    return this.#wait(false);
  }

  /** The open session, or the next one, however long it takes; rejects where Redis refuses to serve the log. */
  connected(): Promise<Session> {
    return this.#wait(true);
  }

  close(): void {
    this.#closed = true;
    this.#settle(({ reject }) => reject(closedError()));
    this.#session?.end(closedError());
  }

  #wait(isPatient: boolean): Promise<Session> {
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(closedError());
      else if (this.#session !== undefined) resolve(this.#session);
      else if (this.#failures > 0 && !isPatient) reject(this.#refusal());
      else {
        this.#waiters.add({ resolve, reject, isPatient });
        if (!this.#connecting) void this.#connect();
      }
    });
  }

  #refusal(): SseError {
    const what = isReplyError(this.#failure)
      ? 'Redis refuses to serve the log'
      : 'Redis is not connected; try again later';
    return unavailable(what, this.#failure);
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    while (!this.#closed && this.#session === undefined) {
      try {
        await this.#attempt();
      } catch (error) {
        await this.#failed(error);
      }
    }
    this.#connecting = false;
  }

  async #attempt(): Promise<void> {
    let opened: Session | undefined;
    const session = await Session.open(this.#setting, (error) => {
      if (opened !== undefined) void this.#lost(error);
    });
    if (session.failure !== undefined) throw session.failure.error;
    if (this.#closed) return session.end(closedError());
    opened = session;
    this.#session = session;
    this.#connectedAt = this.#setting.environment.elapsed();
    this.counters.connects++;
    tell(() => this.#hooks.onConnect?.());
    this.#settle(({ resolve }) => resolve(session));
  }

  /** Tells whoever does not wait, and waits before the next attempt. */
  async #failed(error: unknown): Promise<void> {
    if (this.#closed) return;
    const { environment, bounds } = this.#setting;
    this.#failures++;
    this.#failure = error;
    this.counters.disconnects++;
    const longest = Math.min(bounds.maxRetryMs, bounds.minRetryMs * 2 ** Math.min(this.#failures - 1, 30));
    const waitMs = Math.round(environment.random() * longest);
    tell(() => this.#hooks.onDisconnect?.(error, waitMs));
    for (const waiter of this.#waiters) {
      if (waiter.isPatient && !isReplyError(error)) continue;
      this.#waiters.delete(waiter);
      waiter.reject(this.#refusal());
    }
    await new Promise<void>((resolve) => {
      environment.after(waitMs, resolve);
    });
  }

  async #lost(error: unknown): Promise<void> {
    const { environment, bounds } = this.#setting;
    this.#session = undefined;
    if (this.#closed) return;
    // One that is lost as soon as it is open must not be opened again and again.
    if (environment.elapsed() - this.#connectedAt > bounds.maxRetryMs) this.#failures = 0;
    this.#connecting = true;
    await this.#failed(error);
    await this.#connect();
  }

  #settle(how: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) how(waiter);
  }
}

export function closedError(): SseError {
  return new SseError('closed', 'The event log has been closed');
}

/** Calls a hook: what it throws is not ours to handle, and must not stop what we do. */
export function tell(hook: () => void): void {
  try {
    hook();
  } catch {
    // The application's own.
  }
}
