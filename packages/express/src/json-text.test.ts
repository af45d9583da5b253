import { describe, expect, test } from 'vitest';
import { splitEvents, splitLines } from './json-text.ts';
import type { Refused } from './problem.ts';

const texts = (text: string): string[] => splitEvents(text, 64).map((event) => event.text);

function statusOf(work: () => unknown): number | undefined {
  try {
    work();
  } catch (error) {
    return (error as Refused).problem.status;
  }
  return undefined;
}

describe('a JSON text is cut into its events, unchanged', () => {
  test.each<[string, string[]]>([
    ['{"a":1}', ['{"a":1}']],
    [' \r\n\t{"a": 1.10} \n', ['{"a": 1.10}']],
    ['[]', []],
    [' [ \n ] ', []],
    ['[{"a":1}]', ['{"a":1}']],
    ['[ {"a":1} , {"b":[1,2]} ]', ['{"a":1}', '{"b":[1,2]}']],
    ['[{"a":"],[}{"},{"b":"\\"],"}]', ['{"a":"],[}{"}', '{"b":"\\"],"}']],
    ['[{"a":"\\\\"},{"b":2}]', ['{"a":"\\\\"}', '{"b":2}']],
    ['[12345678901234567890,1e400]', ['12345678901234567890', '1e400']],
    ['[[1,2],[3]]', ['[1,2]', '[3]']],
    ['[1,]', ['1', '']],
    ['[,]', ['', '']],
    ['12', ['12']],
    ['', ['']],
  ])('%s', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test('an array is put together again from its parts', () => {
    const values = [
      { a: ['[', { b: '\\"' }] },
      'x,y',
      null,
      [[], {}],
      '\u2028',
      JSON.parse('{"__proto__":1}') as unknown,
    ];
    expect(texts(JSON.stringify(values, null, 2)).map((text) => JSON.parse(text) as unknown)).toEqual(values);
  });

  test('white space that JSON does not know stays, for the parser to refuse', () => {
    expect(texts('\u00a0{}')).toEqual(['\u00a0{}']);
    expect(texts('[\u00a0{}]')).toEqual(['\u00a0{}']);
  });

  test.each(['[', '[1', '[1}', '[1],', '[1][2]', '[{]', '["a]', '["\\', '[]]'])('%s is refused', (text) => {
    expect(statusOf(() => texts(text))).toBe(400);
  });
});

describe('depth', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test('is counted from the event, whether alone, in an array, or on a line', () => {
    for (const [deep, refused] of [
      [64, undefined],
      [65, 400],
    ] as const) {
      expect(statusOf(() => splitEvents(nested(deep), 64))).toBe(refused);
      expect(statusOf(() => splitEvents(`[{},${nested(deep)}]`, 64))).toBe(refused);
      expect(statusOf(() => splitLines(`{}\n${nested(deep)}`, 64))).toBe(refused);
    }
  });

  test('is not counted in strings', () => {
    expect(texts(`{"a":"${'['.repeat(1_000)}"}`)).toHaveLength(1);
  });

  test('of half a million is refused in time that grows with the text only', () => {
    expect(statusOf(() => splitEvents('['.repeat(500_000), 64))).toBe(400);
  });
});

test('a text of a million characters is cut in linear time', () => {
  for (const text of [`[${'1,'.repeat(500_000)}1]`, `["${'\\"'.repeat(500_000)}"]`, ' '.repeat(1_000_000)]) {
    const startedAt = performance.now();
    splitEvents(text, 64);
    // Quadratic would be minutes.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  }
});

test('lines are numbered as in an editor, and empty ones are left out', () => {
  expect(splitLines('{"a":1}\r\n\n \t\n{"b":2}\n', 64)).toEqual([
    { text: '{"a":1}', place: 'Line 1' },
    { text: '{"b":2}', place: 'Line 4' },
  ]);
  expect(splitLines('\n\n', 64)).toEqual([]);
});

test('events are numbered from 0', () => {
  expect(splitEvents('[1,2]', 64).map(({ place }) => place)).toEqual(['Event 0', 'Event 1']);
});
