/** One block of a stream: its fields, as the standard has them. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
}

/** Everything in a world is ASCII, so that bytes may be cut anywhere; and this is the fastest way to turn them into text. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** What was parsed before: groups share their buffers, and all who get an event its block, so most of it comes often. */
export class ParsedBuffers {
  readonly #buffers = new WeakMap<Uint8Array, readonly Block[]>();
  readonly #blocks = new Map<string, Block>();

  /** The blocks of a buffer that begins a block and ends one; `undefined` where it ends in the middle. */
  parse(bytes: Uint8Array): readonly Block[] | undefined {
    const known = this.#buffers.get(bytes);
    if (known !== undefined) return known;
    if (bytes[bytes.length - 1] !== 10 || bytes[bytes.length - 2] !== 10) return undefined;
    const blocks = this.blocksOf(textOf(bytes));
    this.#buffers.set(bytes, blocks);
    return blocks;
  }

  /** The blocks of a text that ends one. */
  blocksOf(text: string): readonly Block[] {
    const blocks: Block[] = [];
    for (let from = 0; from < text.length; ) {
      const to = text.indexOf('\n\n', from);
      const block = text.slice(from, to);
      from = to + 2;
      const parsed = this.#blocks.get(block) ?? parseBlock(block);
      this.#blocks.set(block, parsed);
      blocks.push(parsed);
    }
    return blocks;
  }
}

/** Turns what is read of one stream, in pieces of any size, into blocks. */
export class StreamParser {
  readonly #buffers: ParsedBuffers;
  #rest: Uint8Array[] = [];

  constructor(buffers: ParsedBuffers) {
    this.#buffers = buffers;
  }

  push(bytes: Uint8Array): readonly Block[] {
    if (this.#rest.length === 0) {
      const blocks = this.#buffers.parse(bytes);
      if (blocks !== undefined) return blocks;
    }
    this.#rest.push(bytes);
    const text = this.#rest.map(textOf).join('');
    const end = text.lastIndexOf('\n\n') + 2;
    if (end < 2) return [];
    const left = text.length - end;
    this.#rest = left === 0 ? [] : [bytes.subarray(bytes.length - left)];
    return this.#buffers.blocksOf(text.slice(0, end));
  }
}

function parseBlock(text: string): Block {
  const block: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    block[name] = name === 'data' && block['data'] !== undefined ? `${block['data']}\n${value}` : value;
  }
  return block;
}
