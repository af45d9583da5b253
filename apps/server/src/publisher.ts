/** What a producer publishes; `data` is any JSON value. */
export interface ProducedEvent {
  readonly topic: string;
  readonly data: unknown;
}

/** Publishes an event; settles when it is in the log. `Broadcaster.publish` is one. */
export type Publish = (event: ProducedEvent) => Promise<unknown>;

export interface PublisherOptions {
  readonly publish: Publish;
  /** A monotonic clock, milliseconds. */
  readonly elapsed: () => number;
  /** How long one publish may take, and how long all may fail before `isFailing`. */
  readonly patienceMs: number;
  /** Told after each attempt; `error` is absent after a success. */
  readonly onAttempt: (error?: unknown) => void;
}

/** A `Publish` that never throws, always settles, and knows whether it works. */
export interface Publisher {
  /** Whether the event was published. `false` also once `signal` aborts; the event may then yet be published. */
  send(event: ProducedEvent, signal: AbortSignal): Promise<boolean>;
  /** Whether attempts have failed for `patienceMs`, with no success between. */
  readonly isFailing: boolean;
  /** Whether `publish` is being called right now: what happens meanwhile is of its doing. */
  readonly isCalling: boolean;
  readonly counts: { readonly sent: number; readonly failed: number };
}

/** Attempts that were given up on but may still settle; no more are made beyond. */
const MAX_UNSETTLED = 64;

export function createPublisher({ publish, elapsed, patienceMs, onAttempt }: PublisherOptions): Publisher {
  const counts = { sent: 0, failed: 0 };
  let unsettled = 0;
  let isCalling = false;
  let failure: { readonly since: number; until: number } | undefined;

  async function attempt(event: ProducedEvent): Promise<void> {
    unsettled++;
    try {
      isCalling = true;
      const result = publish(event);
      isCalling = false;
      await result;
    } finally {
      isCalling = false;
      unsettled--;
    }
  }

  async function send(event: ProducedEvent, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const startedAt = elapsed();
    try {
      if (unsettled >= MAX_UNSETTLED) throw new Error(`${unsettled} publishes have not settled`);
      if ((await within(attempt(event), patienceMs, signal)) === 'aborted') return false;
      counts.sent++;
      failure = undefined;
      onAttempt();
      return true;
    } catch (error) {
      counts.failed++;
      failure ??= { since: startedAt, until: startedAt };
      failure.until = elapsed();
      onAttempt(error);
      return false;
    }
  }

  return {
    send,
    counts,
    get isCalling() {
      return isCalling;
    },
    get isFailing() {
      return failure !== undefined && failure.until - failure.since >= patienceMs;
    },
  };
}

/** Waits for a promise, but not longer than `ms` (then it throws) and not after an abort. */
async function within(
  promise: Promise<void>,
  ms: number,
  signal: AbortSignal,
): Promise<'settled' | 'aborted'> {
  let finish = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'aborted'>((resolve, reject) => {
    finish = () => resolve('aborted');
    timer = setTimeout(() => reject(new Error(`A publish has not settled within ${ms} ms`)), ms).unref();
  });
  signal.addEventListener('abort', finish, { once: true });
  try {
    return await Promise.race([promise.then(() => 'settled' as const), limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', finish);
  }
}
