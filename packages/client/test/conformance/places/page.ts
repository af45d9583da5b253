import { CLIENTS } from '../clients/all.ts';
import { eventSourceAdapter } from '../clients/event-source.ts';
import { CONCURRENCY, type Job, observeAll } from '../observe.ts';

// Runs in a frame: see chromium.ts.
const source = new URL(import.meta.url).origin;
const lane = new URLSearchParams(location.search).get('lane');
const { client, jobs }: { client: string; jobs: readonly Job[] } = await (
  await fetch(`${source}/jobs?lane=${lane}`)
).json();
const adapter = client === 'native' ? eventSourceAdapter(EventSource) : CLIENTS[client];
if (adapter === undefined) throw new Error(`Expected one of ${Object.keys(CLIENTS)}, got \`${client}\``);
const observed = await observeAll(adapter, jobs, CONCURRENCY);
await fetch(`${source}/observed?lane=${lane}`, { method: 'POST', body: JSON.stringify(observed) });
