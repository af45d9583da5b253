import { type BenchEvent, eventMaker, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import type { System } from '../systems/system.ts';
import { type PublishRequest, placeTopic } from './publishing.ts';

/** Publishes through a system, in the rhythm asked for, and counts. Events are numbered over all requests. */
export class Pump {
  published = 0;
  /** Events that the slowest subscriber has read. */
  private read = 0;
  private running = false;
  private goOn: () => void = () => undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly system: System) {}

  start(request: PublishRequest): void {
    if (this.running) throw new Error('Expected one request at a time');
    this.running = true;
    this.ended = request.publishing.kind === 'burst' ? this.burst(request) : this.byTimer(request);
  }

  /** Settles once nothing more is being published; answers how many were, in all. */
  async stop(): Promise<number> {
    this.running = false;
    this.goOn();
    await this.ended;
    return this.published;
  }

  /** Settles when a request that has a `count` is through. */
  async finished(): Promise<number> {
    await this.ended;
    this.running = false;
    return this.published;
  }

  progress(read: number): void {
    this.read = read;
    this.goOn();
  }

  private async burst({ publishing, eventBytes, topics, count = Infinity }: PublishRequest): Promise<void> {
    if (publishing.kind !== 'burst') return;
    const { perTurn, inFlight } = publishing;
    const make = eventMaker(eventBytes);
    const last = this.published + count;
    while (this.running && this.published < last) {
      if (this.published - this.read > inFlight - perTurn) await this.nextProgress();
      else {
        await this.publish(make, Math.min(perTurn, last - this.published), topics);
        await nextTurn();
      }
    }
  }

  private async byTimer({ publishing, eventBytes, topics, count = Infinity }: PublishRequest): Promise<void> {
    if (publishing.kind !== 'timer') return;
    const make = eventMaker(eventBytes);
    const last = this.published + count;
    const startedAt = performance.now();
    for (let tick = 1; this.running && this.published < last; tick++) {
      const wait = startedAt + tick * publishing.everyMs - performance.now();
      if (wait > 0) await this.pause(wait);
      if (this.running) await this.publish(make, publishing.events, topics);
    }
  }

  private async publish(make: ReturnType<typeof eventMaker>, count: number, topics?: number): Promise<void> {
    const now = nowMicros();
    const events: BenchEvent[] = [];
    for (let n = this.published; n < this.published + count; n++) events.push(make(FIRST_NUMBER + n, now));
    const names = topics === undefined ? undefined : events.map(({ n }) => topicOf(n, topics));
    this.published += count;
    await this.system.publish(events, names);
  }

  private nextProgress(): Promise<void> {
    return new Promise((resolve) => {
      this.goOn = resolve;
    });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.goOn = () => {
        if (this.running) return; // progress is nothing to a timer
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The topic of an event, where there are several: `bench.<area>.<place>`, with a hundred areas. */
function topicOf(n: number, topics: number): string {
  return placeTopic((n - FIRST_NUMBER) % topics);
}

/**
 * Two turns of the loop: what a system sends at the end of a turn leaves in the first one. With one turn only, two
 * publishes would share a write of whoever sends at the end, and one event a turn would be two.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
