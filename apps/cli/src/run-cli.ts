import { CommanderError } from 'commander';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import { createProgram } from './program.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const OK = 0;
const FAILED = 1;
const USAGE = 2;

/**
 * Runs one command of `sse` to its end.
 *
 * Data goes to standard output, everything else to standard error. Ends quietly where the reader of standard output has
 * gone, as in `sse tail … | head`.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage.
 */
export async function runCli(args: readonly string[], terminal: Terminal = openTerminal()): Promise<number> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
    return OK;
  } catch (error) {
    // Commander has said what was wrong; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
    if (error instanceof Failure && error.isTold) return FAILED;
    const message = error instanceof Error ? error.message : String(error);
    terminal.say(`sse: ${printable(message)}`);
    return error instanceof Failure && error.isUsage ? USAGE : FAILED;
  }
}
