import { LmdbAuthStore } from '../src/index.ts';

// A process that revokes, takes the ticket `t`, tells what it got, and stays until it is killed.
const store = new LmdbAuthStore({ path: process.argv[2] ?? '' });
await store.revoke('by a child', Date.now() + 60_000);
process.send?.((await store.takeTicket('t')) ?? 'nothing');
setInterval(() => undefined, 60_000);
