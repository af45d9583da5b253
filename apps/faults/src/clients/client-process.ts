import type { HistoryRecord } from '../history.ts';
import type { StartClient } from './client.ts';
import { startRawClient } from './client-raw.ts';
import { startSdkClient } from './client-sdk.ts';

/** One client as a process of its own: `client-process.js <kind> <name> <topics> <url>`. Prints what it sees. */
const KINDS: Readonly<Record<string, StartClient>> = { raw: startRawClient, sdk: startSdkClient };
const [kind = '', name = '', topics = '', url = ''] = process.argv.slice(2);

KINDS[kind]?.({
  name,
  topics: topics === '' ? [] : topics.split(','),
  url,
  recorder: { add: (record: HistoryRecord) => void process.stdout.write(`${JSON.stringify(record)}\n`) },
});
