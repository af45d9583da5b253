import { describe, expect, onTestFinished, test } from 'vitest';
import { streamSettings } from './stream-options.ts';
import type { EventStreamOptions } from './types.ts';

const URL = 'http://hub.example/stream';
const settings = (options: object) => streamSettings(URL, options as EventStreamOptions<never>);

describe('a wrong option is refused with what was expected and what was found', () => {
  const numbers = [
    'minDelayMs',
    'maxDelayMs',
    'healthyMs',
    'connectTimeoutMs',
    'silenceMs',
    'hiddenGraceMs',
    'maxEventSize',
    'maxPending',
    'dedupeSize',
  ];
  test.each(numbers)('%s', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, true])
      expect(() => settings({ [name]: value })).toThrow(
        new TypeError(`Expected \`${name}\` to be a positive integer, got ${value} (${typeof value})`),
      );
  });

  const list = 'a list of one or more patterns without commas';
  test.each([
    ['topics', 'metric', list, 'metric (string)'],
    ['topics', [], list, '[] (object)'],
    ['topics', ['a,b'], list, '["a,b"] (object)'],
    ['topics', [''], list, '[""] (object)'],
    ['topics', [7], list, '[7] (object)'],
    ['tags', ['a,b'], 'a list of texts without commas', '["a,b"] (object)'],
    ['tags', 'prod', 'a list of texts without commas', 'prod (string)'],
    ['clientName', 5, 'a string', '5 (number)'],
    ['lastEventId', 5, 'a string', '5 (number)'],
    ['fetch', 'fetch', 'a function', 'fetch (string)'],
    ['shouldRetry', true, 'a function', 'true (boolean)'],
    ['onGap', {}, 'a function', '{} (object)'],
    ['withCredentials', 'include', 'a boolean', 'include (string)'],
    ['shared', 1, 'a boolean', '1 (number)'],
    ['unref', 'yes', 'a boolean', 'yes (string)'],
    ['transport', 'xhr', 'fetch or native or auto', 'xhr (string)'],
    ['whenHidden', 'close', 'keep or release', 'close (string)'],
    ['resume', 'cursor', 'a boolean or an object', 'cursor (string)'],
    ['schemas', 5, 'an object of schemas', '5 (number)'],
    ['signal', {}, 'an `AbortSignal`', '{} (object)'],
  ])('%s: %j', (name, value, expected, found) => {
    expect(() => settings({ [name]: value })).toThrow(
      new TypeError(`Expected \`${name}\` to be ${expected}, got ${found}`),
    );
  });

  test.each([
    ['maxAgeMs', 0],
    ['key', 5],
    ['storage', {}],
  ])('%s of `resume`', (name, value) => {
    expect(() => settings({ resume: { [name]: value } })).toThrow(`Expected \`${name}\` to be a`);
  });

  test.each([
    ['token', 'secret'],
    ['headers', { Authorization: 'secret\n' + 'x' }],
    ['headers', 'secret'],
    ['headers', { 'a b': 'secret' }],
  ])('%s, without what may be a secret', (name, value) => {
    let message = '';
    try {
      settings({ [name]: value });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`TypeError: Expected \`${name}\` to be`);
    expect(message).not.toContain('secret');
  });
});

test('what is absent or `undefined` gets its default', () => {
  expect(settings({ minDelayMs: undefined, topics: undefined, token: undefined })).toMatchObject({
    url: URL,
    minDelayMs: 1_000,
    maxDelayMs: 30_000,
    healthyMs: 10_000,
    connectTimeoutMs: 15_000,
    silenceMs: 45_000,
    hiddenGraceMs: 60_000,
    maxEventSize: 8_388_608,
    maxPending: 10_000,
    dedupeSize: 1_000,
    transport: 'fetch',
    withCredentials: false,
    unref: false,
  });
});

test('an URL that can’t be parsed is a SyntaxError', () => {
  expect(() => streamSettings('/stream', {})).toThrow(
    new DOMException('Expected an absolute URL, or one relative to a page, got /stream', 'SyntaxError'),
  );
});

describe('the transport', () => {
  const withNative = (): void => {
    Object.assign(globalThis, { EventSource: class {} });
    onTestFinished(() => {
      Reflect.deleteProperty(globalThis, 'EventSource');
    });
  };

  test('`auto` is native where nothing asks for more', () => {
    withNative();
    expect(settings({ transport: 'auto', topics: ['a'], withCredentials: true }).transport).toBe('native');
    for (const more of [{ headers: {} }, { token: () => 't' }, { fetch }])
      expect(settings({ transport: 'auto', ...more }).transport).toBe('fetch');
    expect(settings({}).transport).toBe('fetch');
  });

  test('`auto` is fetch where there is no EventSource', () => {
    expect(settings({ transport: 'auto' }).transport).toBe('fetch');
  });

  test('`native` is refused where there is none, or where it can’t do what is asked', () => {
    expect(() => settings({ transport: 'native' })).toThrow(
      new TypeError('Expected an `EventSource` for the native transport'),
    );
    withNative();
    for (const more of [{ headers: {} }, { token: () => 't' }, { fetch }])
      expect(() => settings({ transport: 'native', ...more })).toThrow(
        new TypeError(
          'Expected no `headers`, `token` or `fetch` with the native transport: it can send none',
        ),
      );
  });
});
