import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { get } from 'node:https';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publishOk } from './support/http.ts';
import { MAX_STREAMS, type NginxProcess, nginxPath, startNginx } from './support/nginx.ts';
import { killServers, MAIN, type ServerProcess, startServer, TOKEN } from './support/server-process.ts';

/** Longer than a loaded machine needs, and shorter than any buffer or heartbeat would hold an event back. */
const AT_ONCE_MS = 2_000;

describe.skipIf(nginxPath === undefined)('with deploy/nginx.conf', () => {
  let server: ServerProcess;
  let nginx: NginxProcess;
  let session: ClientHttp2Session;
  const closing: (() => void)[] = [];

  beforeAll(async () => {
    server = await startServer({ env: { STORE: 'memory', TRUST_PROXY: '1' } });
    nginx = await startNginx(server);
    session = connect(nginx.url, { rejectUnauthorized: false });
  });
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  afterAll(async () => {
    session?.destroy();
    await nginx?.stop();
    await killServers();
  });

  /** What a body holds so far. */
  function collected(body: Readable): () => string {
    let text = '';
    body.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    body.on('error', () => undefined);
    return () => text;
  }

  async function openHttp1(topic: string): Promise<() => string> {
    const request = get(`${nginx.url}/stream?topics=${topic}`, { agent: false, rejectUnauthorized: false });
    closing.push(() => request.destroy());
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [Readable & { httpVersion: string }];
    expect(response.httpVersion).toBe('1.1');
    return collected(response);
  }

  async function openHttp2(topic: string): Promise<{ stream: ClientHttp2Stream; status: unknown }> {
    const stream = session.request({ ':path': `/stream?topics=${topic}` });
    closing.push(() => stream.close());
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    return { stream, status: head[':status'] };
  }

  test('an event arrives at once over HTTP/1.1 and HTTP/2', async () => {
    const texts = [await openHttp1('now'), collected((await openHttp2('now')).stream)];
    for (const text of texts) await expect.poll(text).toContain('"type":"connected"');
    await publishOk(server, { type: 'now', n: 1 });
    for (const text of texts)
      await expect.poll(text, { timeout: AT_ONCE_MS }).toContain('data: {"type":"now","n":1}');
  });

  test('the doctor finds nothing to do', async () => {
    const args = [MAIN, 'doctor', nginx.url, '--json'];
    const env = { PATH: process.env['PATH'], SSE_TOKEN: TOKEN, NODE_EXTRA_CA_CERTS: nginx.certificate };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { check: string; level: string });
    expect(findings.filter(({ level }) => level !== 'ok').map(({ check }) => check)).toEqual([
      'idle timeout',
    ]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['http/2', 'live event', 'resuming', 'buffering']),
    );
  });

  test('a reload keeps streams, and what comes after it reaches them', async () => {
    const texts = [await openHttp1('kept'), collected((await openHttp2('kept')).stream)];
    for (const text of texts) await expect.poll(text).toContain('"type":"connected"');
    await nginx.reload();
    const late = await openHttp1('kept');
    await expect.poll(late).toContain('"type":"connected"');
    await publishOk(server, { type: 'kept', n: 2 });
    for (const text of [...texts, late])
      await expect.poll(text, { timeout: AT_ONCE_MS }).toContain('data: {"type":"kept","n":2}');
  });

  test('an address has no more streams than its limit, and gets 429 for one more', async () => {
    session.destroy();
    session = connect(nginx.url, { rejectUnauthorized: false });
    await expect
      .poll(async () => ((await (await fetch(`${server.url}/clients`)).json()) as { count: number }).count)
      .toBe(0);
    const opened = await Promise.all(Array.from({ length: MAX_STREAMS + 1 }, () => openHttp2('many')));
    const statuses = opened.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(MAX_STREAMS);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });

  test('the access log has the path, and nothing of the query', async () => {
    const request = session.request({ ':path': '/stream?ticket=kept-secret' });
    closing.push(() => request.close());
    await once(request, 'response');
    request.close();
    await expect.poll(() => nginx.read('access.log')).toMatch(/"GET \/stream HTTP\/2.0"/);
    expect(nginx.read('access.log')).not.toMatch(/kept-secret|topics=/);
  });

  test('plain HTTP is sent to TLS', async () => {
    const { status, headers } = await fetch(`${nginx.plainUrl}/stream?topics=a`, { redirect: 'manual' });
    expect([status, headers.get('location')]).toEqual([308, 'https://127.0.0.1/stream?topics=a']);
  });
});
