import fc from 'fast-check';
import { expect } from 'vitest';
import { propertySeed } from '../../src/testing/property-seed.ts';
import type { TopicFilter } from '../../src/topics.ts';

/** What the properties look at: a filter of the patterns asked for and, unless absent, those that may be seen. */
export type CreateFilter = (
  asked: readonly string[],
  allowed?: readonly string[],
) => Pick<TopicFilter, 'matches' | 'key'>;

const segment = fc.constantFrom('a', 'b', 'ab', 'A', 'é');
// `a.b` and `ab` often together: they are what a careless memo takes for one.
const topics = fc.oneof(
  fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
  fc.constantFrom('a', 'ab', 'a.b'),
);
const patterns = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 4 }), fc.constantFrom('a', '*', '**'))
  .map(([parts, last]) => [...parts, last].join('.'));

/** The definition, written down without any thought of speed. */
function naiveMatch(pattern: readonly string[], topic: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  const [segmentOfTopic, ...others] = topic;
  if (first === undefined || segmentOfTopic === undefined) return pattern.length === topic.length;
  if (first === '**') return true;
  return (first === '*' || first === segmentOfTopic) && naiveMatch(rest, others);
}
const naive = (list: readonly string[], topic: string): boolean =>
  list.some((pattern) => naiveMatch(pattern.split('.'), topic.split('.')));

/** Throws unless filters agree with the naive matcher for any topics, patterns and rights, asked twice. */
export function filtersAgreeWithTheNaiveMatcher(create: CreateFilter): void {
  const lists = fc.array(patterns, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lists, fc.option(lists), fc.array(topics), (asked, allowed, texts) => {
      const filter = create(asked, allowed ?? undefined);
      for (const text of [...texts, ...texts]) {
        const expected = naive(asked, text) && (allowed === null || naive(allowed, text));
        expect(filter.matches(text)).toBe(expected);
      }
    }),
    { seed: propertySeed(), numRuns: 500 },
  );
}

type Lists = readonly [asked: readonly string[], allowed?: readonly string[] | undefined];
type Pair = readonly [one: Lists, other: Lists];

// So few, and with so much in common, that keys meet wherever a key says too little.
const few = fc.constantFrom('a', 'b', 'A', 'ab', 'a.b', 'a.*', 'a.**', '**');
const list = fc.array(few, { minLength: 1, maxLength: 3 });
const rights = fc.option(list, { nil: undefined });
const alike = fc.constantFrom(
  [['a'], ['A']] as const,
  [['a.*'], ['a.**']] as const,
  [['a', 'b'], ['ab']] as const,
  [['a', 'b'], ['a.b']] as const,
);
const pairs = fc.oneof(
  fc.tuple(list, rights, list, rights).map(
    ([a, aRights, b, bRights]): Pair => [
      [a, aRights],
      [b, bRights],
    ],
  ),
  fc.tuple(list, list, rights).map(
    ([a, b, both]): Pair => [
      [a, both],
      [b, both],
    ],
  ),
  fc.tuple(list, rights, rights).map(
    ([both, a, b]): Pair => [
      [both, a],
      [both, b],
    ],
  ),
  // The same patterns, the second list begun earlier or later.
  fc.tuple(list, list, list).map(
    ([a, b, c]): Pair => [
      [a, [...b, ...c]],
      [[...a, ...b], c],
    ],
  ),
  // The same but for patterns that read alike.
  fc.tuple(alike, fc.array(few, { maxLength: 1 }), rights).map(
    ([[a, b], more, both]): Pair => [
      [[...a, ...more], both],
      [[...b, ...more], both],
    ],
  ),
);

/** Throws where two filters of one key disagree about a topic. */
export function equalKeysLetTheSameTopicsThrough(create: CreateFilter): void {
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      const [one, other] = [create(a[0], a[1]), create(b[0], b[1])];
      if (one.key !== other.key) return;
      for (const topic of ['a', 'b', 'A', 'ab', 'a.b', 'a.a', 'a.b.b'])
        expect(one.matches(topic)).toBe(other.matches(topic));
    }),
    { seed: propertySeed(), numRuns: 2_000 },
  );
}
