import { describe, expect, test } from 'vitest';
import type { Entry } from './event-log.ts';
import { encodeEntry } from './frame.ts';
import { Window } from './window.ts';

const entry = (n: number): Entry => ({ id: `e-${n}`, time: 0, topic: 'a', data: `event ${n}` });
const FRAME_BYTES = encodeEntry(entry(1)).bytes.byteLength;

interface Bounds {
  readonly windowSize?: number;
  readonly windowBytes?: number;
}

/** A window that started after entry `from` and has shown the `count` entries after it. */
function windowOf(count: number, { windowSize = 1_000, windowBytes = 1e6 }: Bounds = {}, from = 0): Window {
  const window = new Window(`e-${from}`, { windowSize, windowBytes });
  for (let n = from + 1; n <= from + count; n++) {
    window.push(entry(n));
    window.show();
  }
  return window;
}

/** Ids of what is sent to whoever comes back with `id`. */
function idsAfter(window: Window, id: string): string[] | undefined {
  const position = window.positionAfter(id);
  if (position === undefined) return undefined;
  return window.slice(position, Number.POSITIVE_INFINITY).map(({ id }) => id);
}

describe('after an id', () => {
  test('a window serves exactly what followed, at every position', () => {
    const window = windowOf(8, { windowSize: 5 });
    const held = ['e-4', 'e-5', 'e-6', 'e-7', 'e-8'];
    expect(idsAfter(window, 'e-2')).toBeUndefined();
    expect(idsAfter(window, 'e-3')).toEqual(held);
    held.forEach((id, index) => {
      expect(idsAfter(window, id)).toEqual(held.slice(index + 1));
    });
    expect(idsAfter(window, 'e-9')).toBeUndefined();
  });

  test('of another epoch, a window serves nothing, whatever its number', () => {
    const window = windowOf(8, { windowSize: 5 });
    for (let n = 0; n <= 10; n++) expect(window.positionAfter(`other-${n}`)).toBeUndefined();
  });

  test('an empty window serves the position that it started at, and no other', () => {
    const window = windowOf(0, {}, 41);
    expect(idsAfter(window, 'e-41')).toEqual([]);
    expect(window.positionAfter('e-40')).toBeUndefined();
    expect(window.positionAfter('e-42')).toBeUndefined();
    expect([window.shownId, window.newestId, window.size]).toEqual(['e-41', 'e-41', 0]);
  });

  test('the position it started at is served for as long as nothing after it was forgotten', () => {
    const window = windowOf(5, { windowSize: 5 }, 41);
    expect(idsAfter(window, 'e-41')).toHaveLength(5);
    window.push(entry(47));
    window.show();
    expect(idsAfter(window, 'e-41')).toBeUndefined();
    expect(idsAfter(window, 'e-42')).toHaveLength(5);
  });

  test('a window that follows no known id proves nothing about what came before', () => {
    const window = new Window('', { windowSize: 10, windowBytes: 1e6 });
    expect(idsAfter(window, 'e-9')).toBeUndefined();
    window.push(entry(8));
    window.push(entry(10));
    window.show();
    expect(window.positionAfter('e-7')).toBeUndefined();
    expect(window.positionAfter('e-9')).toBeUndefined();
    expect(idsAfter(window, 'e-8')).toEqual(['e-10']);
  });
});

describe('the bounds', () => {
  test('so many entries are kept, and not one more', () => {
    expect(windowOf(5, { windowSize: 5 }).size).toBe(5);
    expect(windowOf(6, { windowSize: 5 }).size).toBe(5);
  });

  test('so many bytes of frames are kept, and not one more', () => {
    expect(windowOf(5, { windowBytes: 3 * FRAME_BYTES })).toMatchObject({ size: 3, bytes: 3 * FRAME_BYTES });
    expect(windowOf(5, { windowBytes: 3 * FRAME_BYTES - 1 })).toMatchObject({
      size: 2,
      bytes: 2 * FRAME_BYTES,
    });
  });

  test('an entry larger than the bound is shown and not kept; its id is still served', () => {
    const window = windowOf(1, { windowBytes: FRAME_BYTES - 1 });
    expect([window.size, window.bytes, window.shownId]).toEqual([0, 0, 'e-1']);
    expect(idsAfter(window, 'e-1')).toEqual([]);
    expect(window.positionAfter('e-0')).toBeUndefined();
  });
});

describe('what is held', () => {
  test('counts for nobody until it is shown, and is shown once', () => {
    const window = windowOf(1);
    window.push(entry(2));
    window.push(entry(3));
    expect([window.shownId, window.newestId, window.end]).toEqual(['e-1', 'e-3', 1]);
    expect([idsAfter(window, 'e-1'), idsAfter(window, 'e-2'), window.slice(1, 1)]).toEqual([
      [],
      undefined,
      [],
    ]);
    expect(window.held).toBe(2 * FRAME_BYTES);
    expect(window.show().map(({ id }) => id)).toEqual(['e-2', 'e-3']);
    expect(window.show()).toEqual([]);
    expect(window.held).toBe(0);
    expect(idsAfter(window, 'e-1')).toEqual(['e-2', 'e-3']);
  });

  test('is not forgotten before it was shown, even beyond the bounds', () => {
    const window = windowOf(2, { windowSize: 2 });
    for (let n = 3; n <= 7; n++) window.push(entry(n));
    expect(window.show().map(({ id }) => id)).toEqual(['e-3', 'e-4', 'e-5', 'e-6', 'e-7']);
    expect(window.size).toBe(2);
    expect(idsAfter(window, 'e-5')).toEqual(['e-6', 'e-7']);
  });
});
