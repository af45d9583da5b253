import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createLineSplitter, type LineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';

export interface FollowFileOptions {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Called whenever a file begins to be followed: the first one, and each that takes its place. */
  readonly onOpen?: (() => void) | undefined;
  /** Told why there is nothing to follow, such as a missing file, once until there is. */
  readonly onProblem?: ((problem: Error) => void) | undefined;
  /** Time between two looks at the file. @defaultValue 250 */
  readonly pollMs?: number | undefined;
  /** What one look reads at most; the rest waits in the file. @defaultValue 1 MiB */
  readonly maxPollBytes?: number | undefined;
}

const DEFAULTS = Object.freeze({ pollMs: 250, maxPollBytes: 1024 * 1024 });
const CHUNK_BYTES = 16 * 1024;
const LINE_FEED = 0x0a;

type Place = 'start' | 'end';
type Fate = 'same' | 'truncated' | 'gone';

/** A file that is being read. Held open, so that no other file can get its inode number. */
interface Followed {
  readonly handle: FileHandle;
  readonly identity: string;
  readonly splitter: LineSplitter;
  position: number;
}

/**
 * Gives each new whole line of a file, as `tail -F` does.
 *
 * - A file that is there at first is read from its end, or from the start of a last line that has not ended yet; one
 *   that comes later, from its beginning.
 * - After a rename and a new file in its place, the old one is read until a whole look brings nothing more (a writer
 *   may still have it open), then the new one from its beginning.
 * - A file that has become shorter was truncated, and is read from its beginning. One that was truncated and grew past
 *   the old place between two looks cannot be told from one that only grew.
 *
 * Nothing is read ahead of the consumer by more than one chunk: a slow one leaves the lines in the file. Only regular
 * files are followed. Ends without an error when `signal` aborts, and closes what it opened.
 */
export async function* followFile(
  path: string,
  options: FollowFileOptions,
): AsyncGenerator<string, void, void> {
  const { signal } = options;
  const pollMs = options.pollMs ?? DEFAULTS.pollMs;
  const maxPollBytes = options.maxPollBytes ?? DEFAULTS.maxPollBytes;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let file: Followed | undefined;
  let place: Place = 'end';
  let lastFate: Fate = 'same';
  let hasProblem = false;

  try {
    while (!signal.aborted) {
      try {
        if (file === undefined) {
          file = await openAt(path, place);
          place = 'start';
          hasProblem = false;
          options.onOpen?.();
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') place = 'start';
        if (!hasProblem) options.onProblem?.(error as Error);
        hasProblem = true;
      }

      let readBytes = 0;
      while (file !== undefined && readBytes < maxPollBytes) {
        const bytes = await readNext(file, chunk);
        if (bytes.length === 0) break;
        readBytes += bytes.length;
        for (const line of file.splitter.push(bytes)) {
          yield line;
          if (signal.aborted) return;
        }
      }

      const isAtEnd = readBytes < maxPollBytes;
      const fate: Fate = file !== undefined && isAtEnd ? await fateOf(file, path) : 'same';
      if (file !== undefined && fate === 'truncated') {
        yield* file.splitter.flush();
        file.position = 0;
      } else if (file !== undefined && fate === 'gone' && lastFate === 'gone' && readBytes === 0) {
        yield* file.splitter.flush();
        await file.handle.close();
        file = undefined;
      } else {
        await wait(pollMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
      // Not carried over to the next file, which deserves a second look of its own.
      lastFate = file === undefined ? 'same' : fate;
    }
  } finally {
    await file?.handle.close();
  }
}

/** `gone`: another file stands in its place, or it was deleted. One that was only renamed may still be written to. */
async function fateOf(file: Followed, path: string): Promise<Fate> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return (await file.handle.stat()).nlink === 0 ? 'gone' : 'same';
  if (identityOf(found) !== file.identity) return 'gone';
  return found.size < file.position ? 'truncated' : 'same';
}

async function openAt(path: string, place: Place): Promise<Followed> {
  // Without O_NONBLOCK, to open a FIFO that nobody writes to would hold a thread for ever.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`Expected a regular file at ${JSON.stringify(path)}`);
    const position = place === 'start' ? 0 : await startOfLastLine(handle, stats.size);
    return { handle, identity: identityOf(stats), splitter: createLineSplitter(), position };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Where the line begins that is being written at the end of a file; the end, if that line is too long to be kept. */
async function startOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const from = Math.max(0, size - MAX_LINE_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const lineFeed = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
  if (lineFeed !== -1) return from + lineFeed + 1;
  return from === 0 ? 0 : size;
}

async function readNext(file: Followed, chunk: Buffer): Promise<Buffer> {
  const { bytesRead } = await file.handle.read(chunk, 0, chunk.length, file.position);
  file.position += bytesRead;
  return chunk.subarray(0, bytesRead);
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}
