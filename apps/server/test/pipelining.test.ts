import { afterEach, expect, test } from 'vitest';
import { ask, rawRequest } from './support/http.ts';
import { eventually, killServers, startServer } from './support/server-process.ts';

afterEach(killServers);

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test.each([
  ['streams', '/stream'],
  ['other requests', '/health'],
])(
  'a connection on which %s are pipelined behind a stream is cut, and leaves nothing behind',
  async (_, path) => {
    const server = await startServer();
    const answer = await rawRequest(server, get('/stream?topics=a') + get(path).repeat(2_000));
    expect(answer.split('HTTP/1.1 200').length).toBeLessThanOrEqual(2);
    await eventually(async () => expect((await ask(server, '/health')).body['connected_clients']).toBe(0));
    expect(server.logs('client connected').length).toBeLessThanOrEqual(1);
  },
);

test('one that comes later, too', async () => {
  const server = await startServer();
  const answer = await rawRequest(server, get('/stream'), get('/health'));
  expect(answer).toContain('"type":"connected"');
  await eventually(async () => expect((await ask(server, '/health')).body['connected_clients']).toBe(0));
});

test('requests that are pipelined otherwise are answered, one after the other', async () => {
  const server = await startServer();
  const last = 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const answer = await rawRequest(server, get('/health').repeat(9) + last);
  expect(answer.split('HTTP/1.1 200').length).toBe(11);
});
