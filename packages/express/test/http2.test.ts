import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broadcaster } from '@sse/core';
import compression from 'compression';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type Authorize,
  bearerToken,
  type Grant,
  http2Bridge,
  notFound,
  type Refusal,
  router,
} from '../src/index.ts';
import { brokenLog, testBroadcaster } from './broadcaster.ts';
import { EXPRESSES } from './expresses.ts';

type Headers = Record<string, string>;

/** One HTTP/2 stream, and what came over it. */
class Exchange {
  head: Record<string, unknown> = {};
  text = '';
  closed = false;

  constructor(readonly stream: ClientHttp2Stream) {
    stream.setEncoding('utf8');
    stream.on('response', (head) => {
      this.head = head;
    });
    stream.on('data', (text: string) => {
      this.text += text;
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.closed = true;
    });
  }

  get status(): unknown {
    return this.head[':status'];
  }

  has(part: string): Promise<void> {
    return vi.waitFor(() => expect(this.text).toContain(part), { timeout: 5_000, interval: 2 });
  }

  async whole(): Promise<this> {
    await vi.waitFor(() => expect(this.closed).toBe(true), { timeout: 5_000, interval: 2 });
    return this;
  }
}

function ask(session: ClientHttp2Session, path: string, headers: Headers = {}, body?: string): Exchange {
  const method = body === undefined ? 'GET' : 'POST';
  const stream = session.request(
    { ':method': method, ':path': path, ...headers },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return new Exchange(stream);
}

let tls: { readonly key: Buffer; readonly cert: Buffer };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sse-http2-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serveTls(app: Express): Promise<number> {
  const server = createSecureServer({ ...tls, allowHTTP1: true }, http2Bridge(app));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function open(port: number): Promise<ClientHttp2Session> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  await once(session, 'connect');
  onTestFinished(() => session.destroy());
  return session;
}

describe.each(EXPRESSES)('HTTP/2 with Express %s', (_, express) => {
  interface SetUp {
    readonly broadcaster?: Broadcaster;
    readonly authorize?: Authorize;
  }

  async function setUp({ broadcaster = testBroadcaster(), authorize = () => ({}) }: SetUp = {}) {
    const app = express();
    app.use(compression({ threshold: 0 }), express.json());
    const publish = { authorize: bearerToken('secret') };
    app.use(router(broadcaster, { stream: { authorize }, publish, onError: () => {} }));
    app.use(notFound());
    const port = await serveTls(app);
    return { broadcaster, port, session: await open(port) };
  }

  test('two streams share one connection, each with its topics, and neither is compressed', async () => {
    const { broadcaster, session } = await setUp();
    const accept = { 'accept-encoding': 'gzip' };
    const one = ask(session, '/stream?topics=a&client_name=one', accept);
    const two = ask(session, '/stream?topics=b,c&client_name=two', accept);
    await Promise.all([one.has('"connected"'), two.has('"connected"')]);
    expect(one.head).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
    expect(one.head['content-encoding']).toBeUndefined();
    expect(one.head['connection']).toBeUndefined();
    expect(broadcaster.clients()).toMatchObject([{ name: 'one' }, { name: 'two' }]);
    for (const topic of ['a', 'b', 'c']) await broadcaster.publish(topic, `of ${topic}`);
    await Promise.all([one.has('of a'), two.has('of c')]);
    expect(one.text).not.toMatch(/of [bc]/);
    expect(two.text.indexOf('of b')).toBeLessThan(two.text.indexOf('of c'));
    expect(two.text).toContain('of b');
    expect(two.text).not.toContain('of a');
  });

  test('a stream resumes by its Last-Event-ID', async () => {
    const { broadcaster, session } = await setUp();
    const ids = await broadcaster.publish(['1', '2', '3'].map((data) => ({ topic: 'a', data })));
    const exchange = ask(session, '/stream', { 'last-event-id': ids[0] ?? '' });
    await exchange.has('data: 3\n');
    expect(exchange.text).toContain('"resume":"resumed"');
    expect(exchange.text).toContain('data: 2\n');
    expect(exchange.text).not.toContain('data: 1\n');
  });

  test('a stream that the client resets is over, and the others go on', async () => {
    const { broadcaster, session } = await setUp();
    const leaving = ask(session, '/stream');
    const staying = ask(session, '/stream');
    await Promise.all([leaving.has('"connected"'), staying.has('"connected"')]);
    leaving.stream.close(8);
    await vi.waitFor(() => expect(broadcaster.size).toBe(1));
    await broadcaster.publish('a', 'after');
    await staying.has('after');
    session.destroy();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
  });

  test('streams that are reset while they are being authorised open nothing, and the connection goes on', async () => {
    let decide: () => void = () => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    let asked = 0;
    const authorize: Authorize = async ({ query }): Promise<Grant | Refusal> => {
      if (query['now'] !== undefined) return {};
      const index = asked++;
      await decided;
      if (index % 2 === 0) throw new Error('nobody hears this');
      return { status: 403 };
    };
    const { broadcaster, session } = await setUp({ authorize });
    const exchanges = Array.from({ length: 20 }, () => ask(session, '/stream'));
    await vi.waitFor(() => expect(asked).toBe(20));
    for (const { stream } of exchanges) stream.close(8);
    await Promise.all(exchanges.map((exchange) => exchange.whole()));
    decide();
    await ask(session, '/stream?now').has('"connected"');
    expect(broadcaster.size).toBe(1);
  });

  test('the server ends a stream, and its connection stays', async () => {
    const { broadcaster, session } = await setUp();
    const exchange = ask(session, '/stream');
    await exchange.has('"connected"');
    broadcaster.disconnect(() => true, 'revoked');
    await exchange.whole();
    expect(exchange.text).toContain('"reason":"revoked"');
    expect((await ask(session, '/health').whole()).status).toBe(200);
  });

  test('what is published, listed and refused is the same as over HTTP/1.1', async () => {
    const { broadcaster, session } = await setUp();
    const stream = ask(session, '/stream?client_name=me');
    await stream.has('"connected"');
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' };
    const lines = '{"type":"a","n":12345678901234567890}\n{"type":"a","n":2}';
    const published = await ask(session, '/events', headers, lines).whole();
    expect([published.status, JSON.parse(published.text)]).toEqual([
      202,
      { ids: [expect.any(String), expect.any(String)] },
    ]);
    await stream.has('12345678901234567890');
    const json = { ...headers, 'content-type': 'application/json' };
    expect((await ask(session, '/events', json, '{"type":"a"}').whole()).status).toBe(202);
    expect((await ask(session, '/events', json, '{"type":"a..b"}').whole()).status).toBe(400);
    expect((await ask(session, '/events', { 'content-type': 'application/json' }, '{}').whole()).status).toBe(
      401,
    );
    const listed = await ask(session, '/clients').whole();
    expect(JSON.parse(listed.text)).toMatchObject({ count: 1, clients: [{ client_name: 'me' }] });
    for (const [path, status] of [
      ['/stream?topics=a&topics=b', 400],
      ['/none', 404],
      ['/ready', 200],
    ] as const)
      expect([path, (await ask(session, path).whole()).status]).toEqual([path, status]);
    expect(broadcaster.clients()[0]?.remoteAddress).toContain('127.0.0.1');
  });

  test('HEAD shows the head and ends; a log that is down is a 503', async () => {
    const { session } = await setUp();
    const head = new Exchange(
      session.request({ ':method': 'HEAD', ':path': '/stream' }, { endStream: true }),
    );
    await head.whole();
    expect([head.status, head.head['content-type'], head.text]).toEqual([200, 'text/event-stream', '']);
    const down = testBroadcaster({ log: brokenLog(), logTimeoutMs: 20, hooks: { onError: () => {} } });
    const refused = await ask((await setUp({ broadcaster: down })).session, '/stream').whole();
    expect([refused.status, refused.head['retry-after']]).toEqual([503, '5']);
  });

  test('with allowHTTP1 the same server streams over HTTP/1.1', async () => {
    const { broadcaster, port } = await setUp();
    const request = httpsRequest({
      port,
      host: '127.0.0.1',
      path: '/stream',
      rejectUnauthorized: false,
      agent: false,
    });
    request.on('error', () => undefined);
    request.end();
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await vi.waitFor(() => expect(text).toContain('"connected"'));
    await broadcaster.publish('a', 'over one');
    await vi.waitFor(() => expect(text).toContain('over one'));
    expect([response.httpVersion, response.headers['connection']]).toEqual(['1.1', 'keep-alive']);
    request.destroy();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
  });

  test('without TLS and with an app mounted in an app it works, too', async () => {
    const broadcaster = testBroadcaster();
    const inner = express().use(router(broadcaster));
    const app = express().use('/inner', inner);
    app.use(notFound());
    const server = createServer(http2Bridge(app));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    session.on('error', () => undefined);
    onTestFinished(() => session.destroy());
    const exchange = ask(session, '/inner/stream');
    await exchange.has('"connected"');
    expect((await ask(session, '/none').whole()).status).toBe(404);
    expect(broadcaster.size).toBe(1);
  });
});
