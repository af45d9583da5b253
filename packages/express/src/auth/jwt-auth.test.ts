import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bearer, hub, may } from '../../test/auth-hub.ts';
import { openStream } from '../../test/raw-connection.ts';
import { forged, inSeconds, ORDERS, SECRET, token } from '../../test/tokens.ts';
import { jwtAuth } from './jwt-auth.ts';
import { MemoryAuthStore } from './memory-auth-store.ts';
import { tryLimiter } from './try-limiter.ts';

describe('a token in `Authorization`', () => {
  test('shows the topics of its claims, and the stream is of its user', async () => {
    const { port, broadcaster } = await hub();
    const stream = await openStream(port, '/stream', bearer(await may({ subscribe: ['orders.eu.*'] })));
    await broadcaster.publish('orders.us.x', 'hidden');
    await broadcaster.publish('orders.eu.x', 'private', { private: true });
    await stream.has('data: private\n');
    expect(stream.text).not.toContain('hidden');
    expect(broadcaster.clients()[0]?.user).toBe('ann');
  });

  test('limits a replay by the rights of now, not those of then', async () => {
    const { port, broadcaster } = await hub();
    const [first] = await broadcaster.publish('orders.eu', 'start');
    await broadcaster.publish([
      { topic: 'orders.eu', data: 'hidden by now' },
      { topic: 'orders.us', data: 'shown' },
    ]);
    const now = await may({ subscribe: ['orders.us'] });
    const stream = await openStream(port, '/stream', bearer(now), `Last-Event-ID: ${first}`);
    await stream.has('data: shown\n');
    expect(stream.text).not.toContain('hidden');
  });

  test('ends the stream when it expires', async () => {
    const { port } = await hub({ clockToleranceMs: 0 });
    const soon = await token(ORDERS, { exp: inSeconds(1) });
    const stream = await openStream(port, '/stream', bearer(soon));
    await stream.has('"reason":"expired"');
  });

  test('that has just expired opens no stream, and may still publish: clocks differ', async () => {
    const { ask, post } = await hub();
    const late = await token(ORDERS, { exp: inSeconds(-1) });
    expect((await ask('/stream', { headers: { authorization: `Bearer ${late}` } })).status).toBe(401);
    expect((await post('/events', late, { type: 'orders.x' })).status).toBe(202);
  });

  test('that is good until 2100, longer than a timer can wait, keeps its stream', async () => {
    const { port, broadcaster } = await hub();
    const stream = await openStream(port, '/stream', bearer(await token(ORDERS, { exp: 4_102_444_800 })));
    for (const data of ['one', 'two']) {
      await broadcaster.publish('orders.x', data);
      await stream.has(`data: ${data}\n`);
    }
    expect(stream.text).not.toContain('expired');
  });

  test.each<[string, object, string]>([
    ['/stream', { publish: ['**'], admin: true }, 'subscribe'],
    ['/clients', { subscribe: ['**'], publish: ['**'] }, 'administer'],
  ])('without the right for GET %s is refused with 403', async (path, sse, what) => {
    const { ask } = await hub();
    const answer = await ask(path, { headers: { authorization: `Bearer ${await may(sse)}` } });
    expect(answer.json).toMatchObject({ status: 403, detail: `The token has no rights to ${what}` });
  });

  test('publishes to the topics of its claims only', async () => {
    const { post } = await hub();
    const publisher = await may({ publish: ['orders.**'] });
    expect((await post('/events', publisher, { type: 'orders.x' })).status).toBe(202);
    expect((await post('/events', publisher, { type: 'alerts' })).status).toBe(403);
    expect((await post('/events', await may({ subscribe: ['**'] }), { type: 'orders.x' })).status).toBe(403);
  });

  test.each(['/stream', '/clients'])('is needed for %s: 401 without', async (path) => {
    const { ask } = await hub();
    const answer = await ask(path);
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    const none = forged({ alg: 'none' }, { exp: inSeconds(60), ...ORDERS });
    const refused = await ask(path, { headers: { authorization: `Bearer ${none}` } });
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });

  test('is not looked at any more where an address has tried too many', async () => {
    const { ask } = await hub({ limit: tryLimiter({ maxTries: 2 }) });
    const authorization = `Bearer ${await token(ORDERS, { key: 'x'.repeat(32) })}`;
    const statuses = [];
    for (const path of ['/stream', '/clients', '/stream'])
      statuses.push(await ask(path, { headers: { authorization } }));
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect(statuses[2]?.headers['retry-after']).toBeDefined();
  });

  test('does not belong into the URL: 400, whatever it is called there', async () => {
    const { ask } = await hub();
    const text = await token(ORDERS);
    for (const query of [
      `access_token=${text}`,
      `jwt=${text}`,
      `x=${text}`,
      'Token=opaque',
      `ticket=${text}`,
    ])
      expect((await ask(`/stream?${query}`)).json).toMatchObject({
        status: 400,
        detail: expect.stringContaining('no token in the URL'),
      });
  });
});

describe('a revocation', () => {
  const root = (): Promise<string> => may({ admin: true }, { sub: 'root' });

  test.each([{ sub: 'ann' }, { jti: 'token-1' }])(
    'of %j ends its streams, and refuses its tokens',
    async (body) => {
      const { port, post, ask, broadcaster } = await hub();
      const text = await token(ORDERS);
      const stream = await openStream(port, '/stream', bearer(text));
      const other = await openStream(
        port,
        '/stream',
        bearer(await token({ ...ORDERS, sub: 'bob', jti: 'b' })),
      );
      expect((await post('/revocations', await root(), body)).status).toBe(204);
      await stream.has('"reason":"revoked"');
      expect((await ask('/stream', { headers: { authorization: `Bearer ${text}` } })).status).toBe(401);
      expect((await post('/events', text, { type: 'orders.x' })).status).toBe(401);
      await broadcaster.publish('orders.x', 'on');
      await other.has('data: on\n');
      expect(stream.text).not.toContain('data: on\n');
    },
  );

  test('by another process ends streams at the next look', async () => {
    const { port, store } = await hub();
    const stream = await openStream(port, '/stream', bearer(await token(ORDERS)));
    await store.revoke('sub:ann', Date.now() + 60_000);
    await stream.has('"reason":"revoked"');
  });

  test('that comes while a stream is being opened ends it, too', async () => {
    const { port, store, ask } = await hub({ lookMs: 3_600_000 });
    const first = await openStream(port, '/stream', bearer(await token({ ...ORDERS, sub: 'bob', jti: 'b' })));
    // As if it came between the check of the token and the opening.
    store.isRevoked = async () => false;
    await store.revoke('sub:ann', Date.now() + 60_000);
    await ask('/revocations', {
      method: 'POST',
      headers: { authorization: `Bearer ${await root()}`, 'content-type': 'application/json' },
      body: '{"sub":"nobody"}',
    });
    const stream = await openStream(port, '/stream', bearer(await token(ORDERS)));
    await stream.has('"reason":"revoked"');
    expect(first.text).not.toContain('revoked');
  });

  test('needs an administrator, and says what it expects', async () => {
    const { post } = await hub();
    expect((await post('/revocations', undefined, { sub: 'ann' })).status).toBe(401);
    expect((await post('/revocations', await may({ subscribe: ['**'] }), { sub: 'ann' })).status).toBe(403);
    for (const body of [{}, { sub: 7 }, { sub: '' }, { jti: 'a\nb' }, { sub: 'ann', exp: 'never' }, '[]'])
      expect((await post('/revocations', await root(), body)).status).toBe(400);
  });

  test('beyond the bound is refused with 503', async () => {
    const { post } = await hub({ store: new MemoryAuthStore({ maxRevocations: 1 }) });
    expect((await post('/revocations', await root(), { sub: 'a' })).status).toBe(204);
    expect((await post('/revocations', await root(), { sub: 'b' })).status).toBe(503);
  });
});

test('where the store does not answer nobody is let in, and open streams stay', async () => {
  const { port, store, ask, errors, broadcaster } = await hub();
  const stream = await openStream(port, '/stream', bearer(await token(ORDERS)));
  const fail = (): Promise<never> => Promise.reject(new Error('secret-host is down'));
  store.isRevoked = fail;
  store.revocations = fail;
  const answer = await ask('/stream', { headers: { authorization: `Bearer ${await token(ORDERS)}` } });
  expect([answer.status, answer.text]).toEqual([503, expect.not.stringContaining('secret-host')]);
  await expect.poll(() => errors.length).toBeGreaterThan(2);
  await broadcaster.publish('orders.x', 'on');
  await stream.has('data: on\n');
});

test('a token as long as headers may be is refused, and nothing is held up', async () => {
  const { port, ask } = await hub();
  expect((await ask('/stream', { headers: { authorization: `Bearer ${'x'.repeat(12_000)}` } })).status).toBe(
    401,
  );
  const socket = connect(port, '127.0.0.1');
  socket.end(`GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'e.'.repeat(3_000)}\r\n\r\n`);
  const text = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  expect(text).toMatch(/^HTTP\/1\.1 401 /);
});

test.each([{ lookMs: 0 }, { revocationMs: -1 }, { cookie: { name: 'a b' } }, { secret: 'short' }])(
  '%j is refused when it is set up',
  (options) => {
    expect(() => jwtAuth({ secret: SECRET, ...options })).toThrow(/^Expected /);
  },
);
