import { Failure } from './failure.ts';

/** A hub takes 256 KiB and 1,000 events a request unless told otherwise. */
const MAX_BATCH_BYTES = 200_000;
const MAX_BATCH_EVENTS = 1_000;
const MAX_LINE_BYTES = 262_144;

/**
 * The lines of a text in batches: those that are there together, cut at 1,000 lines and 200,000 bytes. Empty lines are
 * left out; a last line needs no end. Holds one chunk and one line at a time.
 *
 * @throws Failure for a line that is no JSON object, or longer than 256 KiB. What came before it was handed out.
 */
export async function* batchesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  let number = 0;
  const batcher = new Batcher();
  for await (const lines of linesOf(chunks))
    for (const batch of [...cut(lines), batcher.take()]) if (batch.length > 0) yield batch;

  function* cut(lines: readonly string[]): Generator<readonly string[]> {
    for (const text of lines) {
      number += 1;
      if (text.trim() === '') continue;
      let line: string;
      try {
        line = jsonLine(text, `line ${number}`);
      } catch (error) {
        yield batcher.take();
        throw error;
      }
      if (batcher.isFullWith(line)) yield batcher.take();
      batcher.add(line);
    }
  }
}

/** A JSON object on one line. @throws Failure for anything else; `where` says which it was. */
export function jsonLine(text: string, where: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure(`Expected ${where} to be JSON, got ${shortened(text)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure(`Expected ${where} to be a JSON object, got ${shortened(text)}`);
  // Not written anew, so that big numbers keep their digits: a line break can stand only between its parts.
  return text.trim().replace(/[\r\n]+/g, ' ');
}

class Batcher {
  private lines: string[] = [];
  private bytes = 0;

  isFullWith(line: string): boolean {
    return (
      this.lines.length >= MAX_BATCH_EVENTS || this.bytes + Buffer.byteLength(line) + 1 > MAX_BATCH_BYTES
    );
  }

  add(line: string): void {
    this.lines.push(line);
    this.bytes += Buffer.byteLength(line) + 1;
  }

  take(): readonly string[] {
    const taken = this.lines;
    this.lines = [];
    this.bytes = 0;
    return taken;
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
    if (rest.length > MAX_LINE_BYTES)
      throw new Failure(`Expected lines of at most ${MAX_LINE_BYTES} bytes, got ${shortened(rest)}`);
  }
  yield [rest + decoder.decode()];
}

const shortened = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
