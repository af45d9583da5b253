/** One block of a stream: its fields, as the standard has them. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
}

const decoder = new TextDecoder();

/** What was parsed before: groups share their buffers, so most of them come many times. */
export class ParsedBuffers {
  readonly #blocks = new WeakMap<Uint8Array, readonly Block[]>();

  /** The blocks of a buffer that begins a block and ends one; `undefined` where it ends in the middle. */
  parse(bytes: Uint8Array): readonly Block[] | undefined {
    const known = this.#blocks.get(bytes);
    if (known !== undefined) return known;
    if (bytes.at(-1) !== 10 || bytes.at(-2) !== 10) return undefined;
    const blocks = decoder.decode(bytes).split('\n\n').slice(0, -1).map(parseBlock);
    this.#blocks.set(bytes, blocks);
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
    // Every block is ASCII here, so that it may be cut anywhere.
    const text = this.#rest.map((part) => decoder.decode(part)).join('');
    const end = text.lastIndexOf('\n\n') + 2;
    if (end < 2) return [];
    const left = text.length - end;
    this.#rest = left === 0 ? [] : [bytes.subarray(bytes.length - left)];
    return text.slice(0, end).split('\n\n').slice(0, -1).map(parseBlock);
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
