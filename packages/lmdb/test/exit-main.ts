import { LmdbEventLog } from '../src/index.ts';

// A program that ends while its appends are under way.
const log = new LmdbEventLog({ path: process.argv[2] ?? '' });
for (let n = 0; n < 50; n++) void log.append([{ topic: 'exit', data: String(n) }]);
setImmediate(() => process.exit(7));
