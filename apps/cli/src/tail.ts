import { EventStream, type StreamMessage, type StreamStatus } from '@sse/client';
import type { Command } from 'commander';
import { list, tokenOption, wholeNumber } from './arguments.ts';
import { endpointUrl } from './endpoint-url.ts';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

interface TailOptions {
  readonly topics?: readonly string[];
  readonly json?: boolean;
  readonly lastEventId?: string;
  readonly limit?: number;
  readonly name: string;
  readonly token?: string;
}

const HELP = `
Goes on until Ctrl-C, --limit, or an answer after which asking again is no use. When the server restarts or the network
breaks it comes back and goes on after the last event. Where events may be missing it says so on standard error.

  $ sse tail localhost:8000
  $ sse tail https://events.example.com --topics 'orders.**' --json | jq .data.id
  $ sse tail localhost:8000 --topics alert --limit 1 && notify-send 'an alert'
  $ sse tail localhost:8000 --last-event-id m1k2x9qa-41        # what came since, then live`;

export function addTail(program: Command, terminal: Terminal): void {
  program
    .command('tail')
    .description('print the events of a stream as they come')
    .argument('<url>', 'the hub, or the full address of a stream')
    .option('-t, --topics <patterns>', 'only these, such as metric,orders.*.created,audit.**', list)
    .option('--json', 'one JSON object a line: id, topic, event, data')
    .option('--last-event-id <id>', 'begin after this event')
    .option('-n, --limit <events>', 'end after so many events', wholeNumber(1, 1e15))
    .option('--name <name>', 'shown in /clients', 'sse-tail')
    .addOption(tokenOption())
    .addHelpText('after', HELP)
    .action((url: string, options: TailOptions) => tail(endpointUrl(url, '/stream'), options, terminal));
}

/** @throws Failure where the stream is over for another reason than that it was asked to end. */
async function tail(url: URL, options: TailOptions, terminal: Terminal): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, token, topics, lastEventId } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([terminal.signal, ending.signal]);
  const show = options.json ? asJson : asText;
  let shown = 0;
  let state: StreamStatus['state'] | undefined;
  await new Promise<void>((resolve, reject) => {
    const stream = new EventStream(url, {
      topics,
      lastEventId,
      clientName: options.name,
      token: token === undefined ? undefined : () => token,
      signal,
    });
    signal.addEventListener('abort', () => resolve());
    stream.on('*', async (_, message) => {
      await terminal.print(show(message));
      shown += 1;
      if (shown >= limit) ending.abort();
    });
    stream.on('gap', ({ reason, requested }) =>
      terminal.say(`sse: events may be missing (${printable(reason)}) after ${printable(requested ?? '-')}`),
    );
    stream.on('status', (status) => {
      // A stream is open before the server has said who it is, and tells both.
      const isSame = status.state === state;
      state = status.state;
      if (signal.aborted || isSame) return;
      const line = told(status);
      if (line !== undefined) terminal.say(`sse: ${line}`);
      if (status.state === 'closed') reject(new Failure(`the stream is over: ${because(status)}`));
    });
    if (signal.aborted) resolve();
  });
}

const asJson = ({ id, topic, event, data }: StreamMessage): string =>
  printable(JSON.stringify({ id, topic, event, data }));

const asText = ({ id, topic, data }: StreamMessage): string =>
  printable(`${id || '-'}  ${topic}  ${typeof data === 'string' ? data : JSON.stringify(data)}`);

/** What is worth a line: that it is connected, and that it is not. */
function told(status: StreamStatus): string | undefined {
  if (status.state === 'open') return 'connected';
  if (status.state !== 'waiting') return undefined;
  return `${because(status)}; trying again in ${((status.delayMs ?? 0) / 1_000).toFixed(1)} s`;
}

function because({ reason, httpStatus }: StreamStatus): string {
  if (httpStatus === 401 || httpStatus === 403) return `status ${httpStatus}, see --token`;
  if (httpStatus !== undefined) return `status ${httpStatus}`;
  return { ended: 'the server ended the connection', network: 'no connection' }[reason as string] ?? reason;
}
