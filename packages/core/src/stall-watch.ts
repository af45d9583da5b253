import type { Environment } from './environment.ts';
import type { Sink } from './sink.ts';

/** How long a sink that said wait has made no progress. */
export class StallWatch {
  private since: number | undefined;
  private lastBuffered = 0;

  constructor(
    private readonly sink: Sink,
    private readonly environment: Environment,
  ) {}

  /** Whether the sink is being waited for. */
  get running(): boolean {
    return this.since !== undefined;
  }

  /** The sink said wait, or has just taken some. */
  start(): void {
    this.since = this.environment.elapsed();
    this.lastBuffered = this.sink.bufferedBytes;
  }

  stop(): void {
    this.since = undefined;
  }

  /** Milliseconds without progress; 0 while nothing is waited for. Less held than at the last look is progress. */
  elapsed(): number {
    if (this.since === undefined) return 0;
    const now = this.environment.elapsed();
    const buffered = this.sink.bufferedBytes;
    if (buffered < this.lastBuffered) this.since = now;
    this.lastBuffered = buffered;
    return now - this.since;
  }
}
