import { Link } from './link.ts';
import { Random } from './random.ts';
import { Store, type StoreOptions } from './store.ts';
import { StoreLog } from './store-log.ts';

/** A store by itself, of which nothing is recorded. */
export function perfectStore(options: Partial<StoreOptions> = {}): Store {
  return new Store({
    maxEntries: 1_000,
    maxAgeMs: 3_600_000,
    knowsParting: false,
    now: () => 1,
    letters: () => 'aa',
    note: () => undefined,
    ...options,
  });
}

/** An instance of the log whose link to its store takes no time, and the link. */
export function perfectLog(store: Store): { readonly log: StoreLog; readonly link: Link } {
  const link = new Link({ sleep: () => Promise.resolve() }, new Random(1));
  return { log: new StoreLog(store, link), link };
}
