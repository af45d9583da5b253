import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createLineSplitter } from './line-splitter.ts';

/**
 * Gives each line of a stream of bytes, the last one also without its line end, and ends with the stream.
 *
 * The stream is read only as fast as lines are taken. When `signal` aborts, the stream is destroyed and the lines end
 * without an error.
 *
 * @throws The stream's own error.
 */
export async function* readLines(stream: Readable, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const splitter = createLineSplitter();
  const end = (): void => void stream.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) return;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      for (const line of splitter.push(chunk)) {
        yield line;
        if (signal.aborted) return;
      }
    }
    yield* splitter.flush();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    stream.destroy();
  }
}

/**
 * Whether somebody pipes lines to a descriptor: a pipe, a file or a socket. Not a terminal, `/dev/null` or a closed one.
 */
export function isPiped(descriptor: number): boolean {
  try {
    // Not the plain numbers: Node keeps the last of them, and would take the path of the next import for a pipe's.
    const stats = fstatSync(descriptor, { bigint: true });
    return stats.isFIFO() || stats.isFile() || stats.isSocket();
  } catch {
    return false;
  }
}
