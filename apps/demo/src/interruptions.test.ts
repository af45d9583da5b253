import { describe, expect, test } from 'vitest';
import { Interruptions, MAX_INTERRUPTIONS } from './interruptions.ts';

function away(): Interruptions {
  const interruptions = new Interruptions();
  interruptions.leave(1_000, 'the network failed');
  return interruptions;
}

test('a time away lasts until the connection is back', () => {
  expect(away().entries).toEqual([
    { kind: 'away', from: 1_000, to: undefined, detail: 'the network failed' },
  ]);
  expect(away().isAway).toBe(true);
});

describe('coming back', () => {
  test('where it was: what was missed has been replayed', () => {
    const interruptions = away();
    interruptions.comeBack(5_000, 'resumed');
    expect(interruptions.entries).toMatchObject([{ kind: 'replayed', from: 1_000, to: 5_000 }]);
    expect(interruptions.cuts()).toEqual([]);
  });

  test('elsewhere: a gap, with the reason that the server gives', () => {
    const interruptions = away();
    interruptions.comeBack(5_000, 'reset');
    interruptions.tellGap(5_001, 'evicted');
    expect(interruptions.entries).toEqual([{ kind: 'gap', from: 1_000, to: 5_000, detail: 'evicted' }]);
    expect(interruptions.cuts()).toEqual([1_000]);
  });

  test('without a cursor: nothing was made up for', () => {
    const interruptions = away();
    interruptions.comeBack(5_000, 'new');
    expect(interruptions.entries).toMatchObject([{ kind: 'away', to: 5_000 }]);
    expect(interruptions.cuts()).toEqual([1_000]);
  });

  test('within a blink, with nothing lost: no interruption', () => {
    const interruptions = away();
    interruptions.comeBack(1_100, 'resumed');
    expect(interruptions.entries).toEqual([]);
    interruptions.leave(2_000, 'x');
    interruptions.comeBack(2_100, 'reset');
    expect(interruptions.entries).toMatchObject([{ kind: 'gap' }]);
  });

  test('the first connection interrupts nothing', () => {
    const interruptions = new Interruptions();
    interruptions.comeBack(1_000, 'new');
    expect(interruptions.entries).toEqual([]);
  });
});

test('further failures belong to the same time away', () => {
  const interruptions = away();
  interruptions.leave(2_000, 'the server answered 503');
  expect(interruptions.entries).toMatchObject([{ from: 1_000, detail: 'the server answered 503' }]);
});

test('a gap in the middle of a stream is one of its own', () => {
  const interruptions = away();
  interruptions.comeBack(5_000, 'reset');
  interruptions.tellGap(5_001, 'evicted');
  interruptions.tellGap(60_000, 'overflow');
  expect(interruptions.entries.map(({ from, detail }) => [from, detail])).toEqual([
    [1_000, 'evicted'],
    [60_000, 'overflow'],
  ]);
});

test('a topic that is not asked for is no time away', () => {
  const interruptions = new Interruptions();
  interruptions.setTopic(true, 1_000);
  interruptions.setTopic(false, 2_000);
  interruptions.setTopic(false, 3_000);
  interruptions.setTopic(true, 4_000);
  expect(interruptions.entries).toMatchObject([{ kind: 'off', from: 2_000, to: 4_000 }]);
  expect(interruptions.newest).toBeUndefined();
});

test('only so many are kept, the newest', () => {
  const interruptions = new Interruptions();
  for (let index = 1; index <= MAX_INTERRUPTIONS * 2; index++) interruptions.tellGap(index * 10_000, 'x');
  expect(interruptions.entries).toHaveLength(MAX_INTERRUPTIONS);
  expect(interruptions.newest?.from).toBe(MAX_INTERRUPTIONS * 20_000);
});
