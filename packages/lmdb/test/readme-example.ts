import { Broadcaster } from '@sse/core';
import { LmdbEventLog } from '../src/index.ts';

const log = new LmdbEventLog({ path: './data/events.lmdb', maxEntries: 1_000_000 });
const broadcaster = new Broadcaster({ log });

await broadcaster.publish('orders.paid', { id: 17 });
console.log(await log.stats());

await broadcaster.close();
await log.close();
