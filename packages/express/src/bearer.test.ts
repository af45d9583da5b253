import { SseError } from '@sse/core';
import { describe, expect, test } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { RawConnection } from '../test/raw-connection.ts';
import { type Served, serve } from '../test/serve.ts';
import { bearerToken } from './bearer.ts';
import { clients } from './clients.ts';

describe.each(EXPRESSES)('bearerToken on Express %s', (_, express) => {
  const guarded = (token: string): Promise<Served> =>
    serve(express().get('/', clients(testBroadcaster(), { authorize: bearerToken(token) })));

  test.each(['Bearer s3cret', 'bearer s3cret', 'BEARER   s3cret '])('%s is let in', async (authorization) => {
    const { ask } = await guarded('s3cret');
    expect((await ask('/', { headers: { authorization } })).status).toBe(200);
  });

  test('a token beyond ASCII is compared as UTF-8', async () => {
    const { port } = await guarded('schlüssel');
    const connection = await RawConnection.open(port);
    const bytes = Buffer.from('schlüssel').toString('latin1');
    connection.send('GET / HTTP/1.1', 'Host: x', `Authorization: Bearer ${bytes}`, '');
    await connection.has('HTTP/1.1 200');
  });

  test.each<[string, Record<string, string>, string]>([
    ['no header', {}, 'Bearer'],
    ['another scheme', { authorization: 'Basic czNjcmV0' }, 'Bearer'],
    ['the bare token', { authorization: 's3cret' }, 'Bearer'],
    ['no token', { authorization: 'Bearer ' }, 'Bearer'],
    ['another token', { authorization: 'Bearer guess-1234' }, 'Bearer error="invalid_token"'],
    ['a longer token', { authorization: 'Bearer s3cret0' }, 'Bearer error="invalid_token"'],
    ['a shorter token', { authorization: 'Bearer s3cre' }, 'Bearer error="invalid_token"'],
    ['another case', { authorization: 'Bearer S3CRET' }, 'Bearer error="invalid_token"'],
  ])('%s is refused with 401, and nothing is echoed', async (__, headers, challenge) => {
    const { ask } = await guarded('s3cret');
    const answer = await ask('/', { headers });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
    expect(answer.text).not.toMatch(/s3cre|guess-1234/i);
  });

  test('two tokens are refused with 400', async () => {
    const { port } = await guarded('s3cret');
    const connection = await RawConnection.open(port);
    connection.send(
      'GET / HTTP/1.1',
      'Host: x',
      'Authorization: Bearer s3cret',
      'Authorization: Bearer no',
      '',
    );
    await connection.has('HTTP/1.1 400');
  });
});

test.each(['', undefined, 1])('a token that is %j is refused when it is set up', (token) => {
  expect(() => bearerToken(token as string)).toThrow(SseError);
});
