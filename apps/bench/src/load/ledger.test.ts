import { describe, expect, test } from 'vitest';
import { Ledger, type Order } from './ledger.ts';

const FIRST = 1_000;

/** What a ledger says of one subscriber's numbers, given without the first. */
function judged(numbers: readonly number[], expected: number, order: Order = 'all'): object {
  const ledger = new Ledger(1, FIRST, order);
  for (const n of numbers) ledger.note(0, FIRST + n);
  return ledger.faults(expected);
}

describe('a stream of every number', () => {
  test('without a fault has none', () => {
    expect(judged([0, 1, 2, 3], 4)).toEqual({ lost: 0, repeated: 0, disordered: 0 });
  });

  test('with a hole has lost what is missing', () => {
    expect(judged([0, 1, 4, 5], 6)).toEqual({ lost: 2, repeated: 0, disordered: 0 });
  });

  test('that begins late has lost what came before', () => {
    expect(judged([2, 3], 4)).toEqual({ lost: 2, repeated: 0, disordered: 0 });
  });

  test('that ends early has lost the rest', () => {
    expect(judged([0, 1], 5)).toEqual({ lost: 3, repeated: 0, disordered: 0 });
  });

  test('with a number twice has one repeat', () => {
    expect(judged([0, 1, 1, 2], 3)).toEqual({ lost: 0, repeated: 1, disordered: 0 });
    expect(judged([0, 1, 2, 0], 3)).toEqual({ lost: 0, repeated: 1, disordered: 0 });
  });

  test('with two numbers in the wrong order has lost nothing', () => {
    expect(judged([0, 2, 1, 3], 4)).toEqual({ lost: 0, repeated: 0, disordered: 1 });
  });

  test('in which a late number comes twice has it once too late and once too often', () => {
    expect(judged([0, 2, 1, 1, 3], 4)).toEqual({ lost: 0, repeated: 1, disordered: 1 });
  });

  test('that is empty has lost everything', () => {
    expect(judged([], 3)).toEqual({ lost: 3, repeated: 0, disordered: 0 });
  });
});

describe('a stream of some numbers', () => {
  test('may skip', () => {
    expect(judged([3, 13, 23], 3, 'rising')).toEqual({ lost: 0, repeated: 0, disordered: 0 });
  });

  test('may not go back, nor stand still', () => {
    expect(judged([3, 13, 13, 3], 2, 'rising')).toEqual({ lost: 0, repeated: 2, disordered: 0 });
  });

  test('that has fewer than expected has lost some', () => {
    expect(judged([3], 3, 'rising')).toEqual({ lost: 2, repeated: 0, disordered: 0 });
  });
});

test('what one subscriber has too often does not make up for what another one lost', () => {
  const ledger = new Ledger(2, FIRST);
  for (const n of [0, 1, 2, 2]) ledger.note(0, FIRST + n);
  for (const n of [0, 1]) ledger.note(1, FIRST + n);
  expect(ledger.faults(3)).toEqual({ lost: 1, repeated: 1, disordered: 0 });
});
