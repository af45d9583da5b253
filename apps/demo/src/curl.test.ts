import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { publishCurl, shellWord, streamCurl } from './curl.ts';
import { publishBody } from './publish.ts';

/** What a real shell makes of a line: the words of its command. */
function wordsOf(line: string): readonly string[] {
  const script = line.replace(/^curl/, "printf '%s\\n'");
  return execFileSync('sh', ['-c', script], { env: { PUBLISH_TOKEN: 'of-the-shell' }, encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

test.each(["it's", '$HOME `id` "x" \\ !', '', '-n'])('a shell takes %j as one word, as it is', (text) => {
  expect(wordsOf(`curl ${shellWord(text)}`)).toEqual([text]);
});

test('the line for the stream asks for what the page asks for', () => {
  const query = { topics: ['metric', 'orders.*'], name: "Ann's page & co", tags: ['a', 'b'] };
  const [flag, url = ''] = wordsOf(streamCurl('http://localhost:8000', query));
  const { searchParams, pathname } = new URL(url);
  expect([flag, pathname]).toEqual(['-N', '/stream']);
  expect(Object.fromEntries(searchParams)).toEqual({
    topics: 'metric,orders.*',
    client_name: "Ann's page & co",
    tags: 'a,b',
  });
});

test('the line for publishing has the token of the shell, not that of the form', () => {
  const line = publishCurl('http://localhost:8000', publishBody('demo.hello', '{"text":"it\'s me"}'));
  expect(wordsOf(line)).toEqual([
    '-H',
    'Authorization: Bearer of-the-shell',
    '-H',
    'Content-Type: application/json',
    '-d',
    '{"type":"demo.hello","text":"it\'s me"}',
    'http://localhost:8000/events',
  ]);
});

test('what is published has the topic of the form, in front', () => {
  expect(publishBody(' a.b ', '{"id":1,"type":"other"}')).toBe('{"type":"a.b","id":1}');
  expect(publishBody('a', '')).toBe('{"type":"a"}');
});

test.each([
  ['', '{}', /Expected a topic/],
  ['a', '{', /Expected JSON/],
  ['a', '[1]', /Expected a JSON object/],
  ['a', 'null', /Expected a JSON object/],
])('topic %j with payload %j is refused with what was expected', (topic, payload, message) => {
  expect(() => publishBody(topic, payload)).toThrow(message);
});
