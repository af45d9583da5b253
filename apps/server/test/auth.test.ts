import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask, publish, rawRequest } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer, TOKEN } from './support/server-process.ts';
import { openStream, SseReader } from './support/sse-reader.ts';
import { ann, bearer, inSeconds, root, SECRET, token } from './support/tokens.ts';

const statusOf = async (
  server: ServerProcess,
  path: string,
  headers: Record<string, string>,
): Promise<number> => {
  const response = await fetch(server.url + path, { headers });
  await response.body?.cancel();
  return response.status;
};
const post = (server: ServerProcess, path: string, text: string, body?: unknown) =>
  ask(server, path, {
    method: 'POST',
    headers: { ...bearer(text), 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const publishOrder = (server: ServerProcess, text = ann(), query = '') =>
  post(server, `/events${query}`, text, { type: 'orders.x', text });

describe('with a secret for tokens', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    const env = {
      JWT_SECRET: SECRET,
      JWT_ISSUER: '',
      AUTH_COOKIE: 'sse',
      LOG_LEVEL: 'trace',
      MAX_AUTH_TRIES: '1000',
    };
    server = await startServer({ env });
  });
  afterAll(killServers);

  test('nothing that says more than that the server works is open', async () => {
    for (const path of ['/stream', '/clients', '/metrics'])
      expect(await statusOf(server, path, {})).toBe(401);
    for (const path of ['/tickets', '/revocations', '/events'])
      expect((await ask(server, path, { method: 'POST' })).status).toBe(401);
    expect(await statusOf(server, '/demo', {})).toBe(404);
    expect(await statusOf(server, '/health', {})).toBe(200);
    const front = (await ask(server, '/')).body;
    expect(front['endpoints']).toMatchObject({ tickets: '/tickets', revocations: '/revocations' });
    expect(front['features']).toEqual(expect.arrayContaining(['authorization']));
    expect(front['features']).not.toContain('demo');
  });

  test('each does what its token says, and nothing else', async () => {
    expect(await statusOf(server, '/clients', bearer(ann()))).toBe(403);
    for (const path of ['/clients', '/metrics'])
      expect(await statusOf(server, path, bearer(root()))).toBe(200);
    expect(await statusOf(server, '/stream', bearer(root()))).toBe(403);
    expect((await publishOrder(server)).status).toBe(202);
    expect((await publishOrder(server, root())).status).toBe(403);
    expect((await post(server, '/events', ann(), { type: 'alerts' })).status).toBe(403);
  });

  test('the token for publishing publishes anything, and does nothing else', async () => {
    expect((await publish(server, { type: 'anything' })).status).toBe(202);
    for (const path of ['/stream', '/clients']) expect(await statusOf(server, path, bearer(TOKEN))).toBe(401);
    expect((await publishOrder(server, 'another-token-of-the-tests')).status).toBe(401);
  });

  test('private events reach whose token names their topic, live and on replay', async () => {
    const open = (who: string, headers = {}) =>
      openStream(`${server.url}/stream`, { headers: { ...bearer(who), ...headers } });
    const reader = await open(ann());
    const other = await open(token({ sse: { subscribe: ['other.**'] } }));
    const first = (await publishOrder(server)).body['ids'] as string[];
    await publishOrder(server, ann(), '?private=true');
    const late = await open(ann(), { 'Last-Event-ID': String(first[0]) });
    await eventually(() => expect([reader.events().length, late.events().length]).toEqual([2, 1]));
    expect(other.events()).toEqual([]);
    for (const each of [reader, other, late]) each.close();
  });

  test('a stream ends with its token', async () => {
    // Five seconds of tolerance are for the clocks: what has expired opens no stream, but an open one ends by `exp`.
    const reader = await openStream(`${server.url}/stream`, { headers: bearer(ann({ exp: inSeconds(2) })) });
    await eventually(() => expect(reader.system('closing')).toMatchObject([{ reason: 'expired' }]));
  });

  test.each<[string, () => string]>([
    ['no algorithm', () => token({ sub: 'ann' }, { header: { alg: 'none' } })],
    ['no signature', () => ann().replace(/[^.]*$/, '')],
    ['another secret', () => token({ sub: 'ann' }, { secret: 'x'.repeat(32) })],
    ['a time that is over', () => ann({ exp: inSeconds(-60) })],
    ['no time', () => ann({ exp: undefined })],
    ['a time to come', () => ann({ nbf: inSeconds(60) })],
    ['12,000 characters', () => 'e'.repeat(12_000)],
    ['a megabyte of claims', () => ann({ x: 'x'.repeat(9_000) })],
  ])('a token with %s is refused with 401', async (_, make) => {
    const text = make();
    const { status, body, headers } = await ask(server, '/stream', { headers: bearer(text) });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(JSON.stringify(body)).not.toContain(text.slice(0, 40));
  });

  test('a ticket opens one stream of the topics that it is for', async () => {
    const given = await post(server, '/tickets', ann(), { topics: ['orders.eu'] });
    expect(given.body).toEqual({ ticket: expect.any(String), expires_in: expect.any(Number) });
    const url = `${server.url}/stream?ticket=${given.body['ticket']}`;
    const reader = await openStream(url);
    await publishOrder(server);
    await post(server, '/events', ann(), { type: 'orders.eu' });
    await eventually(() => expect(reader.events()).toEqual([{ type: 'orders.eu' }]));
    const again = new SseReader(url);
    await eventually(() => expect(again.status).toBe(401));
    expect((await post(server, '/tickets', ann(), { topics: ['alerts'] })).status).toBe(403);
    reader.close();
  });

  test('a token in the URL is refused with 400, and the cookie from the page of a stranger with 403', async () => {
    expect(await statusOf(server, `/stream?access_token=${ann()}`, {})).toBe(400);
    const cookie = { Cookie: `sse=${ann()}` };
    const foreign = await rawRequest(
      server,
      `GET /stream HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie.Cookie}\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n`,
    );
    expect(foreign).toMatch(/^HTTP\/1\.1 403 /);
    const own = new SseReader(`${server.url}/stream`, {
      headers: { ...cookie, 'Sec-Fetch-Site': 'same-origin' },
    });
    await own.opened();
    own.close();
  });

  test('no token, ticket or secret is in the log', () => {
    expect(server.logs('client connected').length).toBeGreaterThan(3);
    for (const secret of [SECRET, TOKEN, 'eyJ', 'ticket='])
      expect(server.stdout + server.stderr).not.toContain(secret);
  });
});

describe('with a public key', () => {
  afterAll(killServers);

  test('tokens are of that key, for this audience and of this issuer; its text is no secret', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const server = await startServer({
      env: {
        JWT_KEY: pem.replaceAll('\n', '\\n'),
        JWT_ISSUER: 'https://id.example.com',
        JWT_AUDIENCE: 'hub',
      },
    });
    const claims = { iss: 'https://id.example.com', aud: 'hub', sse: { admin: true } };
    const by = (rest: object, how: object = { privateKey }) =>
      statusOf(server, '/clients', bearer(token({ ...claims, ...rest }, how)));
    expect(await by({})).toBe(200);
    expect(await by({ aud: 'shop' })).toBe(401);
    expect(await by({ iss: 'https://evil.example' })).toBe(401);
    expect(await by({}, { secret: pem })).toBe(401);
    expect(await by({}, { secret: pem, header: { alg: 'RS256' } })).toBe(401);
    expect(await by({}, { secret: SECRET })).toBe(401);
  });
});

describe('without a key', () => {
  afterEach(() => killServers());

  test('whoever starts it beyond the loopback is told what is open', async () => {
    const open = await startServer({ env: { HOST: '0.0.0.0' } });
    const line = await open.log(
      'whoever reaches this address can read every event and see who is connected: set JWT_SECRET, JWT_KEY or JWT_JWKS_URL, or HOST=127.0.0.1',
    );
    expect(line).toMatchObject({ level: 'warn', host: '0.0.0.0' });
    const local = await startServer();
    expect(local.stdout).not.toContain('whoever reaches');
  });

  test('a private event reaches nobody, whatever topics are asked for', async () => {
    const server = await startServer();
    const reader = await openStream(`${server.url}/stream?topics=**,orders.x`);
    await publish(server, { type: 'orders.x', text: 'private' }, { query: '?private=true' });
    await publish(server, { type: 'orders.x', text: 'last' });
    await eventually(() => expect(reader.events()).toEqual([{ type: 'orders.x', text: 'last' }]));
  });

  test('on the loopback the pages of strangers are kept out, by whichever name', async () => {
    const server = await startServer({ env: { ALLOWED_HOSTS: 'hub.example.com' } });
    const from = (...headers: string[]) =>
      rawRequest(server, `GET /health HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`);
    expect(await from('Host: localhost', 'Origin: http://localhost:5173')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await from('Host: hub.example.com')).toMatch(/^HTTP\/1\.1 200 /);
    for (const headers of [
      ['Host: rebound.evil.example'],
      ['Host: localhost', 'Origin: https://evil.example'],
    ]) {
      const answer = await from(...headers);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('application/problem+json');
    }
  });

  test('tries of the token are limited by address, that of the client behind a proxy', async () => {
    const server = await startServer({ env: { MAX_AUTH_TRIES: '3', TRUST_PROXY: 'loopback' } });
    const tryFrom = (address: string, text = 'wrong-token-of-tests') =>
      publish(server, { type: 'a' }, { headers: { ...bearer(text), 'X-Forwarded-For': address } });
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await tryFrom('198.51.100.7')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const right = await tryFrom('198.51.100.7', TOKEN);
    expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await tryFrom('198.51.100.8', TOKEN)).status).toBe(202);
  });
});
