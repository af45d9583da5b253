import { describe, expect, test } from 'vitest';
import { hub, may } from '../../test/auth-hub.ts';
import { openStream } from '../../test/raw-connection.ts';
import { inSeconds, ORDERS, token } from '../../test/tokens.ts';
import { MemoryAuthStore } from './memory-auth-store.ts';

describe('a ticket', () => {
  test('opens one stream, of the topics that it was asked for', async () => {
    const { port, broadcaster, ask, ticket } = await hub();
    const text = await ticket(await token(ORDERS), ['orders.eu.*']);
    const stream = await openStream(port, `/stream?ticket=${text}`);
    await broadcaster.publish('orders.us.x', 'hidden');
    await broadcaster.publish('orders.eu.x', 'shown');
    await stream.has('data: shown\n');
    expect(stream.text).not.toContain('hidden');
    expect(broadcaster.clients()[0]?.user).toBe('ann');
    expect((await ask(`/stream?ticket=${text}`)).status).toBe(401);
  });

  test('says how long it is good, and nobody may keep the answer', async () => {
    const { post } = await hub();
    const answer = await post('/tickets', await token(ORDERS, { exp: inSeconds(600) }));
    expect(answer.json).toEqual({ ticket: expect.stringMatching(/^[\w-]{43}$/), expires_in: 60 });
    expect(answer.headers['cache-control']).toBe('no-store');
    const short = await post('/tickets', await token(ORDERS, { exp: inSeconds(10) }));
    expect((short.json as { expires_in: number }).expires_in).toBeLessThanOrEqual(10);
  });

  test.each<[unknown, number]>([
    [{ topics: ['alerts'] }, 403],
    [{ topics: ['**'] }, 403],
    [{ topics: ['orders.x', 'orders'] }, 403],
    [{ topics: [] }, 400],
    [{ topics: 'orders.x' }, 400],
    [{ topics: ['orders..x'] }, 400],
    ['[]', 400],
    ['{', 400],
    [`{"x":"${'x'.repeat(20_000)}"}`, 413],
  ])('asked for with %j is refused with %i', async (body, status) => {
    const { post } = await hub();
    expect((await post('/tickets', await token(ORDERS), body)).status).toBe(status);
  });

  test('is given for a token, and never for another ticket or a cookie', async () => {
    const { post, ask, ticket } = await hub({ cookie: { name: 'sse' } });
    expect((await post('/tickets', undefined)).status).toBe(401);
    expect((await post(`/tickets?ticket=${await ticket(await token(ORDERS))}`, undefined)).status).toBe(401);
    const headers = { cookie: `sse=${await token(ORDERS)}`, 'sec-fetch-site': 'same-origin' };
    expect((await ask('/tickets', { method: 'POST', headers })).status).toBe(401);
  });

  test('is looked at again when it is redeemed: its user may be revoked, or its token over', async () => {
    const { post, ask, ticket } = await hub({ clockToleranceMs: 0 });
    const revoked = await ticket(await token(ORDERS));
    const late = await ticket(await token({ ...ORDERS, sub: 'bob' }, { exp: inSeconds(1) }));
    await post('/revocations', await may({ admin: true }, { sub: 'root' }), { sub: 'ann' });
    expect((await ask(`/stream?ticket=${revoked}`)).json).toMatchObject({
      status: 401,
      detail: 'Expected a token that is not revoked',
    });
    const end = inSeconds(1) * 1_000;
    await expect.poll(() => Date.now(), { timeout: 3_000 }).toBeGreaterThan(end);
    expect((await ask(`/stream?ticket=${late}`)).status).toBe(401);
  });

  test.each(['', 'x', 'x'.repeat(43), '%00', `${'x'.repeat(42)}=`])(
    '%j is refused with 401',
    async (text) => {
      const { ask } = await hub();
      expect((await ask(`/stream?ticket=${text}`)).status).toBe(401);
    },
  );

  test('is refused with 503 where too many wait', async () => {
    const { post } = await hub({ store: new MemoryAuthStore({ maxTickets: 1 }) });
    expect((await post('/tickets', await token(ORDERS))).status).toBe(200);
    expect((await post('/tickets', await token(ORDERS))).status).toBe(503);
  });
});

describe('a cookie', () => {
  const cookie = { name: 'sse', origins: ['https://app.example.com'] };
  const own = (port: number): string => `http://127.0.0.1:${port}`;

  test.each<[string, (port: number) => Record<string, string>, number]>([
    ['the own origin', (port) => ({ origin: own(port), 'sec-fetch-site': 'same-origin' }), 200],
    ['the own origin, without `Origin`', () => ({ 'sec-fetch-site': 'same-origin' }), 200],
    ['a named origin', () => ({ origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }), 200],
    ['a named origin of an old browser', () => ({ origin: 'https://app.example.com' }), 200],
    ['a foreign origin', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }), 403],
    ['an origin that only ends alike', () => ({ origin: 'https://evil-app.example.com' }), 403],
    ['a sandboxed page', () => ({ origin: 'null' }), 403],
    [
      'a named origin that is far',
      () => ({ origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    ['an image or an old browser', () => ({}), 403],
    ['the address bar', () => ({ 'sec-fetch-site': 'none' }), 403],
  ])('from %s', async (_, headers, status) => {
    const { port, ask } = await hub({ cookie });
    const text = `other=1; sse=${await token(ORDERS)}`;
    const answer = await ask('/stream', { method: 'HEAD', headers: { ...headers(port), cookie: text } });
    expect(answer.status).toBe(status);
  });

  test('is not looked at where none is configured, and never for publishing or administration', async () => {
    const headers = { cookie: `sse=${await token(ORDERS)}`, 'sec-fetch-site': 'same-origin' };
    expect((await (await hub()).ask('/stream', { method: 'HEAD', headers })).status).toBe(401);
    const { ask } = await hub({ cookie });
    expect((await ask('/clients', { headers })).status).toBe(401);
    expect((await ask('/events', { method: 'POST', headers, body: '{}' })).status).toBe(401);
  });
});
