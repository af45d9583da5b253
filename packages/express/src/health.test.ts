import { MemoryEventLog } from '@sse/core';
import { describe, expect, test, vi } from 'vitest';
import { brokenLog, testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { type HealthOptions, health, ready } from './health.ts';
import { sse } from './stream.ts';

describe.each(EXPRESSES)('health and ready on Express %s', (_, express) => {
  async function running(broadcaster = testBroadcaster(), options?: HealthOptions) {
    const app = express().get('/stream', sse(broadcaster));
    app.all('/health', health(broadcaster, options)).all('/ready', ready(broadcaster));
    const { port, ask } = await serve(app);
    await vi.waitFor(() => expect(broadcaster.status).not.toBe('starting'));
    return { broadcaster, port, ask };
  }

  test('a broadcaster that runs is healthy and ready', async () => {
    const { broadcaster, port, ask } = await running(testBroadcaster(), {
      producers: () => ({ metrics: 'running', logs: 'failed' }),
    });
    await openStream(port);
    await broadcaster.publish([
      { topic: 'a', data: '1' },
      { topic: 'a', data: '2' },
    ]);
    const answer = await ask('/health');
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json).toEqual({
      status: 'healthy',
      connected_clients: 1,
      event_history_size: 2,
      producers: { metrics: 'running', logs: 'failed' },
    });
    const readiness = await ask('/ready');
    expect([readiness.status, readiness.json]).toEqual([200, { status: 'ready' }]);
  });

  test('without its log it is neither', async () => {
    const log = brokenLog();
    const broadcaster = testBroadcaster({ log, hooks: { onError: () => {} } });
    const app = express().all('/health', health(broadcaster)).all('/ready', ready(broadcaster));
    const { ask } = await serve(app);
    const answer = await ask('/health');
    expect([answer.status, answer.json]).toEqual([
      503,
      { status: 'unhealthy', connected_clients: 0, event_history_size: null, producers: {} },
    ]);
    expect((await ask('/ready')).status).toBe(503);
  });

  test('a log that loses its tail shows in both', async () => {
    const log = new MemoryEventLog();
    const { ask } = await running(testBroadcaster({ log, hooks: { onError: () => {} } }));
    await log.close();
    await vi.waitFor(async () => expect((await ask('/ready')).json).toEqual({ status: 'log_unavailable' }));
    expect((await ask('/health')).json).toMatchObject({ status: 'unhealthy' });
  });

  test('a log that never answers counts as lost', async () => {
    const broadcaster = testBroadcaster();
    const hanging = {
      stats: () => new Promise<never>(() => {}),
      status: 'running' as const,
      size: broadcaster.size,
    };
    const { ask } = await serve(express().get('/health', health(hanging)));
    expect((await ask('/health')).json).toMatchObject({ status: 'unhealthy', event_history_size: null });
  });

  test('one that closes is neither', async () => {
    const { broadcaster, port, ask } = await running();
    const stream = await openStream(port);
    const closing = broadcaster.close({ overMs: 0 });
    expect((await ask('/ready')).json).toMatchObject({ status: expect.stringMatching(/^clos/) as string });
    expect((await ask('/health')).status).toBe(503);
    stream.socket.destroy();
    await closing;
    const answer = await ask('/ready');
    expect([answer.status, answer.json]).toEqual([503, { status: 'closed' }]);
  });

  test('other methods are refused with 405', async () => {
    const { ask } = await running();
    for (const path of ['/health', '/ready']) {
      const answer = await ask(path, { method: 'POST' });
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
      expect(await ask(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    }
  });
});
