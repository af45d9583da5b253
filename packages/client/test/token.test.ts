import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type EventStreamOptions, openEventStream } from '../src/index.ts';
import { fakeFetch, useClock } from './support/fake-fetch.ts';
import { connected, message, system } from './support/frames.ts';
import { openStream, recorded } from './support/open-stream.ts';
import { type Answer, ending, scriptedServer, status, streaming } from './support/scripted-server.ts';
import { aWhile, until } from './support/until.ts';

/** `t1`, `t2`, … */
function tokens(): { readonly token: () => Promise<string>; count(): number } {
  let count = 0;
  return {
    token: () => {
      count += 1;
      return Promise.resolve(`t${count}`);
    },
    count: () => count,
  };
}

const authorizations = (
  requests: readonly { request: { headers: { authorization?: string | undefined } } }[],
) => requests.map(({ request }) => request.headers.authorization);

describe('a token', () => {
  test('is asked for at each attempt, and sent as a bearer beside other headers', async () => {
    const server = await scriptedServer(ending(message(1)), status(503), streaming());
    const { stream } = openStream(server.url, { ...tokens(), headers: { 'X-Tenant': 'a' } });
    await until(() => stream.status.state === 'open' && server.requests.length === 3);
    expect(authorizations(server.requests)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
    expect(server.last().request.headers['x-tenant']).toBe('a');
  });

  test.each([401, 403])('is refreshed once after %d, at once, with the cursor kept', async (code) => {
    const server = await scriptedServer(ending(message(1)), status(code), streaming(message(2)));
    const { ids, states, told } = openStream(server.url, { ...tokens(), minDelayMs: 1, maxDelayMs: 1 });
    await until(() => ids().length === 2);
    expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-1', 'e-1']);
    expect(authorizations(server.requests)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
    expect(states().filter((state) => state.startsWith('waiting'))).toEqual(['waiting ended']);
    expect(states()).toContain('connecting token');
    expect(told.errors).toEqual([]);
  });

  test('that is refused twice closes the stream', async () => {
    const server = await scriptedServer(status(401));
    const { stream, told } = openStream(server.url, tokens());
    await until(() => stream.status.state === 'closed');
    expect(stream.status).toMatchObject({ reason: 'status', httpStatus: 401 });
    expect(told.errors.map(({ code }) => code)).toEqual(['status']);
    expect(server.requests).toHaveLength(2);
  });

  test('may be refreshed again after a connection that was open', async () => {
    const server = await scriptedServer(status(401), ending(message(1)), status(401), streaming(message(2)));
    const { ids } = openStream(server.url, tokens());
    await until(() => ids().length === 2);
    expect(server.requests).toHaveLength(4);
  });

  test('function of headers is asked again after 401, too', async () => {
    let count = 0;
    const headers = (): Record<string, string> => {
      count += 1;
      return { Authorization: `Basic ${count}` };
    };
    const server = await scriptedServer(status(401), streaming(message(1)));
    const { ids } = openStream(server.url, { headers });
    await until(() => ids().length === 1);
    expect(authorizations(server.requests)).toEqual(['Basic 1', 'Basic 2']);
  });

  test('that can’t be had is an error, and is asked for again', async () => {
    let count = 0;
    const token = (): string => {
      count += 1;
      if (count === 1) throw new Error('offline');
      return 't';
    };
    const server = await scriptedServer(streaming(message(1)));
    const { ids, told, states } = openStream(server.url, { token });
    await until(() => ids().length === 1);
    expect(told.errors).toMatchObject([{ code: 'token', cause: new Error('offline') }]);
    expect(states()).toContain('waiting token');
    expect(server.requests).toHaveLength(1);
  });

  test('does not follow a redirect to another origin', async () => {
    const other = await scriptedServer(streaming(message(1)));
    const server = await scriptedServer(status(307, { Location: other.url }));
    const { ids } = openStream(server.url, tokens());
    await until(() => ids().length === 1);
    expect(authorizations(server.requests)).toEqual(['Bearer t1']);
    expect(authorizations(other.requests)).toEqual([undefined]);
  });

  test('is asked of the first address again after a redirect', async () => {
    const other = await scriptedServer(ending(message(1)), streaming(message(2)));
    const server = await scriptedServer(status(307, { Location: other.url }));
    const { ids } = openStream(server.url, tokens());
    await until(() => ids().length === 2);
    expect(server.requests).toHaveLength(2);
    expect(authorizations(other.requests)).toEqual([undefined, undefined]);
  });
});

describe('a token is told to nobody', () => {
  const SECRET = 's3cr3t-t0k3n';
  const cases: readonly (readonly [string, EventStreamOptions, Answer])[] = [
    ['the server refuses it', { token: () => SECRET }, status(401)],
    ['the server fails', { token: () => SECRET }, status(500)],
    ['the connection breaks', { token: () => SECRET }, ({ response }) => void response.destroy()],
    ['it can’t be sent', { token: () => `${SECRET}\n` }, streaming()],
    ['it is not ASCII', { token: () => `${SECRET}é` }, streaming()],
    [
      'it comes as a header that can’t be sent',
      { headers: () => ({ Authorization: `${SECRET}\nx` }) },
      streaming(),
    ],
    ['all is well', { token: () => SECRET }, streaming(connected(), message(1))],
  ];
  test.each(cases)('where %s', async (_, options, answer) => {
    const server = await scriptedServer(answer);
    const { stream, told } = openStream(server.url, { ...options, connectTimeoutMs: 500 });
    await until(() => told.errors.length > 0 || told.messages.length > 0);
    stream.close();
    const shown = inspect(
      [told, stream, stream.getSnapshot(), server.requests.map(({ request }) => request.url)],
      {
        depth: 20,
        showHidden: true,
      },
    );
    expect(shown).not.toContain(SECRET);
  });
});

const URL = 'https://hub.example/stream';

describe('before it expires', () => {
  async function scene(expires_in_ms: unknown) {
    const pass = useClock();
    const fake = fakeFetch((call) => call.stream());
    const asked = tokens();
    const { stream, states } = recorded(
      openEventStream(URL, { fetch: fake.fetch, ...asked, lastEventId: 'e-1' }),
    );
    await pass();
    fake.last().send(connected({ expires_in_ms, heartbeat_ms: 3_600_000_000 }, 'e-1'));
    await pass();
    return { ...fake, pass, stream, states };
  }

  test('a stream connects anew 30 seconds ahead, with the cursor', async () => {
    const { calls, pass, states } = await scene(600_000);
    await pass(569_999);
    expect(calls).toHaveLength(1);
    await pass(1);
    expect(calls.map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer t1', 'Bearer t2']);
    expect(calls.map(({ headers }) => headers.get('Last-Event-ID'))).toEqual(['e-1', 'e-1']);
    expect(states().at(-1)).toBe('open token');
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  test('of a short life, a tenth of it ahead', async () => {
    const { calls, pass } = await scene(10_000);
    await pass(8_999);
    expect(calls).toHaveLength(1);
    await pass(1);
    expect(calls).toHaveLength(2);
  });

  test('of a life beyond what a timer holds, not at once', async () => {
    const { calls, pass } = await scene(99_999_999_999);
    await pass(86_400_000);
    expect(calls).toHaveLength(1);
  });

  test.each(['60000', null, Number.NaN])(
    'it waits for the server where the time is %s',
    async (expires_in_ms) => {
      const { calls, pass } = await scene(expires_in_ms);
      await pass(3_600_000);
      expect(calls).toHaveLength(1);
    },
  );
});

test('a server that always says a token expires now is not asked in a hot loop', async () => {
  const pass = useClock();
  const fake = fakeFetch((call) => {
    call.stream();
    call.send(connected({ expires_in_ms: 0 }));
  });
  recorded(openEventStream(URL, { fetch: fake.fetch, ...tokens() }));
  await pass(10_000);
  expect(fake.calls.length).toBeLessThanOrEqual(11);
});

test('`closing: expired` after a healthy time is answered at once with a new token', async () => {
  const server = await scriptedServer(
    (exchange) => {
      streaming(message(1))(exchange);
      setTimeout(() => exchange.response.end(system('closing', { reason: 'expired' })), 20);
    },
    streaming(message(2)),
  );
  const { ids, states } = openStream(server.url, {
    ...tokens(),
    healthyMs: 5,
    minDelayMs: 60_000,
    maxDelayMs: 60_000,
  });
  await until(() => ids().length === 2);
  expect(authorizations(server.requests)).toEqual(['Bearer t1', 'Bearer t2']);
  expect(states()).toContain('connecting token');
});

test('a redirect from https to http ends the stream', async () => {
  const fake = fakeFetch((call) => call.stream('http://hub.example/stream'));
  const { stream, told } = recorded(openEventStream(URL, { fetch: fake.fetch, token: () => 't' }));
  await until(() => stream.status.state === 'closed');
  expect(stream.status.reason).toBe('redirect');
  expect(told.errors).toMatchObject([{ code: 'redirect', message: 'A redirect leads from https to http' }]);
  await aWhile(5);
  expect(fake.calls).toHaveLength(1);
});
