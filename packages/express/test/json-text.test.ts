import { seededRandom } from '@sse/core/testing';
import { expect, test } from 'vitest';
import { splitEvents, splitLines } from '../src/json-text.ts';

const STRINGS = [
  '',
  'a',
  ',',
  '[',
  ']',
  '{}',
  '"',
  '\\',
  '\\"',
  '],[',
  'é…😀',
  '\u2028',
  '\n',
  '\t',
  '//',
  '__proto__',
];
const SPACES = ['', '', ' ', '\n', '\r\n', '\t', '  \n '];

/** Random JSON, written with random white space: the text, and what it means. */
function createWriter(random: () => number) {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const space = (): string => pick(SPACES);
  const list = (size: number, write: (index: number) => string): string =>
    Array.from(
      { length: Math.floor(random() * size) },
      (_, index) => `${space()}${write(index)}${space()}`,
    ).join(',') || space();
  const string = (): string => JSON.stringify(pick(STRINGS) + pick(STRINGS));
  function value(depth: number): string {
    const kind = Math.floor(random() * (depth > 0 ? 6 : 4));
    if (kind === 0) return string();
    if (kind === 1) return pick(['0', '-1', '1.50', '1e3', '12345678901234567890']);
    if (kind === 2) return pick(['true', 'false', 'null']);
    if (kind === 3) return '{}';
    if (kind === 4) return `[${list(4, () => value(depth - 1))}]`;
    return `{${list(4, () => `${string()}${space()}:${space()}${value(depth - 1)}`)}}`;
  }
  return { value, list, space };
}

test('any JSON array is cut where JSON.parse cuts it, and nothing of any element is lost', () => {
  const { value, list, space } = createWriter(seededRandom(7));
  for (let run = 0; run < 3_000; run++) {
    const text = `${space()}[${list(6, () => value(4))}]${space()}`;
    const parts = splitEvents(text, 64);
    expect(parts.map((part) => JSON.parse(part.text) as unknown)).toEqual(JSON.parse(text));
    // Put together, the parts are the text, but for the space around them.
    let rest = text;
    for (const part of parts) {
      const at = rest.indexOf(part.text);
      expect(rest.slice(0, at)).toMatch(/^[\s[,]*$/);
      rest = rest.slice(at + part.text.length);
    }
    expect(rest).toMatch(/^[\s[\]]*$/);
  }
});

test('any text is cut into JSON where JSON.parse takes it, and never where JSON.parse refuses it', () => {
  const random = seededRandom(11);
  const { value, list } = createWriter(random);
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  };
  const cut = (text: string): unknown[] | undefined => {
    try {
      return splitEvents(text, 64).map((part) => JSON.parse(part.text) as unknown);
    } catch {
      return undefined;
    }
  };
  for (let run = 0; run < 5_000; run++) {
    const whole = `[${list(5, () => value(3))}]`;
    // One character is dropped, doubled, or replaced.
    const at = Math.floor(random() * whole.length);
    const by = ['', (whole[at] ?? '').repeat(2), ...'[]{},"\\ '][Math.floor(random() * 10)] ?? '';
    const text = whole.slice(0, at) + by + whole.slice(at + 1);
    const meant = parsed(text);
    const expected = Array.isArray(meant) ? meant : meant === undefined ? undefined : [meant];
    expect([text, cut(text)]).toEqual([text, expected]);
  }
});

test('any JSON on lines of its own is cut by line', () => {
  const { value } = createWriter(seededRandom(13));
  for (let run = 0; run < 500; run++) {
    const values = Array.from({ length: run % 7 }, () => JSON.stringify(JSON.parse(value(4))));
    expect(splitLines(values.join(run % 2 ? '\n' : '\r\n'), 64).map(({ text }) => text)).toEqual(values);
  }
});
