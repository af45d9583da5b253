import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { brokenLog, testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { serve } from '../test/serve.ts';
import { http2Bridge } from './http2-bridge.ts';
import { notFound, problems } from './problems.ts';
import { router } from './router.ts';

/** Serves HTTP/2 without TLS until the test is over; answers a session with it. */
async function serveHttp2(listener: ReturnType<typeof http2Bridge>): Promise<ClientHttp2Session> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    session.destroy();
    server.close();
    await once(server, 'close');
  });
  return session;
}

interface Reading {
  readonly stream: ClientHttp2Stream;
  readonly closed: Promise<void>;
  readonly headers: Record<string, unknown>;
  text(): string;
  has(part: string): Promise<void>;
}

async function ask(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string,
): Promise<Reading> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
  });
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  stream.on('error', () => {});
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  const has = (part: string) =>
    vi.waitFor(() => expect(text).toContain(part), { interval: 5, timeout: 5_000 });
  return { stream, closed, headers: answer, text: () => text, has };
}

describe.each(EXPRESSES)('Express %s over HTTP/2', (_, express) => {
  async function setUp(broadcaster = testBroadcaster()) {
    const app = express()
      .use(compression({ threshold: 0 }))
      .use(express.json());
    app.get('/host', (request, response) => {
      response.json({ host: request.get('Host'), query: request.query, secure: request.secure });
    });
    const inner = express().get('/url', (request, response) => void response.send(request.originalUrl));
    app.use('/inner', inner, (request, response) => void response.status(404).send(`not ${request.url}`));
    app
      .use(router(broadcaster, { publish: { authorize: 'anyone', bodyTimeoutMs: 200 } }))
      .use(notFound())
      .use(problems());
    const bridge = http2Bridge(app);
    return { broadcaster, bridge, session: await serveHttp2(bridge) };
  }

  test('a stream begins, brings what is posted, and ends with its client', async () => {
    const { broadcaster, session } = await setUp();
    const streams = await Promise.all(
      ['a', 'b'].map((topic) =>
        ask(session, { ':path': `/stream?topics=${topic}`, 'accept-encoding': 'gzip' }),
      ),
    );
    const [a, b] = streams as [Reading, Reading];
    expect(a.headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
    expect(a.headers['content-encoding']).toBeUndefined();
    expect(a.headers['connection']).toBeUndefined();
    const head = { ':path': '/events', ':method': 'POST', 'content-type': 'application/x-ndjson' };
    const posted = await ask(session, head, '{"type":"a","n":1.10}\n{"type":"b"}');
    expect(posted.headers[':status']).toBe(202);
    await a.has('data: {"type":"a","n":1.10}');
    await b.has('data: {"type":"b"}');
    expect(broadcaster.clients()).toMatchObject([{ remoteAddress: '127.0.0.1' }, {}]);
    a.stream.close();
    await vi.waitFor(() => expect(broadcaster.size).toBe(1));
    broadcaster.disconnect(() => true);
    await b.has('"type":"closing"');
    await b.closed;
    expect(b.stream.rstCode).toBe(0);
  });

  test('refusals are problems', async () => {
    const { session } = await setUp();
    for (const [headers, status] of [
      [{ ':path': '/stream?topics=a&topics=b' }, 400],
      [{ ':path': '/stream', ':method': 'PUT' }, 405],
      [{ ':path': '/nowhere' }, 404],
      [{ ':path': '/stream', accept: 'text/html' }, 406],
    ] as const) {
      const answer = await ask(session, headers);
      await answer.has(`"status":${status}`);
      expect(answer.headers[':status']).toBe(status);
    }
    const post = { ':path': '/events', ':method': 'POST', 'content-type': 'application/json' };
    await (await ask(session, post, '{"type":')).has('"status":400');
  });

  test('a body that stalls is a 408; one that never ends is refused and its stream closed', async () => {
    const { broadcaster, session } = await setUp();
    const post = { ':path': '/events', ':method': 'POST', 'content-type': 'application/jsonl' };
    const stalled = session.request(post);
    stalled.write('{"type":"a"}\n');
    const [answer] = (await once(stalled, 'response')) as [Record<string, unknown>];
    expect(answer[':status']).toBe(408);
    stalled.close();
    const endless = session.request(post);
    const closed = new Promise((resolve) => {
      endless.once('close', resolve);
    });
    endless.resume().on('error', () => {});
    const piece = Buffer.alloc(64 * 1024);
    const pour = (): void => {
      while (!endless.destroyed && endless.write(piece)) {}
    };
    endless.on('drain', pour);
    const refusal = once(endless, 'response') as Promise<[Record<string, unknown>]>;
    pour();
    expect((await refusal)[0][':status']).toBe(413);
    await closed;
    expect((await broadcaster.stats()).published).toBe(0);
    await (await ask(session, { ':path': '/ready' })).has('ready');
  });

  test('HEAD has the head of a stream and ends; a log that is down is a 503', async () => {
    const { session } = await setUp();
    const head = await ask(session, { ':path': '/stream', ':method': 'HEAD' });
    expect(head.headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
    await head.closed;
    const log = brokenLog();
    const down = await setUp(testBroadcaster({ log, logTimeoutMs: 10, hooks: { onError: () => {} } }));
    const answer = await ask(down.session, { ':path': '/stream' });
    expect(answer.headers).toMatchObject({ ':status': 503, 'retry-after': '5' });
    await answer.has('does not answer');
  });

  test('what Express gives to handlers is there, also in an app that is mounted in the app', async () => {
    const { session } = await setUp();
    const host = await ask(session, { ':path': '/host?a=1' });
    await host.has('"query":{"a":"1"}');
    expect(host.text()).toMatch(/"host":"127\.0\.0\.1:\d+"/);
    await (await ask(session, { ':path': '/inner/url' })).has('/inner/url');
    await (await ask(session, { ':path': '/inner/other' })).has('not /other');
  });

  test('requests of HTTP/1.1 pass through', async () => {
    const { bridge } = await setUp();
    const served = await serve(bridge);
    expect((await served.ask('/host?a=1')).json).toMatchObject({ query: { a: '1' } });
    expect((await served.ask('/stream', { method: 'HEAD' })).status).toBe(200);
  });
});
