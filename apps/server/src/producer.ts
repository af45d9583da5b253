/** `failed`: started, but what it makes does not come out; it keeps trying, and runs again once it can. */
export type ProducerStatus = 'running' | 'stopped' | 'failed';

/** A source of events inside the server. It never throws: what goes wrong shows in `status` and in the log. */
export interface Producer {
  readonly status: ProducerStatus;
  /** Begins; while it runs already, nothing happens. May follow a `stop`. */
  start(): void;
  /** Ends; settles once nothing is under way any more. Before a start, and a second time, it settles at once. */
  stop(): Promise<void>;
}
