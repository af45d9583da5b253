import type { AuthStore, Environment, Subscription } from '@sse/core';

/** Ends streams of whoever is revoked, wherever that was said. */
export interface StreamWatch {
  /** Looks after a stream until it is over. */
  add(stream: Stream, ids: readonly string[]): void;
  /** Looks now, instead of at the next tick. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

type Stream = Pick<Subscription, 'close' | 'over'>;

export interface StreamWatchOptions {
  readonly store: Pick<AuthStore, 'revocations'>;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  readonly environment: Environment;
  /** Told where the store does not answer; streams stay, and are looked at when it does. */
  readonly onError: (error: unknown) => void;
}

/**
 * Asks the store what is new at regular times, while there are streams.
 *
 * None is missed: what was revoked before the last look is held against each stream as it begins, and a look that brings
 * anything new holds it against all.
 */
export function watchStreams({ store, intervalMs, environment, onError }: StreamWatchOptions): StreamWatch {
  const streams = new Map<Stream, readonly string[]>();
  let revoked: ReadonlyMap<string, number> = new Map();
  let version: string | undefined;
  let isTicking = false;
  let isClosed = false;

  function judge(stream: Stream, ids: readonly string[]): void {
    const now = environment.now();
    if (ids.some((id) => (revoked.get(id) ?? 0) > now)) stream.close('revoked');
  }

  async function look(): Promise<void> {
    try {
      const news = await store.revocations(version);
      if (news === undefined) return;
      ({ version, ids: revoked } = news);
      for (const [stream, ids] of streams) judge(stream, ids);
    } catch (error) {
      if (!isClosed) onError(error);
    }
  }

  async function tick(): Promise<void> {
    await look();
    isTicking = streams.size > 0 && !isClosed;
    if (isTicking) environment.after(intervalMs, () => void tick());
  }

  return {
    add(stream, ids) {
      if (ids.length === 0) return;
      streams.set(stream, ids);
      void stream.over.then(() => streams.delete(stream));
      judge(stream, ids);
      if (isTicking) return;
      isTicking = true;
      void tick();
    },
    look,
    close() {
      isClosed = true;
      streams.clear();
    },
  };
}
