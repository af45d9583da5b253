import { type ClientAdapter, CONCURRENCY, observeAll } from '../observe.ts';
import type { Place } from '../run.ts';

/** In this process. */
export function here(adapter: ClientAdapter): Place {
  return (lanes) => Promise.all(lanes.map((jobs) => observeAll(adapter, jobs, CONCURRENCY)));
}
