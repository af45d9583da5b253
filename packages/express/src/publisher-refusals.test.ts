import { describe, expect, test } from 'vitest';
import { EXPRESSES } from '../test/expresses.ts';
import { expectGoesOn, expectRefused, servePublisher } from '../test/publishing.ts';
import { RawConnection } from '../test/raw-connection.ts';

const nested = (depth: number): string => `{"type":"a","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe.each(EXPRESSES)('what publisher refuses on Express %s', (_, express) => {
  test.each<[what: string, body: string | Uint8Array, detail: RegExp]>([
    ['an empty body', '', /at least one event/],
    ['white space', ' \r\n', /at least one event/],
    ['an empty array', ' [ ] ', /at least one event/],
    ['no JSON', 'hello', /^The event: expected JSON/],
    ['half of an object', '{"type":"a"', /^The event: expected JSON/],
    ['two objects', '{"type":"a"}{"type":"b"}', /^The event: expected JSON/],
    ['lines as JSON', '{"type":"a"}\n{"type":"b"}', /^The event: expected JSON/],
    ['half of an array', '[{"type":"a"}', /one JSON array/],
    ['text behind an array', '[{"type":"a"}] x', /one JSON array/],
    ['a comma at the end', '[{"type":"a"},]', /^Event 1: expected JSON/],
    ['a number', '12', /^The event: expected a JSON object, got a number/],
    ['null', 'null', /got null/],
    ['a string', '"a"', /got a string/],
    ['an array in an array', '[[{"type":"a"}]]', /^Event 0: expected a JSON object, got an array/],
    ['a good event before a bad one', '[{"type":"a"},1]', /^Event 1: expected a JSON object/],
    ['no type', '{"topic":"a"}', /^The event: expected a `type`/],
    ['a type that is inherited', '{"__proto__":{"type":"a"}}', /expected a `type`/],
    ['a type that is no string', '{"type":["a"]}', /^The event, `type`: Expected a topic/],
    ['an empty type', '{"type":""}', /non-empty/],
    ['a type with a wildcard', '{"type":"a.*"}', /without `\*`/],
    ['a type with LF', '[{"type":"a"},{"type":"a\\nid: 1"}]', /^Event 1, `type`: .*control characters/],
    ['a type with NUL', '{"type":"a\\u0000"}', /control characters/],
    ['a type with half a surrogate pair', '{"type":"\\ud800"}', /control characters/],
    ['a type of 256 bytes', `{"type":"${'a'.repeat(256)}"}`, /at most 255 bytes/],
    ['a depth of 65', nested(65), /at most 64 deep/],
    ['a depth of 100,000', nested(100_000), /at most 64 deep/],
    ['100,000 open brackets', '['.repeat(100_000), /at most 64 deep/],
    ['bytes that are no UTF-8', Buffer.from('{"type":"\xff"}', 'latin1'), /UTF-8/],
    ['half of a character', Buffer.from('{"type":"a"}\xc3', 'latin1'), /UTF-8/],
  ])('%s: 400, nothing is published, and the server goes on', async (__, body, detail) => {
    const publishing = await servePublisher(express);
    expect(expectRefused(publishing, await publishing.post(body), 400)).toMatch(detail);
    await expectGoesOn(publishing);
  });

  test('a depth of 64 is published', async () => {
    const { post } = await servePublisher(express);
    expect((await post(nested(64))).status).toBe(202);
    expect((await post(`[${nested(64)}]`)).status).toBe(202);
  });

  test('a bad line refuses all lines, by its number', async () => {
    const publishing = await servePublisher(express);
    const headers = { 'content-type': 'application/x-ndjson' };
    const detail = async (body: string) =>
      expectRefused(publishing, await publishing.post(body, { headers }), 400);
    expect(await detail('{"type":"a"}\n\n{"type":1}\n')).toMatch(/^Line 3, `type`/);
    expect(await detail('{"type":"a"}\n[{"type":"a"}]')).toMatch(
      /^Line 2: expected a JSON object, got an arr/,
    );
    expect(await detail(`{"type":"a"}\n${nested(65)}`)).toMatch(/64 deep/);
    expect(await detail('\n\n')).toMatch(/at least one event/);
  });

  test.each<readonly [string, string]>([
    ['a repeated event', '?event=a&event=b'],
    ['a repeated key', '?key=a&key=a'],
    ['brackets', '?event[]=a'],
    ['bad percent-encoding', '?key=%ff'],
    ['CR in the event name', '?event=a%0Dretry:1'],
    ['LF in the event name', '?event=a%0Adata:1'],
    ['NUL in the event name', '?event=a%00'],
    ['an empty event name', '?event='],
    ['an event name of 129 characters', `?event=${'a'.repeat(129)}`],
    ['LF in the key', '?key=%0a'],
    ...['open', 'error', 'heartbeat', 'system'].map(
      (name) => [`the name ${name}`, `?event=${name}`] as const,
    ),
  ])('%s in the query: 400', async (__, query) => {
    const publishing = await servePublisher(express);
    expect(expectRefused(publishing, await publishing.post('{"type":"a"}', { query }), 400)).toMatch(
      /Expected|reserved/,
    );
    await expectGoesOn(publishing);
  });

  test.each<[string, Record<string, string>]>([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a part', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['JSON as text', { 'content-type': 'text/json' }],
    ['a sequence', { 'content-type': 'application/json-seq' }],
    ['no subtype', { 'content-type': 'application/+json' }],
    ['nothing', { 'content-type': '' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['a quoted charset', { 'content-type': 'application/json; a=b; Charset="latin1"' }],
    ['gzip', { 'content-encoding': 'gzip' }],
    ['two codings', { 'content-encoding': 'identity, br' }],
  ])('a body that is %s: 415, with what is accepted', async (__, headers) => {
    const publishing = await servePublisher(express);
    const answer = await publishing.post('{"type":"a"}', { headers });
    expect(expectRefused(publishing, answer, 415)).toMatch(/^Expected /);
    await expectGoesOn(publishing);
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s: 405, with what is allowed', async (method) => {
    const publishing = await servePublisher(express);
    const answer = await publishing.post('{"type":"a"}', { method });
    expectRefused(publishing, answer, 405);
    expect(answer.headers['allow']).toBe('POST');
  });

  test.each([
    ['an empty Idempotency-Key', ['Idempotency-Key:']],
    ['one of 201 characters', [`Idempotency-Key: ${'k'.repeat(201)}`]],
    ['one that is not ASCII', ['Idempotency-Key: é']],
    ['one with a tab', ['Idempotency-Key: a\tb']],
    ['two', ['Idempotency-Key: a', 'idempotency-key: b']],
  ])('%s: 400', async (__, lines) => {
    const publishing = await servePublisher(express);
    const connection = await RawConnection.open(publishing.port);
    connection.send('POST /events HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...lines);
    connection.send('Content-Length: 12', '').socket.write('{"type":"a"}');
    await connection.has('}');
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*Idempotency-Key/);
    expect(publishing.published).toEqual([]);
    await expectGoesOn(publishing);
  });
});
