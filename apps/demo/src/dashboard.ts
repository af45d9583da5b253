import type { GapEvent, StreamMessage, StreamStatus, SystemEvent } from '@sse/client';
import { AlertBoard } from './alert-board.ts';
import { formatDuration } from './format.ts';
import { type Interruption, Interruptions, type Resumption } from './interruptions.ts';
import { LatencyMeter } from './latency-meter.ts';
import { groupOf, LogRing } from './log-ring.ts';
import { METRIC_VIEWS } from './metric-catalog.ts';
import { alertOf, logOf, metricOf, objectOf, textOf, timeOf } from './payloads.ts';
import { RateMeter } from './rate-meter.ts';
import { ReplayWatch } from './replay-watch.ts';
import { SeriesBuffer } from './series-buffer.ts';
import type { SessionListener } from './session.ts';
import { reasonText } from './status-text.ts';

export interface DashboardOptions {
  readonly onChange: () => void;
  /** Has a text read out to those who cannot see the page. */
  readonly announce: (text: string) => void;
  /** By how much this page's clock is ahead of the server's. */
  readonly clockDifferenceMs: () => number;
}

/** Everything that the page shows of its stream, each part bounded. Drawing reads it; only the stream writes to it. */
export class Dashboard implements SessionListener {
  readonly series: ReadonlyMap<string, SeriesBuffer> = new Map(
    METRIC_VIEWS.map(({ name }) => [name, new SeriesBuffer()]),
  );
  readonly interruptions: Interruptions = new Interruptions();
  readonly alerts: AlertBoard = new AlertBoard();
  readonly log: LogRing = new LogRing();
  readonly eventRate: RateMeter = new RateMeter();
  readonly latency: LatencyMeter = new LatencyMeter();
  /** When the wait before the next attempt is over. */
  retryAt = 0;
  heartbeatAt: number | undefined;
  /** Events that were replayed since the stream was last interrupted. */
  replayedSince = 0;
  readonly replays: ReplayWatch = new ReplayWatch();
  readonly #options: DashboardOptions;
  #wasOpen = false;
  #said = '';

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  /** By how much this page's clock is ahead of the server's, in milliseconds. */
  get clockDifferenceMs(): number {
    return this.#options.clockDifferenceMs();
  }

  heard(message: StreamMessage): void {
    const now = Date.now();
    this.eventRate.add(1, now);
    const time = timeOf(objectOf(message.data)['timestamp']);
    const wasReplayed = this.replays.take(time, now - this.clockDifferenceMs);
    if (wasReplayed) this.replayedSince++;
    else if (time !== undefined) this.latency.add(now - time);
    if (message.topic === 'metric') this.#heardMetric(message);
    else if (message.topic === 'alert') this.#heardAlert(message, wasReplayed);
    else if (message.topic === 'log') this.#heardLog(message);
    else this.#addEvent(message, time ?? now);
    this.#options.onChange();
  }

  heardHeartbeat(): void {
    this.heartbeatAt = Date.now();
    this.#options.onChange();
  }

  heardSystem(event: SystemEvent): void {
    const now = Date.now();
    if (event.type === 'connected') {
      const away = this.interruptions.isAway ? this.interruptions.newest : undefined;
      this.replays.connected(now - this.clockDifferenceMs, event['resume'] as Resumption);
      this.interruptions.comeBack(now, event['resume'] as Resumption);
      if (away !== undefined) this.#saidBack(away, event['resume'] as Resumption, now);
    } else if (event.type === 'closing') {
      this.note(`The server closes this stream: ${String(event['reason'])}`);
    } else if (event.type === 'warning') {
      this.note(`Warning: ${String(event['queue_size'])} events wait for this page`);
    }
    this.#options.onChange();
  }

  heardGap(gap: GapEvent, isStart: boolean): void {
    if (isStart) {
      this.note('The history that the server still has begins here');
    } else {
      this.interruptions.tellGap(Date.now(), gap.reason);
      const between = `between ${gap.requested ?? 'the last event'} and ${gap.oldest ?? 'now'}`;
      this.note(`Gap (${gap.reason}): events may be missing ${between}`);
      this.#options.announce(`Gap, ${gap.reason}: events may be missing`);
    }
    this.#options.onChange();
  }

  changed(status: StreamStatus): void {
    const now = Date.now();
    if (status.state === 'waiting') this.retryAt = now + (status.delayMs ?? 0);
    if (status.state === 'open') {
      this.#wasOpen = true;
      this.#said = '';
    } else if (this.#wasOpen) {
      if (!this.interruptions.isAway) this.replayedSince = 0;
      this.interruptions.leave(now, reasonText(status));
    }
    const isSaid = status.state !== 'open' && status.state !== 'connecting';
    if (isSaid) {
      const what = status.state === 'waiting' ? 'Connection lost' : `Stream ${status.state}`;
      const text = `${what}: ${reasonText(status)}`;
      // Attempts that fail for the same reason are one time away.
      if (text !== this.#said) {
        this.note(text);
        this.#options.announce(text);
      }
      this.#said = text;
    }
    this.#options.onChange();
  }

  failed(error: Error): void {
    const { code = 'error' } = error as { code?: string };
    // What the connection is about is told by its status, and would stand here twice.
    if (code !== 'network' && code !== 'ended') this.note(`Error (${code}): ${error.message}`);
    this.#options.onChange();
  }

  /** A line of the log about the stream itself. */
  note(text: string): void {
    this.log.push({ time: Date.now(), group: 'stream', level: 'stream', source: '', text });
  }

  #saidBack(away: Interruption, resumption: Resumption, now: number): void {
    const duration = formatDuration(now - away.from);
    if (resumption === 'resumed') this.note(`Back after ${duration}; what was missed follows`);
    else
      this.note(
        `Back after ${duration}, ${resumption === 'new' ? 'without a cursor' : 'but not where it was'}`,
      );
    this.#options.announce(`Connected again after ${duration}`);
  }

  #heardMetric(message: StreamMessage): void {
    const reading = metricOf(message.data);
    const series = reading && this.series.get(reading.name);
    if (series !== undefined && reading !== undefined) series.add(reading.time, reading.value);
    else this.#addEvent(message, Date.now());
  }

  #heardAlert(message: StreamMessage, wasReplayed: boolean): void {
    const alert = alertOf(message.data, Date.now());
    if (alert === undefined) return this.#addEvent(message, Date.now());
    this.alerts.add(alert);
    const text = `${alert.name} ${alert.state}: ${alert.value ?? '?'}, threshold ${alert.threshold ?? '?'}`;
    this.log.push({ time: alert.time, group: 'event', level: 'alert', source: 'alert', text });
    if (!wasReplayed) this.#options.announce(`Alert: ${alert.name} ${alert.state}`);
  }

  #heardLog(message: StreamMessage): void {
    const { level, source, text, time } = logOf(message.data, Date.now());
    this.log.push({ time, group: groupOf(level), level, source, text });
  }

  #addEvent({ topic, data }: StreamMessage, time: number): void {
    this.log.push({ time, group: 'event', level: 'event', source: topic, text: textOf(data) });
  }
}
