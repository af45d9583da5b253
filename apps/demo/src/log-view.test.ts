import { expect, test } from 'vitest';
import { type LogGroup, LogRing } from './log-ring.ts';
import { LogView } from './log-view.ts';

const NONE: ReadonlySet<LogGroup> = new Set();

function ringOf(count: number, maxLines = 1_000): LogRing {
  const ring = new LogRing({ maxLines });
  for (let index = 0; index < count; index++) add(ring, index);
  return ring;
}

function add(ring: LogRing, index: number): void {
  const group = index % 10 === 0 ? 'error' : 'info';
  ring.push({ time: index, group, level: group, source: 'test', text: `Line ${index} (a.b)` });
}

function texts(view: LogView): readonly (string | undefined)[] {
  return Array.from({ length: view.length }, (_, row) => view.rowAt(row)?.text.split(' ')[1]);
}

test('without a filter every line is a row', () => {
  const ring = ringOf(5);
  const view = new LogView(ring);
  expect([view.length, view.isComplete]).toEqual([5, true]);
  expect(texts(view)).toEqual(['0', '1', '2', '3', '4']);
  expect([view.rowAt(-1), view.rowAt(5)]).toEqual([undefined, undefined]);
});

test('a search is for text in any case, not for a pattern', () => {
  const view = new LogView(ringOf(20));
  const found = (search: string): number => {
    view.setFilter({ search, hidden: NONE });
    view.scan(1_000);
    return view.length;
  };
  expect(['LINE 1', '(A.B)', '(a?b)', '.*', 'test', '['].map(found)).toEqual([11, 20, 0, 0, 20, 0]);
});

test('a level can be hidden, and both filters hold together', () => {
  const view = new LogView(ringOf(30));
  view.setFilter({ search: '', hidden: new Set(['info']) });
  view.scan(1_000);
  expect(texts(view)).toEqual(['0', '10', '20']);
  view.setFilter({ search: 'line 2', hidden: new Set(['info']) });
  view.scan(1_000);
  expect(texts(view)).toEqual(['20']);
});

test('a search goes on a part at a time, and then with what is new', () => {
  const ring = ringOf(25);
  const view = new LogView(ring);
  view.setFilter({ search: '', hidden: new Set(['info']) });
  view.scan(15);
  expect([texts(view), view.isComplete]).toEqual([['0', '10'], false]);
  view.scan(15);
  expect([texts(view), view.isComplete]).toEqual([['0', '10', '20'], true]);
  for (let index = 25; index < 35; index++) add(ring, index);
  expect(view.isComplete).toBe(false);
  view.scan(100);
  expect(texts(view)).toEqual(['0', '10', '20', '30']);
});

test.each([
  ['without a filter', NONE],
  ['with a filter', new Set<LogGroup>(['error'])],
])('rows that the ring drops go at the front, and are counted: %s', (_, hidden) => {
  const ring = ringOf(100, 100);
  const view = new LogView(ring);
  view.setFilter({ search: '', hidden });
  view.scan(1_000);
  const before = view.length;
  for (let index = 100; index < 150; index++) add(ring, index);
  view.scan(1_000);
  expect(view.length).toBe(before);
  expect(view.dropped).toBe(before / 2);
  expect(view.rowAt(0)?.time).toBeGreaterThanOrEqual(50);
});

test('a hundred thousand lines more leave nothing behind', () => {
  const ring = ringOf(0, 100);
  const view = new LogView(ring);
  view.setFilter({ search: 'line', hidden: NONE });
  for (let index = 0; index < 100_000; index++) {
    add(ring, index);
    if (index % 50 === 0) view.scan(1_000);
  }
  view.scan(1_000);
  expect([view.length, view.numberAt(0)]).toEqual([100, 99_900]);
});
