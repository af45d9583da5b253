import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { EXPRESSES } from '../test/expresses.ts';
import { expectGoesOn, expectRefused, servePublisher } from '../test/publishing.ts';
import { openPair, RawConnection } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { publisher } from './publisher.ts';

const KIB = 1024;
const ofBytes = (length: number): string => `{"type":"a","x":"${'x'.repeat(length - 19)}"}`;
const HEAD = ['POST /events HTTP/1.1', 'Host: x', 'Content-Type: application/json'];

describe.each(EXPRESSES)('the size of a body on Express %s', (_, express) => {
  test('256 KiB are published, and one byte more is a 413', async () => {
    const publishing = await servePublisher(express);
    const detail = expectRefused(publishing, await publishing.post(ofBytes(256 * KIB + 1)), 413);
    expect(detail).toBe('Expected a body of at most 262144 bytes');
    expect((await publishing.post(ofBytes(256 * KIB))).status).toBe(202);
  });

  test('1,000 events are published, and one more is a 413', async () => {
    const publishing = await servePublisher(express);
    const events = (count: number, separator: string) =>
      Array.from({ length: count }, () => '{"type":"a"}').join(separator);
    const headers = { 'content-type': 'application/x-ndjson' };
    expectRefused(publishing, await publishing.post(`[${events(1_001, ',')}]`), 413);
    expectRefused(publishing, await publishing.post(events(1_001, '\n'), { headers }), 413);
    expect((await publishing.post(`[${events(1_000, ',')}]`)).status).toBe(202);
    expect(publishing.published).toHaveLength(1_000);
  });

  test('each bound is an option', async () => {
    const options = { maxBodyBytes: 40, maxEvents: 2, maxDepth: 1 };
    const publishing = await servePublisher(express, { options });
    expectRefused(publishing, await publishing.post(ofBytes(41)), 413);
    expectRefused(publishing, await publishing.post('[{"type":"a"},{"type":"a"},{}]'), 413);
    expectRefused(publishing, await publishing.post('{"type":"a","x":{}}'), 400);
    await expectGoesOn(publishing);
  });

  test('is counted while it comes in pieces of unknown length, and the connection goes on', async () => {
    const publishing = await servePublisher(express);
    const connection = await RawConnection.open(publishing.port);
    connection.send(...HEAD, 'Transfer-Encoding: chunked', '');
    for (let index = 0; index < 5; index++) connection.send((64 * KIB).toString(16), 'x'.repeat(64 * KIB));
    await connection.has('HTTP/1.1 413 ');
    connection.send('0', '');
    connection.send(...HEAD, 'Content-Length: 12', '').socket.write('{"type":"a"}');
    await connection.has('HTTP/1.1 202 ');
  });

  test('that never ends is cut, once it has been refused', async () => {
    const publishing = await servePublisher(express);
    const { connection, socket } = await openPair(publishing);
    connection.send(...HEAD, `Content-Length: ${1024 ** 4}`, '');
    await connection.has('HTTP/1.1 413 ');
    const piece = Buffer.alloc(64 * KIB);
    const pour = (): void => {
      while (!connection.closed && connection.socket.write(piece)) {}
    };
    connection.socket.on('drain', pour);
    pour();
    await connection.close();
    expect(socket.bytesRead).toBeLessThan(16 * 1024 * KIB);
    await expectGoesOn(publishing);
  });

  test('is that of what a parser in front has made of it', async () => {
    const publishing = await servePublisher(express, { before: express.json({ limit: '1mb' }) });
    expectRefused(publishing, await publishing.post(ofBytes(257 * KIB)), 413);
  });

  test('says nothing of the depth: behind a parser, 20,000 levels are a 400', async () => {
    const publishing = await servePublisher(express, { before: express.json() });
    const body = `{"type":"a","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expectRefused(publishing, await publishing.post(body), 400);
    const small = `{"type":"a","x":${'['.repeat(100)}${']'.repeat(100)}}`;
    expect(expectRefused(publishing, await publishing.post(small), 400)).toMatch(/64 deep/);
    await expectGoesOn(publishing);
  });
});

describe.each(EXPRESSES)('a body that does not come on Express %s', (_, express) => {
  test('that stalls is ended by the requestTimeout of the server, and nothing is published', async () => {
    const { broadcaster, published } = await servePublisher(express);
    const app = express().all('/events', publisher(broadcaster, { authorize: 'anyone' }));
    const { port } = await serve(app, {
      requestTimeout: 200,
      headersTimeout: 100,
      connectionsCheckingInterval: 50,
    });
    const connection = await RawConnection.open(port);
    connection.send(...HEAD, 'Content-Length: 12', '').socket.write('{"type":');
    await connection.close();
    expect(connection.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(published).toEqual([]);
  });

  test('that stalls is a 408 after bodyTimeoutMs, and its connection ends', async () => {
    const publishing = await servePublisher(express, { options: { bodyTimeoutMs: 50 } });
    const connection = await RawConnection.open(publishing.port);
    connection.send(...HEAD, 'Content-Length: 12', '').socket.write('{"type":');
    await connection.close();
    expect(connection.text).toMatch(/^HTTP\/1\.1 408 [\s\S]*within 50 ms/);
    await expectGoesOn(publishing);
    expect(publishing.published).toHaveLength(1);
  });

  test('whose client goes away is published neither whole nor in part, and is no error', async () => {
    const publishing = await servePublisher(express);
    const { connection, closed } = await openPair(publishing);
    const headers = [...HEAD.slice(0, 2), 'Content-Type: application/x-ndjson', 'Content-Length: 100', ''];
    connection.send(...headers).socket.write('{"type":"a"}\n');
    await once(publishing.server, 'request');
    connection.socket.destroy();
    await closed;
    await expectGoesOn(publishing);
    expect(publishing.published).toMatchObject([{ topic: 'next' }]);
    expect(publishing.errors).toEqual([]);
  });

  test('because something has read it and kept nothing is a failure of the server', async () => {
    const publishing = await servePublisher(express, {
      before: (request, __, next) => {
        request.resume().once('end', () => {
          request.body = undefined;
          next();
        });
      },
    });
    const answer = await publishing.post('{"type":"a"}');
    expect([answer.status, publishing.errors.length, publishing.published]).toEqual([500, 1, []]);
  });
});
