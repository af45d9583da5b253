import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { AlertRule } from './alert-rules.ts';
import { followFile } from './follow-file.ts';
import { feedLines } from './line-feeder.ts';
import { createLogLimiter } from './log-limiter.ts';
import { createLogPump } from './log-pump.ts';
import type { LogRecord, ServerLog } from './logger.ts';
import { createMetricTicker } from './metric-ticker.ts';
import type { Producer, ProducerStatus } from './producer.ts';
import { createPublisher, type ProducedEvent, type Publish } from './publisher.ts';
import { readLines } from './read-lines.ts';
import { createTelemetry, type MetricReader } from './telemetry.ts';

export interface EventProducerOptions {
  readonly publish: Publish;
  /** How many streams are open. */
  readonly clientCount: () => number;
  /** Its lines become events; the producer's own go to `quiet`. */
  readonly log: ServerLog;
  /** @defaultValue none */
  readonly alertRules?: readonly AlertRule[] | undefined;
  /** At most 2^31 - 1. @defaultValue 1_000 */
  readonly metricIntervalMs?: number | undefined;
  /** A file whose new lines become events. */
  readonly logFile?: string | undefined;
  /** A stream whose lines become events, such as piped standard input; destroyed by `stop`. */
  readonly input?: Readable | undefined;
  /** @defaultValue `createTelemetry` */
  readonly createReaders?: (() => readonly MetricReader[]) | undefined;
  /** How long one publish may take, and how long publishing may fail before `failed`. @defaultValue 10_000 */
  readonly patienceMs?: number | undefined;
}

/** What has become of the producer's events since it was made. */
export interface EventProducerCounts {
  readonly sent: number;
  readonly failed: number;
  readonly skippedTicks: number;
  readonly droppedLines: number;
}

export interface EventProducer extends Producer {
  readonly counts: EventProducerCounts;
}

/** One time from `start` to `stop`. */
interface Run {
  readonly signal: AbortSignal;
  end(): Promise<unknown>;
}

const DEFAULTS = Object.freeze({ metricIntervalMs: 1_000, patienceMs: 10_000 });
const COMPLAINT_INTERVAL_MS = 60_000;
const RESTART_MS = 1_000;

/**
 * Publishes what is true of this machine: `metric` events at every interval, `alert` events when a metric crosses a
 * threshold, and `log` events: the server's own lines, and those of `logFile` and `input`.
 *
 * It is `failed` while every reading fails, or once publishing has failed for `patienceMs`, and `running` again as soon
 * as one succeeds; each change is one log line. A single reading or publish that fails is skipped, and logged at most
 * once a minute; so is a file that cannot be followed, which is tried again every second.
 */
export function createEventProducer(options: EventProducerOptions): EventProducer {
  const { publish, clientCount, log, logFile, input } = options;
  const intervalMs = options.metricIntervalMs ?? DEFAULTS.metricIntervalMs;
  const patienceMs = options.patienceMs ?? DEFAULTS.patienceMs;
  const createReaders = options.createReaders ?? (() => createTelemetry({ clientCount }));
  const elapsed = (): number => performance.now();
  const mayComplain = createLogLimiter(elapsed, COMPLAINT_INTERVAL_MS);

  let run: Run | undefined;
  let stopped: Promise<unknown> = Promise.resolve();
  let readers: readonly MetricReader[] | undefined;
  let hasNoReaders = false;
  let knownStatus: ProducerStatus = 'stopped';

  const publisher = createPublisher({
    publish,
    elapsed,
    patienceMs,
    onAttempt(error) {
      if (error !== undefined) complain('an event could not be published', error);
      noteStatus();
    },
  });
  const send = (event: ProducedEvent): Promise<boolean> =>
    run === undefined ? Promise.resolve(false) : publisher.send(event, run.signal);
  const pump = createLogPump({ send, elapsed });
  const ticker = createMetricTicker({
    rules: options.alertRules ?? [],
    send,
    onError: (name, error) => complain(`${name} could not be read`, error),
  });

  function complain(what: string, error: unknown): void {
    const heldBack = mayComplain(what);
    if (heldBack !== undefined)
      log.quiet.warn({ err: error, ...(heldBack > 0 && { held_back: heldBack }) }, what);
  }

  function status(): ProducerStatus {
    if (run === undefined) return 'stopped';
    return hasNoReaders || ticker.isFailing || publisher.isFailing ? 'failed' : 'running';
  }

  function noteStatus(): void {
    const now = status();
    if (now === knownStatus) return;
    if (now === 'failed') log.quiet.error('event producer failed; it keeps trying');
    else if (knownStatus === 'failed' && now === 'running') log.quiet.info('event producer runs again');
    knownStatus = now;
  }

  function makeReaders(): void {
    try {
      readers = createReaders();
    } catch (error) {
      complain('metrics could not be read', error);
    }
    hasNoReaders = readers === undefined;
  }

  async function tick(): Promise<void> {
    if (readers === undefined) makeReaders();
    await ticker.tick(readers ?? []);
    noteStatus();
  }

  function pushLine(record: LogRecord): void {
    // A line that publishing itself logs would bring forth the next one.
    if (!publisher.isCalling) pump.push(record);
  }

  async function feedFile(path: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const onProblem = (error: Error): void => complain('LOG_FILE cannot be followed', error);
      const onOpen = (): void => log.quiet.info('LOG_FILE is being followed');
      await feedLines(followFile(path, { signal, onProblem, onOpen }), {
        source: 'file',
        signal,
        send,
      }).catch(onProblem);
      await wait(RESTART_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async function feedInput(stream: Readable, signal: AbortSignal): Promise<void> {
    if (stream.destroyed) return;
    await feedLines(readLines(stream, signal), { source: 'stdin', signal, send }).catch((error: unknown) =>
      complain('standard input could not be read', error),
    );
  }

  function begin(): Run {
    const controller = new AbortController();
    const { signal } = controller;
    const unlisten = log.listen(pushLine);
    // The first round comes after one interval: a share of the time since a moment ago would be noise.
    makeReaders();
    const timer = setInterval(() => void tick(), intervalMs).unref();
    const feeds: Promise<void>[] = [];
    if (logFile !== undefined) feeds.push(feedFile(logFile, signal));
    if (input !== undefined) feeds.push(feedInput(input, signal));
    return {
      signal,
      end() {
        unlisten();
        clearInterval(timer);
        controller.abort();
        for (const reader of readers ?? []) reader.close?.();
        readers = undefined;
        return Promise.all(feeds);
      },
    };
  }

  return {
    get status() {
      return status();
    },
    get counts() {
      return { ...publisher.counts, skippedTicks: ticker.skippedTicks, droppedLines: pump.droppedLines };
    },
    start() {
      run ??= begin();
      noteStatus();
    },
    async stop() {
      if (run !== undefined) stopped = run.end();
      run = undefined;
      noteStatus();
      await stopped;
    },
  };
}
