import { Broadcaster } from '@sse/core';
import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { bearerToken, disconnectClient, problems, sse } from './index.ts';

describe.each(EXPRESSES)('disconnectClient on Express %s', (_, express) => {
  const headers = { authorization: 'Bearer t' };

  async function served() {
    const broadcaster = testBroadcaster();
    const app = express()
      .get('/stream', sse(broadcaster))
      .all('/clients/:client_id', disconnectClient(broadcaster, { authorize: bearerToken('t') }))
      .use(problems());
    return { broadcaster, ...(await serve(app)) };
  }

  test('ends the stream of that client alone, and tells it why', async () => {
    const { broadcaster, port, ask } = await served();
    const streams = [await openStream(port, '/stream'), await openStream(port, '/stream')];
    const id = /"client_id":"([^"]+)"/.exec(streams[0]?.text ?? '')?.[1];
    expect((await ask(`/clients/${id}`, { method: 'DELETE', headers })).status).toBe(204);
    await streams[0]?.has('"type":"closing","reason":"revoked"');
    expect(broadcaster.size).toBe(1);
    expect((await ask(`/clients/${id}`, { method: 'DELETE', headers })).status).toBe(404);
  });

  test('is for whoever is authorised, and leaves the stream of others as it is', async () => {
    const { broadcaster, port, ask } = await served();
    await openStream(port, '/stream');
    const id = broadcaster.clients()[0]?.id;
    expect((await ask(`/clients/${id}`, { method: 'DELETE' })).status).toBe(401);
    expect((await ask(`/clients/${id}`, { headers })).status).toBe(405);
    for (const odd of ['nobody', '%00', '%2e%2e', 'a'.repeat(5_000)])
      expect((await ask(`/clients/${odd}`, { method: 'DELETE', headers })).status).toBe(404);
    expect((await ask('/clients/%ff', { method: 'DELETE', headers })).status).toBe(400);
    expect(broadcaster.size).toBe(1);
  });
});

test('a way to end streams that nobody guards is refused', () => {
  expect(() => disconnectClient(new Broadcaster(), {} as never)).toThrow('`authorize`');
});
