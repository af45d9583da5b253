import { parseArgs } from 'node:util';
import { shownValue } from './shown-value.ts';
import { VARIABLES } from './variables.ts';

/** What the command line asks for: run the server, examine one, print a text and end well, or complain and end with a code. */
export type CliAction =
  | { readonly kind: 'run' }
  | { readonly kind: 'doctor'; readonly args: readonly string[] }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'fail'; readonly message: string; readonly exitCode: number };

const USAGE_ERROR = 2;

/** Reads the arguments after the program's name. Prints nothing and ends nothing; an unknown argument fails with 2. */
export function parseCli(args: readonly string[], version: string): CliAction {
  if (args[0] === 'doctor') return { kind: 'doctor', args };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    });
    if (values.help) return { kind: 'print', text: helpText() };
    if (values.version) return { kind: 'print', text: version };
    return { kind: 'run' };
  } catch {
    // Its own messages span sentences and differ between releases of Node; all come from one wrong argument.
    const wrong = args.find((arg) => !['--help', '-h', '--version', '-v'].includes(arg)) ?? '';
    const message = `Expected no arguments but --help, --version and doctor, got \`${shownValue(wrong)}\``;
    return { kind: 'fail', message, exitCode: USAGE_ERROR };
  }
}

function helpText(): string {
  const rows = VARIABLES.map((variable) => {
    const value = [variable.default || '-', variable.unit].filter(Boolean).join(' ');
    return { name: variable.name, value, description: variable.description };
  });
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  // A long default would push every description to the right; it takes a line of its own instead.
  const valueWidth = Math.max(...rows.map((row) => row.value.length).filter((length) => length <= 20));
  const gap = ' '.repeat(2 + nameWidth + 2 + valueWidth + 2);
  const lines = rows.map(({ name, value, description }) => {
    const start = `  ${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}`;
    return value.length > valueWidth ? `${start}\n${gap}${description}` : `${start}  ${description}`;
  });
  return [
    'Usage: sse-server [--help] [--version]',
    '       sse-server doctor URL    says what proxies before a server do to its streams; --help says more',
    '',
    'Serves server-sent events. Settings are environment variables, or lines of a .env file',
    'in the working directory; the environment wins. With their defaults:',
    '',
    ...lines,
    '',
    'Lines piped to standard input become log events.',
  ].join('\n');
}
