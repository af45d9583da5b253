import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { notFound } from './problems.ts';
import { requestId } from './request-id.ts';
import { sse } from './stream.ts';

describe.each(EXPRESSES)('request ids on Express %s', (_, express) => {
  const served = () => {
    const app = express().use(requestId()).all('/stream', sse(testBroadcaster()));
    return serve(app.use(notFound()));
  };

  test('a well-formed id is kept, and stands in the problem', async () => {
    const { ask } = await served();
    const headers = { 'X-Request-Id': 'trace_1.b-C' };
    for (const path of ['/nothing', '/stream?topics='] as const) {
      const answer = await ask(path, { headers });
      expect(answer.headers['x-request-id']).toBe('trace_1.b-C');
      expect(answer.json).toMatchObject({ request_id: 'trace_1.b-C' });
    }
  });

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one that is too long', 'x'.repeat(65)],
    ['one with markup', '<script>'],
    ['one with spaces', 'a b'],
    ['two of them', ['a', 'b']],
  ])('%s is replaced by a new one', async (_name, sent) => {
    const { ask } = await served();
    const ids = new Set<unknown>();
    for (let n = 0; n < 2; n++) {
      const { headers } = await ask(
        '/nothing',
        sent === undefined ? {} : { headers: { 'X-Request-Id': sent } },
      );
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      ids.add(headers['x-request-id']);
    }
    expect(ids.size).toBe(2);
  });

  test('a stream has one, too', async () => {
    const { port } = await served();
    const { text } = await openStream(port, '/stream', 'X-Request-Id: mine');
    expect(text).toMatch(/^x-request-id: mine\r$/im);
  });

  test('without it a problem has no id', async () => {
    const { ask } = await serve(express().use(notFound()));
    expect((await ask('/nothing')).json).not.toHaveProperty('request_id');
  });
});
