import { Histogram } from './histogram.ts';
import type { Measured } from './load-messages.ts';

/** Events whose first and last arrival are kept at the same time. */
const RING = 4_096;

/** Latencies, and how far apart the first and the last subscriber got the same event. */
export class Arrivals {
  bytes = 0;
  private deliveries = 0;
  private measuring = false;
  private beganAt = 0;
  private readonly latency = new Histogram();
  private readonly spread = new Histogram();
  private readonly numbers = new Float64Array(RING);
  private readonly firstAt = new Float64Array(RING);
  private readonly counts = new Float64Array(RING);

  constructor(private readonly subscribers: number) {}

  begin(): void {
    this.latency.clear();
    this.spread.clear();
    this.bytes = 0;
    this.deliveries = 0;
    this.beganAt = performance.now();
    this.measuring = true;
  }

  end(): Measured {
    this.measuring = false;
    const { latency, spread, bytes, deliveries } = this;
    return {
      seconds: (performance.now() - this.beganAt) / 1_000,
      deliveries,
      bytes,
      latencyP50: latency.quantile(0.5),
      latencyP99: latency.quantile(0.99),
      latencyMax: latency.max,
      spreadP50: spread.quantile(0.5),
      spreadMax: spread.max,
    };
  }

  note(n: number, t: number, now: number): void {
    if (!this.measuring) return;
    this.deliveries++;
    this.latency.add(now - t);
    const slot = n % RING;
    if (this.numbers[slot] !== n) {
      this.numbers[slot] = n;
      this.firstAt[slot] = now;
      this.counts[slot] = 0;
    }
    const count = (this.counts[slot] ?? 0) + 1;
    this.counts[slot] = count;
    if (count === this.subscribers) this.spread.add(now - (this.firstAt[slot] ?? now));
  }
}
