import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FILTER_MEMO_SIZE, parseTopic, TOPIC_LIMITS, TopicFilter } from './topics.ts';

const TOPIC =
  /^Expected a topic to be 1 to 16 dotted, non-empty segments of at most 255 bytes without .* without `\*`, got `/;
const PATTERN =
  /^Expected a pattern to be 1 to 16 dotted, .* with `\*` as a whole segment or `\*\*` as the last, got `/;

const refusedTopic = (message: RegExp) =>
  expect.objectContaining({ code: 'invalid-topic', message: expect.stringMatching(message) });

describe('the grammar', () => {
  test.each([
    'a',
    'orders.eu.created',
    'Grüße.über',
    'a-b_c:d/e',
    '数据.😀',
    '__proto__',
    'constructor',
    '-',
    '0',
  ])('%j is a topic', (topic) => {
    expect(parseTopic(topic)).toBe(topic);
    expect(new TopicFilter([topic]).patterns).toEqual([topic]);
  });

  test.each<[unknown, RegExp]>([
    [undefined, TOPIC],
    [7, TOPIC],
    ['', TOPIC],
    ['.', TOPIC],
    ['a.', TOPIC],
    ['.a', TOPIC],
    ['a..b', TOPIC],
    ['a b', TOPIC],
    ['a,b', TOPIC],
    ['a\n', TOPIC],
    ['a\0b', TOPIC],
    ['a\u2028b', TOPIC],
    ['a\u00a0b', TOPIC],
    ['\ufeffa', TOPIC],
    ['a\u200bb', TOPIC],
    ['a\u202eb', TOPIC],
    ['\ud800', TOPIC],
    ['*', TOPIC],
    ['a.**', TOPIC],
    ['a*', TOPIC],
  ])('%j is no topic, and the refusal says what was expected', (topic, message) => {
    expect(() => parseTopic(topic)).toThrow(refusedTopic(message));
  });

  test.each<[string, RegExp]>([
    ['**.a', PATTERN],
    ['a.**.b', PATTERN],
    ['a*', PATTERN],
    ['a.*b', PATTERN],
    ['***', PATTERN],
    ['a..b', PATTERN],
    ['a,b', PATTERN],
    ['', PATTERN],
  ])('%j is no pattern', (pattern, message) => {
    expect(() => new TopicFilter([pattern])).toThrow(refusedTopic(message));
    expect(() => new TopicFilter(['**'], [pattern])).toThrow(refusedTopic(message));
  });

  test('a text in place of a list of patterns is refused, not taken letter by letter', () => {
    const text = 'abc' as unknown as readonly string[];
    expect(() => new TopicFilter(text)).toThrow(
      refusedTopic(/the topics to be a list, got `"abc"` \(string\)/),
    );
    expect(() => new TopicFilter(['**'], text)).toThrow(refusedTopic(/the topics to be a list/));
  });
});

describe('the limits', () => {
  test('255 bytes pass, 256 do not; bytes are those of UTF-8', () => {
    expect(parseTopic('a'.repeat(255))).toHaveLength(255);
    expect(() => parseTopic('a'.repeat(256))).toThrow(refusedTopic(/of at most 255 bytes/));
    expect(parseTopic('é'.repeat(127))).toHaveLength(127);
    expect(() => parseTopic('é'.repeat(128))).toThrow(refusedTopic(/of at most 255 bytes/));
    expect(parseTopic(`${'😀'.repeat(63)}abc`)).toHaveLength(129);
    expect(() => parseTopic('😀'.repeat(64))).toThrow(refusedTopic(/of at most 255 bytes/));
  });

  test('16 segments pass, 17 do not', () => {
    const segments = (count: number): string => Array.from({ length: count }, () => 'a').join('.');
    expect(parseTopic(segments(16))).toBe(segments(16));
    expect(() => parseTopic(segments(17))).toThrow(refusedTopic(/1 to 16 dotted, non-empty segments/));
    expect(() => new TopicFilter([`${segments(16)}.**`])).toThrow(
      refusedTopic(/1 to 16 dotted, non-empty segments/),
    );
  });

  test('100 patterns pass, 101 do not, repeats counted', () => {
    const patterns = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `topic${index}`);
    expect(new TopicFilter(patterns(100)).patterns).toHaveLength(100);
    expect(() => new TopicFilter(patterns(101))).toThrow(refusedTopic(/at most 100 topics, got 101/));
    expect(() => new TopicFilter(Array.from({ length: 101 }, () => 'a'))).toThrow(refusedTopic(/got 101/));
    expect(() => new TopicFilter(['**'], patterns(101))).toThrow(refusedTopic(/got 101/));
    expect(TOPIC_LIMITS).toEqual({ maxBytes: 255, maxSegments: 16, maxPatterns: 100 });
  });
});

describe('matching', () => {
  test('`*` stands for exactly one segment', () => {
    const filter = new TopicFilter(['orders.*.created']);
    expect(filter.matches('orders.eu.created')).toBe(true);
    expect(filter.matches('orders.created')).toBe(false);
    expect(filter.matches('orders.eu.de.created')).toBe(false);
    expect(new TopicFilter(['*']).matches('orders')).toBe(true);
    expect(new TopicFilter(['*']).matches('orders.eu')).toBe(false);
  });

  test('`**` stands for one or more segments, never for none', () => {
    const filter = new TopicFilter(['orders.**']);
    expect(filter.matches('orders')).toBe(false);
    expect(filter.matches('orders.eu')).toBe(true);
    expect(filter.matches('orders.eu.created')).toBe(true);
    expect(filter.matches('ordersX.eu')).toBe(false);
    expect(new TopicFilter().matches('anything.at.all')).toBe(true);
  });

  test('a topic of another case, or one that only begins alike, does not match', () => {
    const filter = new TopicFilter(['metric', 'a.b']);
    for (const topic of ['Metric', 'metrics', 'metric.cpu', 'a', 'a.b.c', 'b'])
      expect(filter.matches(topic)).toBe(false);
  });

  test('names that every object has are topics like others', () => {
    const filter = new TopicFilter(['constructor', '__proto__.*']);
    expect(filter.matches('constructor')).toBe(true);
    expect(filter.matches('__proto__.x')).toBe(true);
    expect(filter.matches('toString')).toBe(false);
    expect(new TopicFilter(['a']).matches('hasOwnProperty')).toBe(false);
  });

  test('what may be seen limits what was asked for', () => {
    const filter = new TopicFilter(['orders.**', 'metric'], ['orders.eu.**', 'alert']);
    expect(filter.matches('orders.eu.created')).toBe(true);
    expect(filter.matches('orders.us.created')).toBe(false);
    expect(filter.matches('metric')).toBe(false);
    expect(filter.matches('alert')).toBe(false);
    expect(filter.patterns).toEqual(['orders.**', 'metric']);
  });

  test('no rights at all let nothing through; absent rights let everything through', () => {
    expect(new TopicFilter(['**'], []).matches('a')).toBe(false);
    expect(new TopicFilter(['**'], undefined).matches('a')).toBe(true);
  });

  test('what is private passes only where rights name its topic, and never where there are none', () => {
    expect(new TopicFilter(['**'], ['orders.**']).matches('orders.eu', true)).toBe(true);
    expect(new TopicFilter(['**'], ['**']).matches('orders.eu', true)).toBe(true);
    expect(new TopicFilter(['**'], ['alert']).matches('orders.eu', true)).toBe(false);
    expect(new TopicFilter(['orders.eu']).matches('orders.eu', true)).toBe(false);
    expect(new TopicFilter().key).not.toBe(new TopicFilter(['**'], ['**']).key);
  });

  test('an empty list of topics is refused, and the message says to leave it out', () => {
    expect(() => new TopicFilter([])).toThrow(refusedTopic(/at least one, or left out for all/));
  });
});

describe('keys and memory', () => {
  test('order and repeats do not matter to the key; everything else does', () => {
    const key = new TopicFilter(['b', 'a', 'b'], ['c', 'd']).key;
    expect(new TopicFilter(['a', 'b'], ['d', 'c', 'c']).key).toBe(key);
    const others = [
      new TopicFilter(['a', 'b']),
      new TopicFilter(['a', 'b', 'c', 'd']),
      new TopicFilter(['a', 'b', 'c'], ['d']),
      new TopicFilter(['a'], ['b', 'c', 'd']),
      new TopicFilter(['c', 'd'], ['a', 'b']),
      new TopicFilter(['a', 'b'], []),
      new TopicFilter(['a.b'], ['c', 'd']),
    ].map((filter) => filter.key);
    expect(new Set([key, ...others]).size).toBe(others.length + 1);
  });

  test('`**` beside other patterns is everything, and shares the key of everything', () => {
    const filter = new TopicFilter(['a', '**', 'b.*']);
    expect(filter.patterns).toEqual(['**']);
    expect(filter.key).toBe(new TopicFilter().key);
    expect(new TopicFilter(['a'], ['**', 'b']).key).toBe(new TopicFilter(['a'], ['**']).key);
  });

  test('verdicts stay exact when far more topics come than are remembered', () => {
    const filter = new TopicFilter(['even.*', 'x']);
    for (const round of [1, 2])
      for (let n = 0; n < 3 * FILTER_MEMO_SIZE; n++) {
        expect(filter.matches(`${n % 2 === 0 ? 'even' : 'odd'}.${n}`), `round ${round}`).toBe(n % 2 === 0);
      }
  });

  test('what is remembered is bounded: a full memo is emptied', () => {
    const emptied = vi.spyOn(Map.prototype, 'clear');
    onTestFinished(() => emptied.mockRestore());
    const filter = new TopicFilter(['**']);
    for (let n = 0; n < FILTER_MEMO_SIZE; n++) filter.matches(`topic.${n}`);
    expect(emptied).toHaveBeenCalledTimes(0);
    for (let n = 0; n < FILTER_MEMO_SIZE; n++) filter.matches(`other.${n}`);
    expect(emptied).toHaveBeenCalledTimes(1);
  });

  test('topics that would collide in a joined key are told apart (CVE-2026-39972)', () => {
    const one = new TopicFilter(['a_b']);
    expect(one.matches('a_b')).toBe(true);
    expect(one.matches('a.b')).toBe(false);
    expect(one.matches('b')).toBe(false);
    const other = new TopicFilter(['a'], ['b_c']);
    expect([other.matches('a'), other.matches('b_c'), other.matches('a_b_c')]).toEqual([false, false, false]);
  });
});
