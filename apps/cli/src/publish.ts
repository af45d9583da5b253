import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { tokenOption } from './arguments.ts';
import { endpointUrl } from './endpoint-url.ts';
import { batchesOf, jsonLine } from './event-lines.ts';
import { Failure } from './failure.ts';
import { postEvents } from './post-events.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

interface PublishOptions {
  readonly file?: string;
  readonly event?: string;
  readonly key?: string;
  readonly private?: boolean;
  readonly idempotencyKey?: string;
  readonly token?: string;
}

const HELP = `
An event is a JSON object; its topic is its "type". Prints the id of each event, one a line. What is read is sent in
batches as it comes: a line at a time from \`tail -f\`, hundreds at once from a file. A batch that fails for a moment
(no connection, 429, 502, 503, 504) is sent again, and is published once.

  $ sse publish localhost:8000 '{"type":"orders.eu.created","id":17}'
  $ sse publish localhost:8000 --file events.ndjson
  $ tail -F app.ndjson | sse publish https://events.example.com
  $ sse publish localhost:8000 --idempotency-key order-17 '{"type":"orders.eu.created","id":17}'`;

export function addPublish(program: Command, terminal: Terminal): void {
  program
    .command('publish')
    .description('publish events: of the arguments, of a file, or of standard input, one a line')
    .argument('<url>', 'the hub, or the full address that takes events')
    .argument('[event...]', 'JSON objects')
    .option('-f, --file <path>', 'read them from a file, one a line; - for standard input')
    .option('--event <name>', 'their name on the wire (default: data)')
    .option('--key <key>', 'what they supersede for slow clients')
    .option('--private', 'only for those whose rights name the topic')
    .option('--idempotency-key <key>', 'makes running this again safe; batches after the first add -2, -3, …')
    .addOption(tokenOption())
    .addHelpText('after', HELP)
    .action((url: string, events: readonly string[], options: PublishOptions) =>
      publish(endpointUrl(url, '/events'), events, options, terminal),
    );
}

async function publish(
  url: URL,
  events: readonly string[],
  options: PublishOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.event !== undefined) url.searchParams.set('event', options.event);
  if (options.key !== undefined) url.searchParams.set('key', options.key);
  if (options.private) url.searchParams.set('private', 'true');
  let published = 0;
  let batches = 0;
  for await (const lines of source(events, options, terminal)) {
    batches += 1;
    const ids = await postEvents(url, lines, {
      token: options.token,
      idempotencyKey: batchKey(options.idempotencyKey, batches),
      signal: terminal.signal,
      retrying: (why, seconds) =>
        terminal.say(`sse: ${printable(why)}; trying again in ${seconds.toFixed(1)} s`),
    }).catch((error: Error) => {
      throw new Failure(`${error.message} (published before that: ${published})`);
    });
    published += ids.length;
    for (const id of ids) await terminal.print(printable(id));
    terminal.progress(`published ${published}`);
  }
  terminal.progress('');
}

const batchKey = (key: string | undefined, batch: number): string | undefined =>
  key === undefined || batch === 1 ? key : `${key}-${batch}`;

/** @throws Failure where arguments and a file are given, or neither is and someone would have to type. */
function source(
  events: readonly string[],
  { file }: PublishOptions,
  { input, isInputTyped, signal }: Terminal,
): AsyncIterable<readonly string[]> | readonly (readonly string[])[] {
  if (events.length > 0 && file !== undefined)
    throw new Failure('Expected events as arguments or --file, not both', { isUsage: true });
  if (events.length > 0) return [events.map((text, index) => jsonLine(text, `argument ${index + 1}`))];
  if (file === undefined && isInputTyped)
    throw new Failure('Expected events as arguments, by --file, or on standard input', { isUsage: true });
  return batchesOf(file === undefined || file === '-' ? input : createReadStream(file, { signal }));
}
