import { SseError } from '@sse/core';
import type { RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { EXPRESSES } from '../test/expresses.ts';
import { RawConnection } from '../test/raw-connection.ts';
import { type Served, serve } from '../test/serve.ts';
import { sendProblem } from './problem.ts';
import { notFound, type ProblemsOptions, problems } from './problems.ts';

const failing =
  (error: unknown): RequestHandler =>
  (_request, _response, next) =>
    next(error);

describe.each(EXPRESSES)('problems on Express %s', (_, express) => {
  const failure = (error: unknown, options?: ProblemsOptions): Promise<Served> =>
    serve(express().get('/', failing(error)).use(problems(options)));

  const httpError = (status: number, message: string, more: object = {}): Error =>
    Object.assign(new Error(message), { status, ...more });

  test.each([
    [httpError(418, 'Expected coffee'), 418, 'Expected coffee'],
    [httpError(409, 'Twice', { expose: false }), 409, 'Conflict'],
    [httpError(404, "ENOENT, stat '/srv/secret'", { syscall: 'stat', expose: true }), 404, 'Not Found'],
    [httpError(429, ''), 429, 'Too Many Requests'],
    [Object.assign(new Error('Twice'), { statusCode: 409 }), 409, 'Twice'],
    [new SseError('invalid-topic', 'Expected a topic'), 400, 'Expected a topic'],
    [new SseError('invalid-payload', 'n: no integer'), 400, 'n: no integer'],
    [new SseError('log-unavailable', 'secret'), 503, 'The event log does not answer; try again later'],
    [new SseError('closed', 'secret'), 503, 'The server is closing; try again later'],
  ])('%s is answered with %i', async (error, status, detail) => {
    const errors: unknown[] = [];
    const { ask } = await failure(error, { onError: (told) => errors.push(told) });
    const answer = await ask('/');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ type: 'about:blank', status, detail });
    expect([answer.status, errors]).toEqual([status, []]);
  });

  test.each<[string, unknown, number]>([
    ['an error', new Error('secret /srv/path'), 500],
    ['an error with a status of success', httpError(200, 'secret'), 500],
    ['an error with a status that is none', httpError(1e3, 'secret'), 500],
    ['an error with a 5xx', httpError(502, 'secret', { expose: true }), 502],
    ['a broken option of ours', new SseError('invalid-option', 'secret'), 500],
    ['a text', 'secret', 500],
    ['a URIError of the app', new URIError('secret'), 500],
    ['an object without prototype', Object.create(null), 500],
  ])('%s says nothing to the client, and is told to onError', async (__, error, status) => {
    const told: unknown[] = [];
    const { ask } = await failure(error, { onError: (found, { path }) => told.push([found, path]) });
    const answer = await ask('/');
    expect(answer.json).toMatchObject({ status, detail: 'The server failed to answer this request' });
    expect([answer.status, told]).toEqual([status, [[error, '/']]]);
  });

  test('headers of an error are sent', async () => {
    const { ask } = await failure(httpError(429, 'x', { headers: { 'Retry-After': '9', broken: 1 } }));
    expect((await ask('/')).headers).toMatchObject({ 'retry-after': '9' });
  });

  test('an onError that throws does not keep the answer back', async () => {
    const { ask } = await failure(new Error('x'), {
      onError: () => {
        throw new Error('y');
      },
    });
    expect((await ask('/')).status).toBe(500);
  });

  test('after the head nothing can be said: the connection is cut', async () => {
    const app = express().set('env', 'test');
    app.get('/', (_request, response, next) => {
      response.write('begun');
      next(new Error('too late'));
    });
    const { port } = await serve(app.use(problems({ onError: () => {} })));
    const connection = await RawConnection.open(port);
    connection.send('GET / HTTP/1.1', 'Host: x', '');
    await connection.close();
    expect(connection.text).not.toContain('problem');
  });

  test('what the body parsers and the router refuse is a problem', async () => {
    const app = express()
      .post('/', express.json({ limit: 10 }))
      .get('/:name', failing('no'));
    const { ask } = await serve(app.use(problems({ onError: () => {} })));
    const post = (body: string) =>
      ask('/', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect((await post('{')).json).toMatchObject({ status: 400, title: 'Bad Request' });
    expect((await post('{"a":"1234567890"}')).json).toMatchObject({ status: 413 });
    expect((await ask('/%ff')).json).toMatchObject({ status: 400 });
  });

  test('unknown paths are a 404 that shows at most 80 characters', async () => {
    const { ask } = await serve(express().use(notFound()));
    expect((await ask('/no?x=1')).json).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Nothing is at `"/no"`',
    });
    expect((await ask(`/${'a'.repeat(5_000)}`)).text.length).toBeLessThan(300);
    const head = await ask('/no', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([404, '']);
  });

  test('a problem can be sent by any handler', async () => {
    const { ask } = await serve((__, response) => sendProblem(response, { status: 402, detail: 'Pay' }));
    expect((await ask('/')).json).toMatchObject({ title: 'Payment Required', detail: 'Pay' });
  });
});
