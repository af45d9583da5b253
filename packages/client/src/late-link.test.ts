import { expect, test } from 'vitest';
import { message } from '../test/support/frames.ts';
import { openStream } from '../test/support/open-stream.ts';
import { scriptedServer, streaming } from '../test/support/scripted-server.ts';
import { aWhile, until } from '../test/support/until.ts';

test('what is asked before the code is there is asked as soon as it is', async () => {
  const server = await scriptedServer(streaming(message(1)));
  const { stream, ids } = openStream(server.url, { shared: true, topics: ['a'], lastEventId: 'e-0' });
  expect(stream.lastEventId).toBe('e-0');
  await stream.setTopics(['a', 'b']);
  await until(() => ids().length === 1);
  expect(server.last().query.get('topics')).toBe('a,b');
});

test('a stream closed before that stays closed, and asks for nothing', async () => {
  const server = await scriptedServer(streaming(message(1)));
  const { stream, told } = openStream(server.url, { shared: true });
  stream.close();
  stream.close();
  expect(stream.status).toMatchObject({ state: 'closed', reason: 'closed' });
  await aWhile(50);
  expect(server.requests).toEqual([]);
  expect(told.statuses.filter(({ state }) => state === 'closed')).toHaveLength(1);
});
