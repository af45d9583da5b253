import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('.', import.meta.url);
const sources = readdirSync(FOLDER).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

// Each of these can turn a text into markup or code.
const MARKUP =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|srcdoc|\beval\b|new Function|javascript:/;

test('nothing in the sources can make markup of a text', () => {
  expect(sources.length).toBeGreaterThan(20);
  const found = sources.filter((name) => MARKUP.test(readFileSync(new URL(name, FOLDER), 'utf8')));
  expect(found).toEqual([]);
});
