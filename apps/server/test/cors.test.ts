import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killServers, runServer, type ServerProcess, startServer } from './support/server-process.ts';

const ORIGIN = 'https://app.example.com';

afterAll(killServers);

/** What a browser asks before it sends a request that is not simple. */
function preflight(server: ServerProcess, path: string, method: string, headers: string): Promise<Response> {
  return fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: ORIGIN,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': headers,
    },
  });
}

describe('by default', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    // On the loopback only pages of this machine are let in.
    server = await startServer({ env: { HOST: '0.0.0.0' } });
  });

  test.each(['/', '/health', '/ready', '/clients', '/nothing', '/stream?topics='])(
    'any frontend may read %s, without credentials',
    async (path) => {
      const { headers } = await fetch(server.url + path, { headers: { Origin: ORIGIN } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    },
  );

  test('any frontend may read the stream', async () => {
    const { status, headers, body } = await fetch(`${server.url}/stream`, { headers: { Origin: ORIGIN } });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    await body?.cancel();
  });

  test.each([
    ['/stream', 'GET', 'last-event-id, authorization, cache-control'],
    ['/events', 'POST', 'authorization, content-type, idempotency-key'],
  ])('the preflight of %s allows %s with %s', async (path, method, wanted) => {
    const { status, headers } = await preflight(server, path, method, wanted);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('access-control-allow-methods')).toContain(method);
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(',') ?? [];
    expect(allowed).toEqual(expect.arrayContaining(wanted.split(', ')));
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
  });

  test('a frontend sees when to come back, where the next page is, and the id of its request', async () => {
    const { headers } = await fetch(`${server.url}/clients`, { headers: { Origin: ORIGIN } });
    expect(headers.get('access-control-expose-headers')?.split(',')).toEqual([
      'Link',
      'Retry-After',
      'X-Request-Id',
    ]);
  });
});

describe('with a list of origins and credentials', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    const env = { CORS_ORIGIN: `${ORIGIN}, http://localhost:5173`, CORS_CREDENTIALS: 'true' };
    server = await startServer({ env });
  });

  test('one of the list is named, may send cookies, and caches are told that the answer differs', async () => {
    const { headers } = await fetch(`${server.url}/health`, { headers: { Origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toMatch(/\borigin\b/i);
  });

  test.each(['https://evil.example.com', `${ORIGIN}.evil.com`, 'null', 'http://app.example.com'])(
    'the origin %s is not named',
    async (origin) => {
      const { headers } = await fetch(`${server.url}/health`, { headers: { Origin: origin } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toMatch(/\borigin\b/i);
    },
  );
});

test('`*` together with credentials is refused at the start', async () => {
  const { code, stderr } = await runServer({ env: { CORS_CREDENTIALS: 'true' } });
  expect(code).toBe(78);
  expect(stderr).toBe(
    'sse-server: Expected `CORS_CREDENTIALS` to be `false` while `CORS_ORIGIN` is `*`, got `true`\n',
  );
});
