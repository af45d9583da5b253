import { expect, test } from 'vitest';
import { seededRandom } from './testing.ts';
import { TopicIndex } from './topic-index.ts';
import { TopicFilter } from './topics.ts';

const SEGMENTS = ['a', 'b', 'c'];

test('whoever has a pattern that a topic matches is found, and nobody else', () => {
  const random = seededRandom(7);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const topic = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(SEGMENTS)).join('.');
  const pattern = (): string => {
    const segments = topic()
      .split('.')
      .map((segment) => (random() < 0.3 ? '*' : segment));
    return random() < 0.3 ? [...segments, '**'].join('.') : segments.join('.');
  };
  const index = new TopicIndex<TopicFilter>();
  const filters = new Set<TopicFilter>();
  for (let step = 0; step < 3_000; step++) {
    const roll = random();
    if (roll < 0.2) {
      const filter = new TopicFilter(Array.from({ length: 1 + Math.floor(random() * 3) }, pattern));
      filters.add(filter);
      for (const text of filter.patterns) index.add(text, filter);
    } else if (roll < 0.35 && filters.size > 0) {
      const filter = pick([...filters]);
      filters.delete(filter);
      for (const text of filter.patterns) index.delete(text, filter);
    }
    const published = topic();
    const expected = [...filters].filter((filter) => filter.matches(published));
    expect(index.find(published)).toEqual(new Set(expected));
  }
});

test('`**` stands for everything, and one that is in it twice is found once', () => {
  const index = new TopicIndex<string>();
  for (const pattern of ['**', 'a.*', 'a.b', 'a.**']) index.add(pattern, 'one');
  index.add('a', 'two');
  expect([...index.find('a.b')]).toEqual(['one']);
  expect([...index.find('a')]).toEqual(['one', 'two']);
});

test('what was never added can be deleted, and what is deleted leaves the others', () => {
  const index = new TopicIndex<string>();
  index.add('a.b.c', 'one');
  index.add('a.b', 'two');
  index.delete('a.b.c.d', 'one');
  index.delete('x', 'one');
  index.delete('a.b.c', 'one');
  expect([...index.find('a.b')]).toEqual(['two']);
  expect([...index.find('a.b.c')]).toEqual([]);
});
