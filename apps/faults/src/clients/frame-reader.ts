/** One block of a stream, as it came. */
export interface Block {
  id?: string;
  event?: string;
  data?: string;
}

/** The framing of `text/event-stream`, by the standard and by hand: what judges the server shares no code with it. */
export class FrameReader {
  readonly #text = new TextDecoder();
  #rest = '';
  #block: Block = {};

  /** The blocks that these bytes complete. */
  feed(bytes: Uint8Array): Block[] {
    const lines = (this.#rest + this.#text.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    const blocks: Block[] = [];
    for (const line of lines) {
      if (line === '') {
        if (Object.keys(this.#block).length > 0) blocks.push(this.#block);
        this.#block = {};
      } else this.#field(line);
    }
    return blocks;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    const block = this.#block;
    if (name === 'id') block.id = value;
    if (name === 'event') block.event = value;
    if (name === 'data') block.data = block.data === undefined ? value : `${block.data}\n${value}`;
  }
}

/** Takes the chunks of HTTP/1.1 apart. */
export class ChunkReader {
  #bytes: Buffer = Buffer.alloc(0);
  #left = -1;

  /** The body in these bytes. */
  feed(bytes: Buffer): Buffer[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const parts: Buffer[] = [];
    for (;;) {
      if (this.#left < 0) {
        const end = this.#bytes.indexOf('\r\n');
        if (end < 0) return parts;
        this.#left = Number.parseInt(this.#bytes.toString('latin1', 0, end), 16);
        if (!(this.#left >= 0)) throw new Error('not a chunk');
        this.#bytes = this.#bytes.subarray(end + 2);
      }
      // A chunk is taken whole, with the line end behind it.
      if (this.#bytes.length < this.#left + 2) return parts;
      if (this.#left > 0) parts.push(this.#bytes.subarray(0, this.#left));
      this.#bytes = this.#bytes.subarray(this.#left + 2);
      this.#left = -1;
    }
  }
}
