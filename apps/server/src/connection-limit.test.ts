import { expect, test } from 'vitest';
import { connectionLimit } from './connection-limit.ts';

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                524288               files\n`;

test.each([
  ['20000', 19_000],
  ['1024', 960],
  ['60', 30],
  ['1', 1],
])('of %s descriptors %i are for connections', (soft, connections) => {
  expect(connectionLimit(limits(soft))).toEqual({ connections, descriptors: Number(soft) });
});

test.each([limits('unlimited'), ''])('without a number there is no limit', (text) => {
  expect(connectionLimit(text)).toBeUndefined();
});
