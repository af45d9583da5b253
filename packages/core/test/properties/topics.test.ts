import { describe, expect, test } from 'vitest';
import { TopicFilter } from '../../src/topics.ts';
import {
  type CreateFilter,
  equalKeysLetTheSameTopicsThrough,
  filtersAgreeWithTheNaiveMatcher,
} from './topics.ts';

const real: CreateFilter = (asked, allowed) => new TopicFilter(asked, allowed);

type Lists = readonly [asked: readonly string[], allowed: readonly string[]];

/** The parts of a filter, each of which a mutant replaces. */
interface Parts {
  /** The text of a regular expression for the topics of a pattern. */
  readonly source: (pattern: string) => string;
  readonly flags: string;
  readonly patterns: (list: readonly string[]) => readonly string[];
  readonly decide: (asked: boolean, allowed: boolean | undefined) => boolean;
  /** What a verdict is remembered by. */
  readonly memoKey: (topic: string) => string;
  readonly newMemo: () => Map<string, boolean>;
  readonly key: (lists: Lists) => string;
}

const body = (pattern: string, star = '[^.]+', rest = '.+'): string =>
  pattern
    .split('.')
    .map((segment) => (segment === '**' ? rest : segment === '*' ? star : segment))
    .join('\\.');

const sorted = (list: readonly string[]): string => [...new Set(list)].sort().join();

const right: Parts = {
  source: (pattern) => `^${body(pattern)}$`,
  flags: '',
  patterns: (list) => list,
  decide: (asked, allowed) => asked && allowed !== false,
  memoKey: (topic) => topic,
  newMemo: () => new Map(),
  key: (lists) => lists.map(sorted).join('\n'),
};

const filterWith =
  ({ source, flags, patterns, decide, memoKey, newMemo, key }: Parts): CreateFilter =>
  (asked, allowed) => {
    const oneOf = (list: readonly string[], topic: string): boolean =>
      patterns(list).some((pattern) => new RegExp(source(pattern), flags).test(topic));
    const memo = newMemo();
    return {
      key: key([asked, allowed ?? ['**']]),
      matches(topic) {
        const known = memo.get(memoKey(topic));
        if (known !== undefined) return known;
        const verdict = decide(oneOf(asked, topic), allowed && oneOf(allowed, topic));
        memo.set(memoKey(topic), verdict);
        return verdict;
      },
    };
  };

const sharedMemo = new Map<string, boolean>();

const mutants: Readonly<Record<string, Partial<Parts>>> = {
  '`**` stands for no segment, too': {
    source: (pattern) => `^${pattern === '**' ? '.*' : body(pattern).replace('\\..+', '(\\..+)?')}$`,
  },
  '`**` stands for one segment only': { source: (pattern) => `^${body(pattern, '[^.]+', '[^.]+')}$` },
  '`**` stands for two segments or more': {
    source: (pattern) => `^${body(pattern, '[^.]+', '.+\\..+')}$`,
  },
  '`*` stands for two segments, too': {
    source: (pattern) => `^${body(pattern, '[^.]+(\\.[^.]+)?')}$`,
  },
  '`*` stands for any number of segments': { source: (pattern) => `^${body(pattern, '.+')}$` },
  '`*` stands for a single letter': { source: (pattern) => `^${body(pattern, '[^.]')}$` },
  '`*` stands for ASCII only': { source: (pattern) => `^${body(pattern, '[!--/-~]+')}$` },
  'a pattern is a prefix': { source: (pattern) => `^${body(pattern)}` },
  'a pattern is a suffix': { source: (pattern) => `${body(pattern)}$` },
  'a pattern is a prefix of whole segments': { source: (pattern) => `^${body(pattern)}(\\.|$)` },
  'case is ignored': { flags: 'i' },
  'only the first pattern counts': { patterns: (list) => list.slice(0, 1) },
  'the last of many patterns is left out': {
    patterns: (list) => (list.length > 1 ? list.slice(0, -1) : list),
  },
  'rights are ignored': { decide: (asked) => asked },
  'rights replace what was asked for': { decide: (asked, allowed) => allowed ?? asked },
  'rights are added to what was asked for': { decide: (asked, allowed) => asked || allowed === true },
  'absent rights let nothing through': { decide: (asked, allowed) => asked && allowed === true },
  'verdicts are remembered by the first segment': { memoKey: (topic) => topic.split('.')[0] ?? '' },
  'verdicts are remembered by the first letters': { memoKey: (topic) => topic.slice(0, 3) },
  'verdicts are remembered by the segments without their dots': {
    memoKey: (topic) => topic.replaceAll('.', ''),
  },
  'verdicts are remembered for all filters together': { newMemo: () => sharedMemo },
};

const badKeys: Readonly<Record<string, Parts['key']>> = {
  'leaves the rights out': ([asked]) => sorted(asked),
  'leaves out what was asked for': ([, allowed]) => sorted(allowed),
  'does not tell rights from what was asked for': ([asked, allowed]) => sorted([...asked, ...allowed]),
  'does not say where the rights begin': (lists) => lists.map(sorted).join(),
  'does not say where a pattern ends': (lists) =>
    lists.map((list) => sorted(list).replaceAll(',', '')).join('\n'),
  'does not tell a dot from the end of a pattern': (lists) => right.key(lists).replaceAll('.', ','),
  'ignores case': (lists) => right.key(lists).toLowerCase(),
  'does not tell `*` from `**`': (lists) => right.key(lists).replaceAll('**', '*'),
  'has only the first pattern': ([asked, allowed]) => `${asked[0]}\n${sorted(allowed)}`,
  'has only the number of patterns': ([asked, allowed]) => `${asked.length}\n${sorted(allowed)}`,
};

describe('filters agree with the naive matcher for any topics, patterns and rights', () => {
  test('from the class', () => filtersAgreeWithTheNaiveMatcher(real));

  test('from the function that the mutants are made of', () =>
    filtersAgreeWithTheNaiveMatcher(filterWith(right)));

  test.each(Object.entries(mutants))('but not where %s', (_, parts) => {
    const mutant = filterWith({ ...right, ...parts });
    expect(() => filtersAgreeWithTheNaiveMatcher(mutant)).toThrow(/^Property failed after/);
  });
});

describe('filters of one key let the same topics through', () => {
  test('from the class', () => equalKeysLetTheSameTopicsThrough(real));

  test('from the function that the mutants are made of', () =>
    equalKeysLetTheSameTopicsThrough(filterWith(right)));

  test.each(Object.entries(badKeys))('but not where the key %s', (_, key) => {
    expect(() => equalKeysLetTheSameTopicsThrough(filterWith({ ...right, key }))).toThrow(
      /^Property failed after/,
    );
  });
});
