import { describe, expect, test } from 'vitest';
import { compareIds, IdMemory } from './id-memory.ts';

describe('compareIds', () => {
  test.each([
    ['e-1', 'e-1', 0],
    ['e-9', 'e-10', -1],
    ['e-10', 'e-9', 1],
    ['a-b-1', 'a-b-2', -1],
    ['e-18446744073709551615', 'e-18446744073709551614', 1],
    ['1700000000000-5', '1700000000001-0', -1],
    ['1700000000001-0', '1700000000000-5', 1],
  ])('%s and %s', (a, b, expected) => {
    expect(Math.sign(compareIds(a, b) ?? Number.NaN)).toBe(expected);
  });

  test.each([
    ['e-1', 'f-2'],
    ['e-1', 'x'],
    ['', 'e-1'],
    ['1700000000000-1', 'e-1'],
    ['abc', 'abd'],
  ])('does not guess which of %s and %s is older', (a, b) => {
    expect(compareIds(a, b)).toBeUndefined();
  });
});

describe('IdMemory', () => {
  const takeAll = (memory: IdMemory, ids: readonly string[]): string[] => ids.map((id) => memory.take(id));

  test('knows what came before', () => {
    expect(takeAll(new IdMemory(10), ['e-1', 'e-2', 'e-2', 'e-1'])).toEqual([
      'new',
      'new',
      'repeat',
      'repeat',
    ]);
  });

  test('is bounded, and forgets the oldest first', () => {
    const memory = new IdMemory(2);
    takeAll(memory, ['a', 'b', 'c']);
    expect(takeAll(memory, ['c', 'b', 'a'])).toEqual(['repeat', 'repeat', 'new']);
  });

  test('tells an id below the one before it, and keeps comparing with the highest', () => {
    expect(takeAll(new IdMemory(10), ['e-5', 'e-3', 'e-4', 'e-6'])).toEqual([
      'new',
      'out_of_order',
      'out_of_order',
      'new',
    ]);
  });

  test('takes another epoch, and ids without an order, for new', () => {
    expect(takeAll(new IdMemory(10), ['e-5', 'f-1', 'f-2', 'uuid', 'f-3'])).toEqual(Array(5).fill('new'));
  });

  test('begins the order anew where it is told to', () => {
    const memory = new IdMemory(10);
    memory.take('e-5');
    memory.forgetOrder();
    expect(takeAll(memory, ['e-3', 'e-5'])).toEqual(['new', 'repeat']);
  });
});
