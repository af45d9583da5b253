import { createParser } from 'eventsource-parser';
import { ChunkDecoder } from './chunk-decoder.ts';

/** Reads a stream as a client would: status, framing, event blocks, JSON. For a sample of the subscribers. */
export class StrictReader {
  /** The first thing that was not as it should be. */
  wrong: string | undefined;
  private head = '';
  private decoder: ChunkDecoder | undefined;
  private isOpen = false;
  private readonly parser: ReturnType<typeof createParser>;

  constructor(
    onEvent: (n: number) => void,
    /** Size of an event's data; others are passed over, such as those that a system sends by itself. */
    eventBytes: number,
  ) {
    this.parser = createParser({
      onEvent: ({ data }) => {
        const value = parse(data);
        if (typeof value?.n !== 'number') return;
        if (data.length !== eventBytes) this.fail(`Expected ${eventBytes} bytes of data, got ${data.length}`);
        onEvent(value.n);
      },
      onError: (error) => this.fail(error.message),
    });
  }

  read(bytes: Uint8Array): void {
    let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (!this.isOpen) {
      this.head += text;
      const end = this.head.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.isOpen = true;
      text = this.head.slice(end + 4);
      if (/\r\ntransfer-encoding: *chunked/i.test(this.head.slice(0, end))) this.decoder = new ChunkDecoder();
      if (!/\r\ncontent-type: *text\/event-stream/i.test(this.head.slice(0, end)))
        this.fail('Expected the content type text/event-stream');
    }
    try {
      this.parser.feed(this.decoder?.decode(text) ?? text);
    } catch (error) {
      this.fail(String(error));
    }
  }

  private fail(message: string): void {
    this.wrong ??= message;
  }
}

function parse(data: string): { readonly n?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
