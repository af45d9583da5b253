import type { EventId, EventLog, LogPage, LogStats, NewEvent, TailBatch } from '@sse/core';
import type { LmdbEventLogOptions } from '../src/index.ts';
import type { Child } from './child.ts';
import type { ChildMessage } from './child-main.ts';

let tails = 0;

/** A log in another process. */
export class RemoteLog implements EventLog {
  readonly #child: Child;
  readonly #log: number;
  /** For what needs no database. */
  readonly #local: EventLog;
  readonly #takers = new Map<number, (message: ChildMessage) => void>();

  private constructor(child: Child, log: number, local: EventLog) {
    this.#child = child;
    this.#log = log;
    this.#local = local;
    child.onMessage = (message) => {
      if ('tail' in message) this.#takers.get(message.tail)?.(message);
    };
  }

  static async open(child: Child, options: LmdbEventLogOptions, local: EventLog): Promise<RemoteLog> {
    return new RemoteLog(child, await child.call('open', options), local);
  }

  append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    return this.#child.call('append', this.#log, events);
  }

  read(after: EventId, limit: number): Promise<LogPage> {
    return this.#child.call('read', this.#log, after, limit) as Promise<LogPage>;
  }

  async *tail(signal: AbortSignal): AsyncGenerator<TailBatch> {
    const tail = tails++;
    const messages: ChildMessage[] = [];
    let wake = (): void => undefined;
    this.#takers.set(tail, (message) => {
      messages.push(message);
      wake();
    });
    signal.addEventListener('abort', () => {
      void this.#child.call('abort', tail);
      wake();
    });
    await this.#child.call('tail', this.#log, tail);
    while (!signal.aborted) {
      const message = messages.shift();
      if (message?.kind === 'end') return;
      if (message?.kind === 'batch') yield message.batch as TailBatch;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  compare(a: EventId, b: EventId): number {
    return this.#local.compare(a, b);
  }

  parseId(text: string): EventId | undefined {
    return this.#local.parseId(text);
  }

  stats(): Promise<LogStats> {
    return this.#child.call('stats', this.#log) as Promise<LogStats>;
  }

  close(): Promise<void> {
    return this.#child.call('close', this.#log);
  }
}
