import { once } from 'node:events';

/** What a command reads from and writes to. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: AsyncIterable<Buffer>;
  /** Whether nothing is piped to the input: reading it would wait for someone who types. */
  readonly isInputTyped: boolean;
  /** Aborts at Ctrl-C, at SIGTERM, and when the reader of standard output has gone. */
  readonly signal: AbortSignal;
  /** Writes one line of data, and settles once the reader can take more. */
  print(line: string): Promise<void>;
  /** Writes one line for people. */
  say(line: string): void;
  /** Shows how far a command is, on a line that the next one replaces; nothing where no one looks. */
  progress(text: string): void;
}

const CLEAR_LINE = '\r\u001b[K';

/** The terminal of this process. To be called once: it listens to signals. */
export function openTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const ending = new AbortController();
  let hasProgress = false;
  const say = (text: string): void => {
    stderr.write(hasProgress ? CLEAR_LINE + text : text);
    hasProgress = false;
  };
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') say(`sse: ${error.message}\n`);
    ending.abort();
  });
  // Whoever read the messages has gone; the data may still be read.
  stderr.on('error', () => undefined);
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      ending.abort();
    });
  return {
    env: process.env,
    input: stdin,
    get isInputTyped() {
      return stdin.isTTY === true;
    },
    signal: ending.signal,
    print: async (line) => {
      if (ending.signal.aborted || stdout.write(`${line}\n`)) return;
      await once(stdout, 'drain', { signal: ending.signal }).catch(() => undefined);
    },
    say: (line) => say(`${line}\n`),
    progress: (text) => {
      if (stderr.isTTY !== true) return;
      stderr.write(CLEAR_LINE + text);
      hasProgress = true;
    },
  };
}
