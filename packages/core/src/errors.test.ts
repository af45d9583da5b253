import { expect, test } from 'vitest';
import { describeValue, SseError, sseErrorCode } from './errors.ts';

test('an error has its code, its message and its cause', () => {
  const cause = new Error('inner');
  const error = new SseError('closed', 'The log has been closed', { cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'SseError',
    'closed',
    'The log has been closed',
    cause,
  ]);
  expect(String(error)).toBe('SseError: The log has been closed');
});

test('the code is read from an error of any copy of the package, and from nothing else', () => {
  class OtherCopy extends Error {
    override readonly name = 'SseError';
    readonly code = 'closed';
  }
  expect(sseErrorCode(new SseError('invalid-topic', ''))).toBe('invalid-topic');
  expect(sseErrorCode(new OtherCopy())).toBe('closed');
  for (const other of [new Error('closed'), { name: 'SseError', code: 'closed' }, 'closed', null, undefined])
    expect(sseErrorCode(other)).toBeUndefined();
});

const cycle: unknown[] = [];
cycle.push(cycle);

test.each<[unknown, string]>([
  [0, '`0` (number)'],
  [Number.NaN, '`NaN` (number)'],
  ['5', '`"5"` (string)'],
  ['a\nb', '`"a\\nb"` (string)'],
  [null, '`null` (null)'],
  [undefined, '`undefined` (undefined)'],
  [{ a: 1 }, '`{"a":1}` (object)'],
  [1n, '`1` (bigint)'],
  [Symbol('s'), '`Symbol(s)` (symbol)'],
  [cycle, '`object` (object)'],
  [{ big: 1n }, '`object` (object)'],
  [{ toJSON: () => undefined }, '`object` (object)'],
])('a refused value is shown with its type: %s', (value, shown) => {
  expect(describeValue(value)).toBe(shown);
});

test('a long value is cut at 80 characters', () => {
  expect(describeValue('a'.repeat(78))).toBe(`\`"${'a'.repeat(78)}"\` (string)`);
  expect(describeValue('a'.repeat(10_000))).toBe(`\`"${'a'.repeat(79)}…\` (string)`);
});

test('describing a value never throws, whatever the value does', () => {
  const hostile: unknown[] = [
    Object.create(null),
    Object.assign(() => 1, {
      toString: () => {
        throw new Error('hostile');
      },
    }),
    {
      toJSON: () => {
        throw new Error('hostile');
      },
    },
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile');
        },
      },
    ),
  ];
  for (const value of hostile) expect(describeValue(value)).toMatch(/^`.*` \((object|function)\)$/);
});
