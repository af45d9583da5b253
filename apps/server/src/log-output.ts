import { write, writeSync } from 'node:fs';

/** Where lines go, each ending in a newline. */
export interface LogDestination {
  write(line: string): unknown;
}

const MAX_PENDING_LENGTH = 8 * 1024 * 1024;
const RETRY_MS = 50;
const MAX_EXIT_RETRIES = 20;

/**
 * Writes lines to a descriptor without waiting for it, in order, and what is left when the process exits.
 *
 * Not `process.stdout`, whose writes to a pipe hold up the whole process while nobody reads; and not pino's own
 * asynchronous destination, which at exit tries for ever to write to a pipe that is closed or a disk that is full.
 * Lines that cannot be written, or come while 8 Mi characters wait, are dropped: the log is no reason to end or to stall.
 */
export function createLogOutput(descriptor: number): LogDestination {
  let lines: string[] = [];
  let pendingLength = 0;
  let isWriting = false;

  function writeNext(): void {
    isWriting = lines.length > 0;
    if (isWriting) writeRest(Buffer.from(take()));
  }

  function take(): string {
    const text = lines.join('');
    lines = [];
    pendingLength = 0;
    return text;
  }

  function writeRest(bytes: Buffer): void {
    write(descriptor, bytes, (error, written) => {
      if (error === null && written < bytes.length) writeRest(bytes.subarray(written));
      else if (error?.code === 'EAGAIN') setTimeout(() => writeRest(bytes), RETRY_MS);
      else writeNext();
    });
  }

  process.once('exit', () => writeAtExit(descriptor, Buffer.from(take())));

  return {
    write(line) {
      if (pendingLength + line.length > MAX_PENDING_LENGTH) return;
      lines.push(line);
      pendingLength += line.length;
      if (!isWriting) writeNext();
    },
  };
}

function writeAtExit(descriptor: number, bytes: Buffer): void {
  let rest = bytes;
  let retries = 0;
  while (rest.length > 0 && retries < MAX_EXIT_RETRIES) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      retries++;
      // No timer fires any more; this is the one way left to wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
