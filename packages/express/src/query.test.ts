import { describe, expect, test } from 'vitest';
import { Refused } from './problem.ts';
import { parseQuery } from './query.ts';

const parse = (query: string): Record<string, string> =>
  Object.fromEntries(parseQuery(`/stream${query}`, ['topics', 'tags']));

function refusal(query: string): string {
  try {
    parse(query);
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).problem.status).toBe(400);
    return (error as Refused).problem.detail;
  }
  throw new Error(`${query} was not refused`);
}

describe('what is read', () => {
  test.each<[string, Record<string, string>]>([
    ['', {}],
    ['?', {}],
    ['?topics', { topics: '' }],
    ['?topics=', { topics: '' }],
    ['?topics=a,b&tags=x', { topics: 'a,b', tags: 'x' }],
    ['?topics=a%2Cb', { topics: 'a,b' }],
    ['?topics=a=b', { topics: 'a=b' }],
    ['?topics=a?b', { topics: 'a?b' }],
    ['?t%6Fpics=a', { topics: 'a' }],
    ['?topics=a+b%2Bc', { topics: 'a b+c' }],
    ['?topics=%F0%9F%98%80', { topics: '😀' }],
    ['?&&topics=a&', { topics: 'a' }],
    ['?topics=a#?tags=b', { topics: 'a' }],
    ['?other=1&other=2&other[]=3', {}],
    ['?topicsx=a', {}],
    ['?TOPICS=a', {}],
  ])('%s', (query, values) => {
    expect(parse(query)).toEqual(values);
  });

  test('an absolute target is read like any other', () => {
    expect([...parseQuery('http://evil.example/stream?topics=a', ['topics'])]).toEqual([['topics', 'a']]);
  });

  test('a key of 2,000 values is never cut', () => {
    const topics = Array.from({ length: 2_000 }, (_, index) => `t${index}`).join(',');
    expect(parse(`?topics=${topics}`)).toEqual({ topics });
  });

  test('names that objects inherit are unknown keys', () => {
    expect(parse('?__proto__=a&constructor=b&__proto__[admin]=1')).toEqual({});
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });
});

describe('what is refused with 400', () => {
  test.each([
    ['a repeated key', '?topics=a&topics=b'],
    ['a repeated key in disguise', '?topics=a&%74opics=b'],
    ['a repeated key without values', '?topics&topics'],
    ['a key in brackets', '?topics[]=a'],
    ['a key in encoded brackets', '?topics%5B%5D=a'],
    ['a key with an index', '?topics[0]=a'],
    ['a key that stands for an object', '?tags[__proto__]=a'],
    ['a key with a dot', '?topics.0=a'],
    ['a percent sign that encodes nothing', '?topics=%'],
    ['half an encoding', '?topics=%4'],
    ['no hexadecimal digits', '?topics=%zz'],
    ['a byte that is no UTF-8', '?topics=%ff'],
    ['an overlong encoding', '?topics=%c0%ae'],
    ['half a surrogate pair', '?topics=%ed%a0%80'],
    ['bad encoding of a key that is not ours', '?other=%'],
    ['bytes that are not ASCII', '?topics=\u00e9'],
  ])('%s', (_, query) => {
    expect(refusal(query)).toMatch(/^Expected /);
  });

  test('a refusal names the key and shows at most 80 characters', () => {
    expect(refusal('?topics=a&topics=b')).toBe('Expected `topics` at most once in the query');
    expect(refusal('?topics[]=a')).toBe('Expected `topics` as a plain key in the query, got `"topics[]"`');
    expect(refusal(`?topics=%${'z'.repeat(10_000)}`).length).toBeLessThan(160);
  });
});
