import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';
import { propertySeed } from './testing/property-seed.ts';

test('an item keeps its position for ever, whatever is dropped before it', () => {
  const ring = new Ring<number>();
  for (let n = 0; n < 200; n++) {
    ring.push(n);
    ring.dropBefore(n - 10);
    expect(ring.at(n)).toBe(n);
    expect(ring.at(n - 11)).toBeUndefined();
    expect(ring.at(n + 1)).toBeUndefined();
  }
  expect([ring.start, ring.end, ring.length]).toEqual([189, 200, 11]);
});

test('a new ring is empty, and starts at 0', () => {
  const ring = new Ring<string>();
  expect([ring.start, ring.end, ring.length]).toEqual([0, 0, 0]);
  expect([ring.at(0), ring.at(-1)]).toEqual([undefined, undefined]);
  expect(ring.slice(0, 0)).toEqual([]);
});

test('dropping never goes back, and dropping all leaves the ring empty at its end', () => {
  const ring = new Ring<string>();
  ring.push('a');
  ring.push('b');
  ring.dropBefore(1);
  ring.dropBefore(0);
  expect([ring.start, ring.at(1)]).toEqual([1, 'b']);
  ring.dropBefore(2);
  expect([ring.start, ring.end, ring.length]).toEqual([2, 2, 0]);
  ring.push('c');
  expect([ring.at(2), ring.end]).toEqual(['c', 3]);
});

test('dropping beyond the end leaves the ring empty there', () => {
  const ring = new Ring<string>();
  ring.push('a');
  ring.dropBefore(5);
  expect([ring.start, ring.end, ring.length]).toEqual([5, 5, 0]);
  ring.push('f');
  expect(ring.at(5)).toBe('f');
});

test('a ring agrees with a plain list of everything ever pushed, for any pushes and drops', () => {
  const steps = fc.array(
    fc.oneof(fc.record({ push: fc.integer({ min: 1, max: 60 }) }), fc.record({ drop: fc.nat(70) })),
  );
  fc.assert(
    fc.property(steps, (list) => {
      const ring = new Ring<number>();
      const all: number[] = [];
      let start = 0;
      for (const step of list) {
        if ('push' in step) {
          for (let n = 0; n < step.push; n++) {
            ring.push(all.length);
            all.push(all.length);
          }
        } else {
          start = Math.min(start + step.drop, all.length);
          ring.dropBefore(start);
        }
        expect([ring.start, ring.end, ring.length]).toEqual([start, all.length, all.length - start]);
        expect(ring.slice(start, all.length)).toEqual(all.slice(start));
        const middle = start + Math.floor((all.length - start) / 2);
        expect(ring.slice(middle, all.length)).toEqual(all.slice(middle));
        expect(ring.at(middle)).toBe(all[middle]);
        expect([ring.at(start - 1), ring.at(all.length)]).toEqual([undefined, undefined]);
      }
    }),
    { seed: propertySeed(), numRuns: 300 },
  );
});
