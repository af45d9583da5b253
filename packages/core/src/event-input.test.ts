import { describe, expect, test } from 'vitest';
import { EVENT_LIMITS, type EventInputOptions, type PublishInput, parseEvent } from './event-input.ts';

const defaults: EventInputOptions = { maxEventBytes: 1_000, schemas: {} };
const parse = (input: unknown, options: Partial<EventInputOptions> = {}) =>
  parseEvent(input as PublishInput, { ...defaults, ...options });
const dataOf = (data: unknown): string => parse({ topic: 'metric', data }).data;
const refused = (message: RegExp | string) =>
  expect.objectContaining({
    name: 'SseError',
    code: 'invalid-event',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

describe('the payload', () => {
  test('a string is sent as it is', () => {
    for (const text of ['', 'plain', '{"a":1}', 'a\nb\r\n', '\u2028']) expect(dataOf(text)).toBe(text);
  });

  test('a plain object without a type gets the topic as its type, first', () => {
    expect(dataOf({ value: 1 })).toBe('{"type":"metric","value":1}');
    expect(dataOf(Object.assign(Object.create(null), { value: 1 }))).toBe('{"type":"metric","value":1}');
    expect(dataOf({})).toBe('{"type":"metric"}');
  });

  test('a type of its own stays, whatever it is', () => {
    expect(dataOf({ type: 'cpu' })).toBe('{"type":"cpu"}');
    expect(dataOf({ type: null })).toBe('{"type":null}');
    expect(dataOf({ type: '' })).toBe('{"type":""}');
  });

  test('a type that is undefined is none', () => {
    expect(dataOf({ type: undefined, value: 1 })).toBe('{"type":"metric","value":1}');
    expect(dataOf({ value: 1, type: undefined })).toBe('{"value":1,"type":"metric"}');
  });

  test('the payload itself is not changed', () => {
    const payload = Object.freeze({ value: 1 });
    dataOf(payload);
    expect(payload).toEqual({ value: 1 });
  });

  test('what is no plain object gets no type', () => {
    class Reading {
      readonly value = 1;
    }
    expect(dataOf([1, { a: 2 }])).toBe('[1,{"a":2}]');
    expect(dataOf(new Reading())).toBe('{"value":1}');
    expect(dataOf(new Date(0))).toBe('"1970-01-01T00:00:00.000Z"');
    expect(dataOf(new Map([[1, 2]]))).toBe('{}');
    expect([null, 0, -0, true, Number.NaN].map(dataOf)).toEqual(['null', '0', '0', 'true', 'null']);
  });

  test('`__proto__` in a payload is data, and reaches no prototype', () => {
    const payload: unknown = JSON.parse('{"__proto__":{"admin":true,"type":"x"},"constructor":1}');
    expect(dataOf(payload)).toBe('{"type":"metric","__proto__":{"admin":true,"type":"x"},"constructor":1}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    const inherits: unknown = Object.create({ type: 'inherited' }, { a: { value: 1, enumerable: true } });
    expect(dataOf(inherits)).toBe('{"a":1}');
  });

  test('lone surrogates are escaped, so that nothing is replaced on the wire', () => {
    expect(dataOf({ text: '\ud800' })).toBe('{"type":"metric","text":"\\ud800"}');
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];

  test.each<[string, unknown, RegExp]>([
    [
      'undefined',
      undefined,
      /^Expected the data of `metric` to be something with a JSON form, got `undefined` \(undefined\)$/,
    ],
    ['a function', () => 1, /something with a JSON form, got `.*1` \(function\)$/],
    ['a symbol', Symbol('s'), /something with a JSON form, got `Symbol\(s\)` \(symbol\)$/],
    ['an object that says it is undefined', { toJSON: () => undefined }, /something with a JSON form/],
    ['a BigInt', 1n, /^Expected the data of `metric` to have a JSON form: TypeError: .*BigInt/],
    ['a BigInt inside', { big: [1n] }, /to have a JSON form: TypeError: .*BigInt/],
    ['a cycle', cycle, /to have a JSON form: TypeError: .*circular/],
    // Older engines overflow their stack on it; newer ones do not, and then it is too large.
    [
      'what is nested too deep',
      deep,
      /to have a JSON form: RangeError|at most 1000 bytes of data, got 200001/,
    ],
  ])('%s is refused', (_, data, message) => {
    expect(() => dataOf(data)).toThrow(refused(message));
  });

  test('a payload that throws is refused, whatever it throws', () => {
    const throwing = (thrown: unknown) => ({
      get value(): unknown {
        throw thrown;
      },
    });
    expect(() => dataOf(throwing(new Error('boom')))).toThrow(refused(/to have a JSON form: Error: boom/));
    expect(() => dataOf(throwing(Object.create(null)))).toThrow(refused(/to have a JSON form/));
  });
});

describe('the size', () => {
  test('is counted in bytes of UTF-8: at the bound it passes, one beyond it does not', () => {
    const options = { maxEventBytes: 6 };
    for (const data of ['123456', 'ééé', '€€', '😀ab', '\ud800\ud800'])
      expect(parse({ topic: 'a', data }, options).data).toBe(data);
    for (const data of ['1234567', 'éééé', '€€a', '😀abc', '\ud800\ud800a'])
      expect(() => parse({ topic: 'a', data }, options)).toThrow(
        refused(/^Expected at most 6 bytes of data, got (7|8)$/),
      );
  });

  test('counts the type that was added', () => {
    expect(parse({ topic: 'a', data: { b: 1 } }, { maxEventBytes: 18 }).data).toHaveLength(18);
    expect(() => parse({ topic: 'a', data: { b: 1 } }, { maxEventBytes: 17 })).toThrow(refused(/got 18/));
  });
});

describe('the short fields', () => {
  const event = { topic: 'metric', data: '' };

  test('only those that were given are in the event', () => {
    expect(parse(event)).toEqual(event);
    expect(Object.keys(parse({ ...event, event: undefined, key: undefined }))).toEqual(['topic', 'data']);
    const full = { ...event, event: 'cpu', key: 'host-1', idempotencyKey: 'a b' };
    expect(parse({ ...full, extra: 1 })).toEqual(full);
  });

  test('private is kept where it is true, and anything but a boolean is refused', () => {
    expect(parse({ ...event, private: true })).toEqual({ ...event, private: true });
    expect(parse({ ...event, private: false })).toEqual(event);
    for (const value of ['true', 1, null])
      expect(() => parse({ ...event, private: value })).toThrow(
        refused(/Expected `private` to be a boolean/),
      );
  });

  test('a traceparent is kept as it is', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(parse({ ...event, traceparent })).toEqual({ ...event, traceparent });
  });

  test.each([
    '',
    '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n',
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    null,
  ])('what is no traceparent of version 00 is refused: %j', (traceparent) => {
    expect(() => parse({ ...event, traceparent })).toThrow(refused(/Expected `traceparent` to be/));
  });

  test.each(['open', 'error', 'heartbeat', 'system'])('the name %s is reserved', (name) => {
    expect(() => parse({ ...event, event: name })).toThrow(
      refused(`Expected \`event\` to be none of open, error, heartbeat, system, got \`"${name}"\` (string)`),
    );
  });

  test('a name that only looks reserved is free', () => {
    for (const name of ['Error', 'opened', 'message', 'data'])
      expect(parse({ ...event, event: name }).event).toBe(name);
  });

  test.each(['event', 'key', 'idempotencyKey'])('nothing in `%s` can become a field of its own', (field) => {
    for (const bad of [
      'a\rb',
      'a\nb',
      'a\r\nid: 9',
      '\0',
      '\u0085',
      'a\u007f',
      '\ud800',
      '',
      7,
      null,
      {},
      ['a'],
    ]) {
      expect(() => parse({ ...event, [field]: bad })).toThrow(
        refused(
          new RegExp(`^Expected \`${field}\` to be a string of 1 to \\d+ characters, none of them a control`),
        ),
      );
    }
  });

  test.each([
    ['event', EVENT_LIMITS.event],
    ['key', EVENT_LIMITS.key],
    ['idempotencyKey', EVENT_LIMITS.key],
  ] as const)('`%s` may have %i characters, and not one more', (field, limit) => {
    expect(parse({ ...event, [field]: 'a'.repeat(limit) })[field]).toHaveLength(limit);
    expect(() => parse({ ...event, [field]: 'a'.repeat(limit + 1) })).toThrow(
      refused(/characters, none of them/),
    );
  });

  test('a bad topic is refused as such', () => {
    for (const topic of [undefined, '', 'a b', '*', 5])
      expect(() => parse({ topic, data: '' })).toThrow(expect.objectContaining({ code: 'invalid-topic' }));
  });

  test.each([null, undefined, 'text', 5])('%j is no event', (input) => {
    expect(() => parse(input)).toThrow(refused(/^Expected an event to be an object, got /));
  });
});
