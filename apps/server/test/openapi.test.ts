import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkContract, type Exchange } from './support/contract.ts';
import { ask } from './support/http.ts';
import { killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { SECRET } from './support/tokens.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer();
});
afterAll(killServers);

test('/openapi.json is a valid document of OpenAPI 3.1, with the version of the server', async () => {
  const { status, headers, body } = await ask(server, '/openapi.json');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  const validator = new Validator();
  expect(await validator.validate(structuredClone(body) as Record<string, unknown>)).toMatchObject({
    valid: true,
  });
  expect(validator.version).toBe('3.1');
  expect(body['info']).toMatchObject({ version: (await ask(server, '/')).body['version'] });
});

test('every endpoint that the front page names is in it', async () => {
  const { body } = await ask(server, '/');
  const { paths } = (await ask(server, '/openapi.json')).body as { paths: Record<string, unknown> };
  for (const path of Object.values(body['endpoints'] as object)) expect(Object.keys(paths)).toContain(path);
  expect(body).toMatchObject({
    endpoints: { openapi: '/openapi.json' },
    features: expect.arrayContaining(['openapi']),
  });
});

test('every path that it names is there', async () => {
  const { paths } = (await ask(server, '/openapi.json')).body as { paths: Record<string, object> };
  const withKey = await startServer({ env: { JWT_SECRET: SECRET } });
  for (const path of Object.keys(paths)) {
    const { url } = path === '/demo' ? server : withKey; // with a key there is no demo
    const response = await fetch(url + path.replace('{client_id}', 'x'), { method: 'PATCH' });
    // 405 where something is; `/` is Express' own, and answers other methods with 404.
    if (path !== '/') expect([path, response.status]).toEqual([path, 405]);
  }
});

/**
 * All tests of the server that ask by `ask` or `SseReader` hold each answer against the document. These are answers
 * that it must not let pass.
 */
describe('the contract refuses', () => {
  const problem = { type: 'about:blank', title: 'T', status: 400, detail: 'd', request_id: 'r' };
  const good: Exchange = {
    method: 'GET',
    path: '/clients?limit=0',
    status: 400,
    contentType: 'application/problem+json',
    body: problem,
  };

  test('nothing that is right', () => expect(() => checkContract(good)).not.toThrow());

  test.each<[string, Partial<Exchange>]>([
    ['a path that is not in it', { path: '/other' }],
    ['a method that is not in it', { method: 'POST', status: 200 }],
    ['a 405 that allows something else', { method: 'POST', status: 405, allow: 'GET' }],
    ['a status that is not in it', { status: 418 }],
    ['another type', { contentType: 'text/html' }],
    ['a body that lacks something', { body: { ...problem, detail: undefined } }],
    ['a body with more than is written down', { body: { ...problem, stack: 'at …' } }],
  ])('%s', (_, change) => {
    expect(() => checkContract({ ...good, ...change })).toThrow('/openapi.json');
  });
});
