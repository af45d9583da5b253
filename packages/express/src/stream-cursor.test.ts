import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream, RawConnection } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { sse } from './stream.ts';

describe.each(EXPRESSES)('the cursor of a stream on Express %s', (_, express) => {
  async function history() {
    const broadcaster = testBroadcaster();
    const ids = await broadcaster.publish(['1', '2', '3'].map((data) => ({ topic: 'a', data })));
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    return { port, first: ids[0] ?? '', second: ids[1] ?? '' };
  }

  test('from the header goes on right after it', async () => {
    const { port, first } = await history();
    const stream = await openStream(port, '/stream', `Last-Event-ID: ${first}`);
    await stream.has('data: 3\n');
    expect(stream.text).toContain('"resume":"resumed"');
    expect(stream.text).toContain('data: 2\n');
    expect(stream.text).not.toContain('data: 1\n');
  });

  test('from the query does the same', async () => {
    const { port, second } = await history();
    const stream = await openStream(port, `/stream?last_event_id=${second}`);
    await stream.has('data: 3\n');
    expect(stream.text).not.toContain('data: 2\n');
  });

  test('from the header wins over the query', async () => {
    const { port, first, second } = await history();
    const stream = await openStream(port, `/stream?last_event_id=${second}`, `Last-Event-ID: ${first}`);
    await stream.has('data: 2\n');
  });

  test('from an empty header is that of the query', async () => {
    const { port, second } = await history();
    const stream = await openStream(port, `/stream?last_event_id=${second}`, 'Last-Event-ID: ');
    await stream.has('data: 3\n');
    expect(stream.text).not.toContain('data: 2\n');
  });

  test.each(['0', '0x10', '1e3', 'abc', '__proto__', '%00', 'a%0d%0aevent:%20x', 'x'.repeat(10_000)])(
    'that can be no id, %s, begins with a gap and no error',
    async (cursor) => {
      const { port } = await history();
      const stream = await openStream(port, `/stream?last_event_id=${cursor}`);
      await stream.has('"type":"gap","reason":"malformed"');
      expect(stream.text).not.toMatch(/^event: x/m);
    },
  );

  test('in the header is read as UTF-8', async () => {
    const { port } = await history();
    const stream = await openStream(
      port,
      '/stream',
      `Last-Event-ID: ${Buffer.from('é…').toString('latin1')}`,
    );
    await stream.has('"reason":"malformed"');
    expect(Buffer.from(stream.text, 'latin1').toString()).toContain('"requested":"é…"');
  });

  test('in two headers begins with a gap and no error', async () => {
    const { port, first } = await history();
    const stream = await openStream(port, '/stream', `Last-Event-ID: ${first}`, `last-event-id: ${first}`);
    await stream.has('"type":"gap","reason":"malformed"');
  });

  test('in one key twice is refused with 400', async () => {
    const { port, first } = await history();
    const connection = await RawConnection.open(port);
    connection.send(`GET /stream?last_event_id=${first}&last_event_id=${first} HTTP/1.1`, 'Host: x', '');
    await connection.has('at most once');
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 /);
  });
});
