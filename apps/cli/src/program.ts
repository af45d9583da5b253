import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBench } from './bench.ts';
import { addDoctor } from './doctor.ts';
import { addPublish } from './publish.ts';
import { addTail } from './tail.ts';
import type { Terminal } from './terminal.ts';
import { addToken } from './token.ts';

const NOTES = `
Data goes to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage.

A first look, beside a server that was started by \`npm start\`:
  $ sse tail localhost:8000 --topics metric,alert
  $ SSE_TOKEN=… sse publish localhost:8000 '{"type":"orders.eu.created","id":17}'
  $ sse doctor https://events.example.com`;

/** The commands of `sse`, with their help. Throws a CommanderError where it would end the process. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('sse')
    .description('Follows, publishes to, tries and examines streams of server-sent events.')
    .version(version(), '-v, --version')
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.say(text.trimEnd()) })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', NOTES);
  for (const add of [addTail, addPublish, addToken, addBench, addDoctor]) add(program, terminal);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
