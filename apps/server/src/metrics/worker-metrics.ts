import { countersOf, mergeSnapshots, type Snapshot } from './snapshot.ts';

/**
 * The metrics of all workers, those that are gone included: what they counted stays, so that no sum falls when a worker is
 * replaced. One that does not answer in time is there with what it said last.
 */
export class WorkerMetrics<Worker> {
  readonly #latest = new Map<Worker, Snapshot>();
  #departed: Promise<Snapshot> = Promise.resolve([]);

  heard(worker: Worker, snapshot: Snapshot): void {
    this.#latest.set(worker, snapshot);
  }

  /** Of those that are not `alive` any more only the counters are kept. */
  forget(alive: ReadonlySet<Worker>): void {
    const gone: Snapshot[] = [];
    for (const [worker, snapshot] of this.#latest) {
      if (alive.has(worker)) continue;
      this.#latest.delete(worker);
      gone.push(countersOf(snapshot));
    }
    if (gone.length > 0)
      this.#departed = this.#departed.then((earlier) =>
        mergeSnapshots([earlier, ...gone]).getMetricsAsJSON(),
      );
  }

  async all(): Promise<readonly Snapshot[]> {
    const latest = [...this.#latest.values()]; // of the same moment as what has departed
    return [...latest, await this.#departed];
  }
}
