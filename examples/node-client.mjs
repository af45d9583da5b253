// Prints each metric of a hub. Ctrl-C ends it.
import { openEventStream } from '@sse/client';

const [url = 'http://localhost:8000/stream'] = process.argv.slice(2);
const stream = openEventStream(url, { topics: ['metric'], clientName: 'node-example' });

stream.on('status', ({ state, reason, delayMs }) => console.error('status:', state, reason, delayMs ?? ''));
stream.on('gap', ({ reason }) => console.error('events may be missing:', reason));
process.on('SIGINT', () => stream.close());

for await (const { id, data } of stream.messages('metric')) console.log(id, data.name, data.value);
