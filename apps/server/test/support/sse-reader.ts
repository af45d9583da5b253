import { type ClientRequest, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { checkContract } from './contract.ts';
import { eventually } from './server-process.ts';

/** One block of a stream, as it came. `id` alone is a checkpoint. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: number;
  readonly comment?: string;
  /** When it came, milliseconds of `performance.now`. */
  readonly at: number;
}

export type Json = Readonly<Record<string, unknown>>;

export interface ReaderOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of each block, instead of keeping it. */
  readonly onBlock?: (block: Block) => void;
}

/** Reads a stream over a socket of its own, and keeps the last id as a browser would. */
export class SseReader {
  readonly blocks: Block[] = [];
  status = 0;
  headers: IncomingHttpHeaders = {};
  lastId = '';
  /** Whether the connection is over, by whichever side. */
  over = false;
  /** Settles then. */
  readonly ended: Promise<void>;
  /** Everything that was not a stream: the body of a refusal. */
  body = '';
  private readonly request: ClientRequest;
  private end: () => void = () => undefined;
  private rest = '';

  constructor(url: string, { headers = {}, onBlock }: ReaderOptions = {}) {
    this.ended = new Promise((resolve) => {
      this.end = () => {
        this.over = true;
        resolve();
      };
    });
    const keep = onBlock ?? ((block: Block): unknown => this.blocks.push(block));
    this.request = get(url, { agent: false, headers }, (response) => this.read(response, keep));
    this.request.on('error', this.end);
  }

  private read(response: IncomingMessage, keep: (block: Block) => void): void {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (this.status !== 200) {
        this.body += text;
        return;
      }
      const parts = (this.rest + text).split('\n\n');
      this.rest = parts.pop() ?? '';
      for (const part of parts) {
        const block = parseBlock(part);
        if (block.id !== undefined) this.lastId = block.id;
        keep(block);
      }
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      if (this.status !== 200) this.check();
      this.end();
    });
  }

  /** Whether `/openapi.json` knows of the refusal. */
  private check(): void {
    const { pathname: path } = new URL(this.request.path, 'http://localhost');
    const contentType = this.headers['content-type'] ?? null;
    const body: unknown = this.body === '' ? undefined : JSON.parse(this.body);
    checkContract({ method: 'GET', path, status: this.status, contentType, body });
  }

  /** What was published, parsed. */
  events(event = 'data'): readonly Json[] {
    return this.blocks
      .filter((block) => block.event === event)
      .map(({ data }) => JSON.parse(data ?? 'null') as Json);
  }

  /** Our own notices, of one type if one is given. */
  system(type?: string): readonly Json[] {
    return this.events('system').filter((notice) => type === undefined || notice['type'] === type);
  }

  /** Waits for `connected`. */
  async opened(): Promise<this> {
    await eventually(() => {
      if (this.status !== 200) throw new Error(`status ${this.status}: ${this.body}`);
      if (this.system('connected').length === 0) throw new Error('not connected yet');
    });
    return this;
  }

  close(): void {
    this.request.destroy();
  }
}

function parseBlock(text: string): Block {
  const block: Record<string, string | number> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, '');
    if (name === '') block['comment'] = value;
    else if (name === 'retry') block['retry'] = Number(value);
    else if (name === 'data' && 'data' in block) block['data'] += `\n${value}`;
    else block[name] = value;
  }
  return { ...block, at: performance.now() };
}

/** Opens a stream and waits until it has begun. */
export function openStream(url: string, options: ReaderOptions = {}): Promise<SseReader> {
  return new SseReader(url, options).opened();
}
