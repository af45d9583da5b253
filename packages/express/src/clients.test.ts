import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { type ClientsOptions, clients } from './clients.ts';
import { sse } from './stream.ts';

interface Page {
  readonly count: number;
  readonly clients: readonly { readonly client_name: string }[];
}

describe.each(EXPRESSES)('clients on Express %s', (_, express) => {
  async function connected(names: readonly string[], options?: ClientsOptions) {
    const broadcaster = testBroadcaster();
    const app = express().get('/stream', sse(broadcaster)).all('/clients', clients(broadcaster, options));
    const served = await serve(app);
    for (const name of names) await openStream(served.port, `/stream?client_name=${name}&topics=a&tags=t`);
    const page = async (query: string) => {
      const { headers, json } = await served.ask(`/clients${query}`);
      const { count, clients: shown } = json as Page;
      return { count, names: shown.map((client) => client.client_name), link: headers['link'] };
    };
    return { ...served, broadcaster, page };
  }

  test('shows exactly what others may see of a client', async () => {
    const { ask, broadcaster } = await connected(['ann']);
    await broadcaster.publish('a', 'x');
    const [client] = broadcaster.clients();
    const answer = await ask('/clients');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    expect(answer.json).toEqual({
      count: 1,
      clients: [
        {
          client_id: client?.id,
          client_name: 'ann',
          tags: ['t'],
          topics: ['a'],
          connected_at: new Date(client?.connectedAt ?? 0).toISOString(),
          events_received: expect.any(Number) as number,
          queue_size: 0,
        },
      ],
    });
  });

  test('nobody is an empty list', async () => {
    const { ask } = await connected([]);
    expect((await ask('/clients')).json).toEqual({ count: 0, clients: [] });
  });

  test('comes in pages, each linked to the next, without a host', async () => {
    const { page } = await connected(['a', 'b', 'c', 'd', 'e']);
    expect(await page('?limit=2')).toEqual({
      count: 5,
      names: ['a', 'b'],
      link: '<?limit=2&offset=2>; rel="next"',
    });
    expect(await page('?limit=2&offset=2')).toMatchObject({ names: ['c', 'd'] });
    expect(await page('?limit=2&offset=4')).toEqual({ count: 5, names: ['e'], link: undefined });
    expect(await page('?limit=3&offset=2')).toMatchObject({ names: ['c', 'd', 'e'], link: undefined });
    expect(await page('?offset=9007199254740991')).toEqual({ count: 5, names: [], link: undefined });
    expect(await page('?limit=1000')).toMatchObject({ names: ['a', 'b', 'c', 'd', 'e'] });
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=',
    'limit=-1',
    'limit=1.5',
    'limit=1e2',
    'limit=0x10',
    'limit=010',
    'limit=+1',
    'limit=%201',
    'limit=%D9%A1',
    'limit=1&limit=1',
    'limit[]=1',
    'limit=Infinity',
    'offset=-1',
    'offset=9007199254740992',
    'offset=99999999999999999999',
    'offset=%',
  ])('%s is refused with 400', async (query) => {
    const { ask } = await connected([]);
    const answer = await ask(`/clients?${query}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
  });

  test('other methods are refused with 405, HEAD has no body', async () => {
    const { ask } = await connected([]);
    const answer = await ask('/clients', { method: 'DELETE' });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    const head = await ask('/clients', { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '24']);
  });

  test('is shown only to those whom authorize lets in', async () => {
    const { ask } = await connected([], {
      authorize: (request) => (request.get('X-Key') === 'k' ? {} : { status: 403 }),
    });
    expect((await ask('/clients')).status).toBe(403);
    expect((await ask('/clients', { headers: { 'x-key': 'k' } })).status).toBe(200);
  });
});
