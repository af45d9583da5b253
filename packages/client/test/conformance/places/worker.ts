import { readFile, writeFile } from 'node:fs/promises';
import { CLIENTS } from '../clients/all.ts';
import { CONCURRENCY, type Job, observeAll } from '../observe.ts';

// Runs in a process of another runtime: see runtime.ts.
const [, , jobs = '', observed = ''] = process.argv;
const { client, lanes }: { client: string; lanes: readonly (readonly Job[])[] } = JSON.parse(
  await readFile(jobs, 'utf8'),
);
const adapter = CLIENTS[client];
if (adapter === undefined) throw new Error(`Expected one of ${Object.keys(CLIENTS)}, got \`${client}\``);
// A client that rejects a promise nobody has is judged by what it did, not ended with all the cases after it.
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});
const observations = await Promise.all(lanes.map((list) => observeAll(adapter, list, CONCURRENCY)));
await writeFile(observed, JSON.stringify(observations));
process.exit(0);
