import { Broadcaster, type EventId, type Subscription } from '@sse/core';
import { FakeSink } from '@sse/core/testing';
import { createClient } from 'redis';
import { expect, vi } from 'vitest';
import { RedisEventLog, type RedisEventLogOptions } from '../../src/index.ts';

/** Bounds with which a test need not wait long, and a busy machine does not run into a timeout. */
export const QUICK = {
  blockMs: 200,
  readTimeoutMs: 1_500,
  commandTimeoutMs: 1_000,
  connectTimeoutMs: 1_000,
  minRetryMs: 20,
  maxRetryMs: 200,
};

/** Waits for a condition; the assertions in it say which. */
export function eventually(condition: () => unknown, timeoutMs = 10_000): Promise<unknown> {
  return vi.waitFor(condition, { timeout: timeoutMs, interval: 10 });
}

/** Tries until it succeeds. */
export function persistently<Value>(work: () => Promise<Value>, timeoutMs = 10_000): Promise<Value> {
  return vi.waitFor(work, { timeout: timeoutMs, interval: 20 });
}

/** One block of a stream that a peer received. */
interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** The other end of one stream. */
export class Peer {
  constructor(
    readonly sink: FakeSink,
    readonly subscription: Subscription,
  ) {}

  get blocks(): Block[] {
    const blocks = this.sink.text.split('\n\n').slice(0, -1);
    return blocks.map((block) =>
      Object.fromEntries(
        block.split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^\w*: /, '')]),
      ),
    );
  }

  /** The data of what was published, in the order of arrival. */
  get received(): string[] {
    return this.blocks.flatMap(({ event, data }) => (event === 'data' && data !== undefined ? [data] : []));
  }

  get gaps(): { reason: string; requested: string; oldest: string | null }[] {
    return this.blocks.flatMap(({ event, data = '' }) =>
      event === 'system' && data.includes('"gap"') ? [JSON.parse(data)] : [],
    );
  }

  /** What was received since the last gap. */
  get sinceGap(): string[] {
    const blocks = this.blocks;
    const at = blocks.map(({ data }) => data?.startsWith('{"type":"gap"')).lastIndexOf(true);
    return blocks
      .slice(at + 1)
      .flatMap(({ event, data }) => (event === 'data' && data !== undefined ? [data] : []));
  }

  /** What a browser would send as `Last-Event-ID`. */
  get lastId(): EventId {
    return this.blocks.flatMap(({ id }) => id ?? []).at(-1) ?? '';
  }
}

/** A server of many: a broadcaster on a log on Redis. */
export class Server {
  readonly log: RedisEventLog;
  readonly broadcaster: Broadcaster;
  readonly errors: unknown[] = [];
  readonly prefix: string;

  /** @param port - of Redis, asked for with each connection. */
  constructor(port: () => number, options: Partial<RedisEventLogOptions>) {
    this.prefix = options.prefix ?? 'sse';
    const client = () => createClient({ url: `redis://127.0.0.1:${port()}` });
    this.log = new RedisEventLog({ ...QUICK, client, ...options });
    this.broadcaster = new Broadcaster({
      log: this.log,
      logTimeoutMs: 3_000,
      maxQueueSize: 100_000,
      maxQueueBytes: 64 * 1024 * 1024,
      hooks: { onError: (error) => void this.errors.push(error) },
    });
  }

  async connect(lastEventId?: EventId): Promise<Peer> {
    const sink = new FakeSink({ highWaterMark: 1_000_000 });
    return new Peer(sink, await this.broadcaster.subscribe({ open: () => sink, lastEventId }));
  }

  /** Publishes each number as an event of its own, in one append. */
  publish(...numbers: readonly number[]): Promise<readonly EventId[]> {
    return this.broadcaster.publish(
      numbers.map((n) => ({ topic: 'n', data: String(n), idempotencyKey: `k${n}` })),
    );
  }

  running(): Promise<unknown> {
    return eventually(() => expect(this.broadcaster.status).toBe('running'));
  }

  async close(): Promise<void> {
    await this.broadcaster.close();
    await this.log.close();
  }
}

/** Numbers as texts. */
export function texts(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
