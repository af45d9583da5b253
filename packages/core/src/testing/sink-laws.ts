import type { Sink } from '../sink.ts';
import { assertLaw, assertSame, type Law, LawBroken, within } from './law.ts';

/** The other end of a sink. */
export interface SinkPeer {
  /** Takes bytes from the connection until `count` have come in all, or the stream is over; answers all so far. */
  readUntil(count: number): Promise<Uint8Array>;
  /** Settles when the connection is over, saying whether the stream came to its proper end. Goes on reading until then. */
  over(): Promise<'ended' | 'cut'>;
  /** Cuts the connection. */
  leave(): Promise<void>;
}

/** How the laws get at a kind of sink. */
export interface SinkFixture {
  /** An open stream. Its peer does not read until told to. */
  open(): Promise<{ readonly sink: Sink; readonly peer: SinkPeer; close(): Promise<void> }>;
  /** Milliseconds that anything may take. @defaultValue 5 000 */
  readonly timeoutMs?: number;
}

type Stream = Awaited<ReturnType<SinkFixture['open']>>;

function law(name: string, check: (stream: Stream, timeoutMs: number) => Promise<void>): Law<SinkFixture> {
  return {
    name,
    async check(fixture) {
      const stream = await fixture.open();
      try {
        await check(stream, fixture.timeoutMs ?? 5_000);
      } finally {
        await stream.close();
      }
    },
  };
}

const chunk = (size: number, start: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => (start + index * 7) % 251);

/** Settles once the sink has said in both of its ways that its connection is over; each of them once. */
async function aborted(sink: Sink): Promise<void> {
  let calls = 0;
  const expected = sink.signal.aborted ? 1 : 2;
  if (!sink.signal.aborted)
    await new Promise<void>((resolve) => {
      sink.whenOver?.(() => calls++);
      sink.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  if (sink.whenOver === undefined) return;
  sink.whenOver(() => calls++);
  assertSame(calls, expected, 'calls of listeners given to whenOver');
}

/** Writes until the sink says wait and goes on doing so; answers the number of bytes. */
async function fill(sink: Sink): Promise<number> {
  const bytes = chunk(64 * 1024, 0);
  for (let written = bytes.byteLength; written <= 64 * 1024 * 1024; written += bytes.byteLength) {
    if (sink.write(bytes)) continue;
    const goesOn = new Promise<boolean>((resolve) => setTimeout(resolve, 30, false));
    if (!(await Promise.race([sink.writable().then(() => true), goesOn]))) return written;
  }
  throw new LawBroken('a sink whose peer does not read took 64 MiB without saying wait');
}

/** What every sink keeps. See {@link SinkFixture}. */
export const sinkLaws: readonly Law<SinkFixture>[] = [
  law(
    'bytes arrive in order, whole, once, and the buffers stay as they were',
    async ({ sink, peer }, timeoutMs) => {
      const parts = [chunk(1, 9), chunk(1_000, 3), chunk(0, 0), chunk(70_000, 5), chunk(17, 8)];
      const before = parts.map((part) => part.slice());
      const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
      const reading = peer.readUntil(total);
      for (const part of parts)
        if (!sink.write(part)) await within(timeoutMs, sink.writable(), 'writable() while it is read');
      const got = await within(timeoutMs, reading, 'reading');
      const expected = new Uint8Array(before.flatMap((part) => [...part]));
      assertSame(got.byteLength, total, 'bytes read');
      assertLaw(
        got.every((byte, index) => byte === expected[index]),
        'the bytes read differ from those written',
      );
      parts.forEach((part, index) => {
        assertSame(
          [...part.slice(0, 50)],
          [...(before[index] ?? []).slice(0, 50)],
          'a buffer after its write',
        );
      });
    },
  ),

  law(
    'a sink that is not read says wait, has taken what it was given, and goes on once it is read',
    async (stream, timeoutMs) => {
      const { sink, peer } = stream;
      const written = await fill(sink);
      assertLaw(sink.bufferedBytes > 0, 'a sink that says wait holds nothing');
      // Few and small bytes may follow although it said wait.
      sink.write(chunk(5, 1));
      const reading = peer.readUntil(written + 10);
      await within(timeoutMs, sink.writable(), 'writable() of a sink that is read again');
      sink.write(chunk(5, 1));
      const got = await within(timeoutMs, reading, 'reading');
      assertSame(got.byteLength, written + 10, 'bytes read');
    },
  ),

  law('no bytes are no end', async ({ sink, peer }, timeoutMs) => {
    sink.write(chunk(10, 0));
    sink.write(new Uint8Array());
    sink.write(chunk(10, 10));
    const got = await within(timeoutMs, peer.readUntil(20), 'reading');
    assertSame(got.byteLength, 20, 'bytes read');
    assertSame(sink.signal.aborted, false, 'aborted by a write of no bytes');
  }),

  law('writable settles for one who asks only after all has left', async ({ sink, peer }, timeoutMs) => {
    const bytes = chunk(64 * 1024, 0);
    let written = bytes.byteLength;
    while (sink.write(bytes) && written < 64 * 1024 * 1024) written += bytes.byteLength;
    await within(timeoutMs, peer.readUntil(written), 'reading');
    const drained = async (): Promise<void> => {
      while (sink.bufferedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await within(timeoutMs, drained(), 'an empty buffer');
    await within(timeoutMs, sink.writable(), 'writable() asked late');
    assertSame(sink.write(chunk(10, 0)), true, 'a write to an empty sink');
  }),

  law('writable settles when the peer leaves, and the signal aborts', async ({ sink, peer }, timeoutMs) => {
    await fill(sink);
    const waiting = sink.writable();
    await peer.leave();
    await within(timeoutMs, waiting, 'writable() after the peer has left');
    await within(timeoutMs, aborted(sink), 'the signal after the peer has left');
    await within(timeoutMs, sink.writable(), 'writable() of a dead sink');
    sink.write(chunk(10, 0));
    sink.end();
    sink.destroy();
  }),

  law('an idle sink notices that the peer leaves', async ({ sink, peer }, timeoutMs) => {
    sink.write(chunk(10, 0));
    await within(timeoutMs, peer.readUntil(10), 'reading');
    assertSame(sink.signal.aborted, false, 'aborted while the peer is there');
    await peer.leave();
    await within(timeoutMs, aborted(sink), 'the signal after the peer has left');
  }),

  law(
    'end lets what was taken leave, closes properly, and may be called again',
    async ({ sink, peer }, timeoutMs) => {
      const written = await fill(sink);
      sink.end();
      sink.end();
      sink.write(chunk(10, 0));
      const got = await within(timeoutMs, peer.readUntil(written), 'reading the rest');
      assertSame(got.byteLength, written, 'bytes read after the end');
      assertSame(await within(timeoutMs, peer.over(), 'the end'), 'ended', 'how the stream was over');
      await within(timeoutMs, aborted(sink), 'the signal after the end');
    },
  ),

  law('destroy cuts at once, aborts, and may be called again', async ({ sink, peer }, timeoutMs) => {
    await fill(sink);
    const waiting = sink.writable();
    sink.destroy();
    sink.destroy();
    assertSame(sink.signal.aborted, true, 'aborted right after destroy');
    await within(timeoutMs, waiting, 'writable() after destroy');
    assertSame(await within(timeoutMs, peer.over(), 'the cut'), 'cut', 'how the stream was over');
    assertSame(sink.write(chunk(10, 0)), true, 'a write after destroy');
  }),

  law('destroy after end cuts what has not left', async ({ sink, peer }, timeoutMs) => {
    await fill(sink);
    sink.end();
    sink.destroy();
    assertSame(await within(timeoutMs, peer.over(), 'the cut'), 'cut', 'how the stream was over');
  }),
];
