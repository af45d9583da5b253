import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  type ClientHttp2Stream,
  connect as connectHttp2,
  createServer as createHttp2Server,
} from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { nodeSink } from '../src/node.ts';
import type { Sink } from '../src/sink.ts';
import { type SinkFixture, type SinkPeer, sinkLaws } from '../src/testing.ts';
import { webStream } from '../src/web.ts';

/** Collects bytes from whatever can be paused, and answers the laws' questions about them. */
class Collector implements SinkPeer {
  private readonly parts: Uint8Array[] = [];
  private length = 0;
  private outcome: 'ended' | 'cut' | undefined;
  private watchers: (() => void)[] = [];

  constructor(
    private readonly resume: () => void,
    private readonly cut: () => void,
  ) {}

  add(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.byteLength;
    this.changed();
  }

  finish(outcome: 'ended' | 'cut'): void {
    this.outcome ??= outcome;
    this.changed();
  }

  async readUntil(count: number): Promise<Uint8Array> {
    this.resume();
    await this.until(() => this.length >= count || this.outcome !== undefined);
    return new Uint8Array(Buffer.concat(this.parts));
  }

  async over(): Promise<'ended' | 'cut'> {
    this.resume();
    await this.until(() => this.outcome !== undefined);
    return this.outcome ?? 'cut';
  }

  leave(): Promise<void> {
    this.cut();
    return Promise.resolve();
  }

  private async until(done: () => boolean): Promise<void> {
    while (!done())
      await new Promise<void>((resolve) => {
        this.watchers.push(resolve);
      });
  }

  private changed(): void {
    const { watchers } = this;
    this.watchers = [];
    for (const watcher of watchers) watcher();
  }
}

/** Strips the head and the chunked framing (RFC 9112, section 7.1) by hand, so that a cut is told from an end. */
function dechunker(collector: Collector): { feed(bytes: Buffer): void; closed(): void } {
  let rest = Buffer.alloc(0);
  let headDone = false;
  return {
    feed(bytes) {
      rest = Buffer.concat([rest, bytes]);
      if (!headDone) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        headDone = true;
        rest = rest.subarray(end + 4);
      }
      for (;;) {
        const line = rest.indexOf('\r\n');
        if (line < 0) return;
        const size = Number.parseInt(rest.subarray(0, line).toString(), 16);
        if (rest.byteLength < line + 2 + size + 2) return;
        if (size === 0) return collector.finish('ended');
        collector.add(rest.subarray(line + 2, line + 2 + size));
        rest = rest.subarray(line + 2 + size + 2);
      }
    },
    closed: () => collector.finish('cut'),
  };
}

const http1: SinkFixture = {
  async open() {
    let sink: Sink | undefined;
    const server = createServer((_, response) => {
      sink = nodeSink(response);
      server.emit('sink');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const collector = new Collector(
      () => socket.resume(),
      () => socket.destroy(),
    );
    const { feed, closed } = dechunker(collector);
    socket.on('data', feed).on('close', closed).on('error', closed);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(server, 'sink');
    return {
      sink: sink as Sink,
      peer: collector,
      close: async () => {
        socket.destroy();
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  },
};

const http2: SinkFixture = {
  async open() {
    let sink: Sink | undefined;
    const server = createHttp2Server((_, response) => {
      sink = nodeSink(response);
      server.emit('sink');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream: ClientHttp2Stream = session.request({ ':path': '/' });
    const collector = new Collector(
      () => stream.resume(),
      () => session.destroy(),
    );
    stream.on('data', (bytes: Buffer) => collector.add(bytes));
    stream.on('error', () => collector.finish('cut'));
    stream.on('aborted', () => collector.finish('cut'));
    stream.on('end', () => {
      // A reset stream ends too; the code that it closes with tells.
      stream.once('close', () => collector.finish(stream.rstCode === 0 ? 'ended' : 'cut'));
    });
    stream.on('close', () => setImmediate(() => collector.finish('cut')));
    stream.pause();
    await once(server, 'sink');
    return {
      sink: sink as Sink,
      peer: collector,
      close: async () => {
        session.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  },
};

const web: SinkFixture = {
  open() {
    const abort = new AbortController();
    const { sink, response } = webStream({ signal: abort.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let reading = false;
    const collector = new Collector(
      () => {
        if (reading) return;
        reading = true;
        void pump();
      },
      () => abort.abort(),
    );
    const pump = async (): Promise<void> => {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return collector.finish('ended');
          collector.add(value);
        }
      } catch {
        collector.finish('cut');
      }
    };
    return Promise.resolve({ sink, peer: collector, close: () => Promise.resolve(abort.abort()) });
  },
};

describe.each([
  ['the sink over an HTTP/1.1 response', http1],
  ['the sink over an HTTP/2 response', http2],
  ['the sink that is a fetch response', web],
])('%s keeps the laws of every sink', (_, fixture) => {
  for (const law of sinkLaws) test(law.name, () => law.check(fixture));
});

describe('each law of sinks can fail', () => {
  type Mutation = (sink: Sink) => Partial<Sink>;
  const mutants: Readonly<Record<string, Mutation>> = {
    'never says wait': (sink) => ({ write: (bytes) => sink.write(bytes) || true }),
    'drops what does not fit': (sink) => ({
      write: (bytes) => (sink.bufferedBytes > 0 ? false : sink.write(bytes)),
    }),
    'sends twice': (sink) => ({ write: (bytes) => sink.write(bytes) && sink.write(bytes) }),
    'changes its buffers': (sink) => ({
      write: (bytes) => {
        const taken = sink.write(bytes.slice());
        bytes.fill(0);
        return taken;
      },
    }),
    'is never writable again': () => ({ writable: () => new Promise<void>(() => undefined) }),
    'does not end': () => ({ end: () => undefined }),
    'cuts instead of ending': (sink) => ({ end: () => sink.destroy() }),
    'ends instead of cutting': (sink) => ({ destroy: () => sink.end() }),
    'does not notice that the peer leaves': () => ({ signal: new AbortController().signal }),
    'throws once it is over': (sink) => ({
      write: (bytes) => {
        if (sink.signal.aborted) throw new Error('write after the end');
        return sink.write(bytes);
      },
    }),
  };
  for (const [fault, mutation] of Object.entries(mutants)) {
    test(`a sink that ${fault} is caught`, async () => {
      const open: SinkFixture['open'] = async () => {
        const stream = await web.open();
        const mutant = mutation(stream.sink);
        const sink = new Proxy(stream.sink, {
          get: (target, name) => {
            const own = mutant[name as keyof Sink];
            if (own !== undefined) return own;
            const value: unknown = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
        return { ...stream, sink };
      };
      const verdicts = await Promise.allSettled(sinkLaws.map((law) => law.check({ open, timeoutMs: 200 })));
      expect(verdicts.filter(({ status }) => status === 'rejected')).not.toHaveLength(0);
    });
  }
});

test('a pipelined response, which has no connection yet, is cut and born aborted', async () => {
  const sinks: Sink[] = [];
  const listener: RequestListener = (_, response) => sinks.push(nodeSink(response));
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  socket.on('error', () => undefined);
  socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'close');
  await expect.poll(() => sinks.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  server.close();
});
