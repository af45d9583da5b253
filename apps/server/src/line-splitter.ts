/** Bytes cut into lines. A character that spans two chunks stays whole, as only whole lines are decoded. */
export interface LineSplitter {
  /** Takes a chunk and answers the lines that it completes. */
  push(chunk: Uint8Array): readonly string[];
  /** Answers what stands after the last line end, if anything, and starts anew. */
  flush(): readonly string[];
}

/** The longest line that is kept whole, in bytes. */
export const MAX_LINE_BYTES: number = 8 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CUT_MARK = '… [cut]';

/**
 * Splits at LF and CRLF. Of a line longer than `maxLineBytes` the start is kept, marked `… [cut]`, so that what waits
 * for its end is bounded. Bytes that are no UTF-8 become U+FFFD.
 */
export function createLineSplitter(maxLineBytes: number = MAX_LINE_BYTES): LineSplitter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isCut = false;

  function hold(part: Buffer): void {
    const room = maxLineBytes - heldBytes;
    if (part.length > room) isCut = true;
    if (part.length === 0 || room === 0) return;
    // A copy: the chunk may be a piece of a buffer that its owner fills again.
    const kept = Buffer.from(part.subarray(0, room));
    held.push(kept);
    heldBytes += kept.length;
  }

  function take(): string {
    const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held, heldBytes);
    const end = isCut ? wholeCharacters(bytes) : withoutReturn(bytes);
    const line = bytes.toString('utf8', 0, end) + (isCut ? CUT_MARK : '');
    held = [];
    heldBytes = 0;
    isCut = false;
    return line;
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: string[] = [];
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
        hold(bytes.subarray(start, end));
        lines.push(take());
        start = end + 1;
      }
      hold(bytes.subarray(start));
      return lines;
    },
    flush() {
      return heldBytes === 0 ? [] : [take()];
    },
  };
}

function withoutReturn(bytes: Buffer): number {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
}

/** Where the last character that is whole ends: a cut may have gone through one of up to four bytes. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // inside a character: its first byte stands further left
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
