import { setTimeout as delay } from 'node:timers/promises';

/** One block of a stream. `id` alone is a checkpoint. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  /** When it was whole, by `performance.now`. */
  readonly at: number;
}

const MAX_BLOCK_CHARS = 65_536;
const KEPT_BLOCKS = 100;
const LOOK_MS = 10;

/** Cuts what comes into blocks, and keeps the newest 100; of a block that does not end, the last 65,536 characters. */
export class BlockScanner {
  /** Bytes so far. */
  bytes = 0;
  /** When the last byte came, by `performance.now`; `undefined` before the first. */
  lastByteAt: number | undefined;
  /** The longest time between two chunks, in milliseconds. */
  longestSilenceMs = 0;
  private readonly blocks: Block[] = [];
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(chunk: Uint8Array): void {
    const now = performance.now();
    if (this.lastByteAt !== undefined)
      this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.lastByteAt);
    this.lastByteAt = now;
    this.bytes += chunk.length;
    const parts = (this.rest + this.decoder.decode(chunk, { stream: true })).split(/\r\n\r\n|\n\n|\r\r/);
    // What never ends is no stream of events.
    this.rest = (parts.pop() ?? '').slice(-MAX_BLOCK_CHARS);
    this.blocks.push(...parts.map((part) => parseBlock(part, now)));
    this.blocks.splice(0, this.blocks.length - KEPT_BLOCKS);
  }

  /** The first block kept that `matches`, waited for until `signal` aborts; then `undefined`. */
  async find(matches: (block: Block) => boolean, signal: AbortSignal): Promise<Block | undefined> {
    for (;;) {
      const found = this.blocks.find(matches);
      if (found !== undefined || signal.aborted) return found;
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function parseBlock(text: string, at: number): Block {
  const fields: Record<string, string> = {};
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data' && fields['data'] !== undefined) fields['data'] += `\n${value}`;
    else if (name === 'id' || name === 'event' || name === 'data') fields[name] = value;
  }
  return { ...fields, at };
}
