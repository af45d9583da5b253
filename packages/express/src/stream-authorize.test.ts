import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import type { Authorize } from './authorize.ts';
import { problems } from './problems.ts';
import { type StreamOptions, sse } from './stream.ts';

describe.each(EXPRESSES)('authorize on Express %s', (_, express) => {
  async function setUp(options: StreamOptions) {
    const broadcaster = testBroadcaster();
    const errors: unknown[] = [];
    const app = express().get('/stream', sse(broadcaster, options));
    app.use(problems({ onError: (error) => errors.push(error) }));
    return { broadcaster, errors, ...(await serve(app)) };
  }

  test('what it grants is all that is seen, live and on replay', async () => {
    const { broadcaster, port } = await setUp({
      authorize: (request) => ({ topics: [`orders.${request.get('X-Shop')}.**`], user: 'ann' }),
    });
    const [first] = await broadcaster.publish([
      { topic: 'orders.eu.x', data: 'start' },
      { topic: 'orders.us.x', data: 'hidden' },
      { topic: 'orders.eu.y', data: 'replayed' },
    ]);
    const stream = await openStream(port, '/stream', 'X-Shop: eu', `Last-Event-ID: ${first}`);
    await broadcaster.publish('orders.us.x', 'hidden');
    await broadcaster.publish('orders.eu.x', 'live');
    await stream.has('data: live\n');
    expect(stream.text).toContain('data: replayed\n');
    expect(stream.text).not.toContain('hidden');
    expect(broadcaster.clients()).toMatchObject([{ user: 'ann', topics: ['**'] }]);
  });

  test('a grant is given its stream, and can end it', async () => {
    const opened: { close(reason: 'revoked'): void }[] = [];
    const { port, ask } = await setUp({ authorize: () => ({ onOpen: (stream) => opened.push(stream) }) });
    await ask('/stream', { method: 'HEAD' });
    const stream = await openStream(port);
    expect(opened).toHaveLength(1);
    opened[0]?.close('revoked');
    await stream.has('"reason":"revoked"');
  });

  test('private events reach only those whose grant names their topic, live and on replay', async () => {
    const { broadcaster, port } = await setUp({
      authorize: (request) => (request.get('X-User') === 'ann' ? { topics: ['orders.**'] } : {}),
    });
    const [first] = await broadcaster.publish('orders.x', 'start');
    await broadcaster.publish('orders.x', 'secret, replayed', { private: true });
    const since = `Last-Event-ID: ${first}`;
    const ann = await openStream(port, '/stream', 'X-User: ann', since);
    const open = await openStream(port, '/stream?topics=**,orders.x', since);
    await broadcaster.publish('orders.x', 'secret, live', { private: true });
    await broadcaster.publish('orders.x', 'last');
    for (const stream of [ann, open]) await stream.has('data: last\n');
    expect(ann.text).toMatch(/data: secret, replayed\n[\s\S]*data: secret, live\n/);
    expect(open.text).not.toContain('secret');
  });

  test('no topics are nothing, not everything', async () => {
    const { broadcaster, port } = await setUp({ authorize: () => ({ topics: [] }) });
    const stream = await openStream(port);
    await broadcaster.publish('a', 'hidden');
    broadcaster.disconnect(() => true);
    await stream.has('"type":"closing"');
    expect(stream.text).not.toContain('hidden');
  });

  test('a grant that ends, ends the stream', async () => {
    const { port } = await setUp({ authorize: () => ({ expiresAt: Date.now() + 50 }) });
    const stream = await openStream(port);
    await stream.has('"reason":"expired"');
  });

  test('a refusal is its problem, and is told', async () => {
    const told: unknown[] = [];
    const { broadcaster, ask } = await setUp({
      authorize: () =>
        Promise.resolve({ status: 403, title: 'No', detail: 'Not you', headers: { 'X-Why': 'because' } }),
      onRefuse: ({ status }, request) => told.push([status, request.path]),
    });
    const answer = await ask('/stream');
    expect(answer.json).toEqual({ type: 'about:blank', title: 'No', status: 403, detail: 'Not you' });
    expect(answer.headers['x-why']).toBe('because');
    expect([told, broadcaster.size]).toEqual([[[403, '/stream']], 0]);
    expect((await ask('/stream', { method: 'HEAD' })).status).toBe(403);
  });

  test('a refusal without a detail gives nothing away', async () => {
    const { ask } = await setUp({ authorize: () => ({ status: 401 }) });
    expect((await ask('/stream')).json).toMatchObject({
      title: 'Unauthorized',
      detail: 'This request is not authorised',
    });
  });

  test.each<[string, Authorize]>([
    ['a throw', () => Promise.reject(new Error('secret'))],
    [
      'a synchronous throw',
      () => {
        throw new Error('secret');
      },
    ],
    ['no answer', (() => undefined) as unknown as Authorize],
    ['true', (() => true) as unknown as Authorize],
    ['an expiry that is no number', (() => ({ expiresAt: 'never' })) as unknown as Authorize],
  ])('%s opens nothing, and is a failure of the server', async (__, authorize) => {
    const { broadcaster, errors, ask } = await setUp({ authorize });
    const answer = await ask('/stream');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect([errors.length, broadcaster.size]).toEqual([1, 0]);
  });
});
