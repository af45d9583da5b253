import { expect, test } from 'vitest';
import { outcomeText } from './outcome.ts';
import { statusText } from './status-text.ts';

const input = { isAway: false, replayed: 0, now: 9_000 };
const entry = { from: 1_000, to: 6_200, detail: 'evicted' };

test('an interruption is told as what it came to', () => {
  expect(outcomeText({ ...input, newest: undefined })).toBe('Nothing is broken yet.');
  expect(outcomeText({ ...input, newest: { ...entry, kind: 'replayed' }, replayed: 31 })).toBe(
    'Back after 5.2 s: 31 events replayed, none lost.',
  );
  expect(outcomeText({ ...input, newest: { ...entry, kind: 'gap' }, replayed: 1 })).toBe(
    'Gap (evicted): events may be missing. 1 event came from the history.',
  );
  expect(outcomeText({ ...input, newest: { ...entry, kind: 'away' } })).toContain('is missing');
  const lasting = { kind: 'away', from: 1_000, to: undefined, detail: 'the network failed' } as const;
  expect(outcomeText({ ...input, newest: lasting, isAway: true })).toBe(
    'Away for 8.0 s: the network failed.',
  );
});

test('a status says why it is not live', () => {
  expect(statusText(undefined, 0)).toMatchObject({ title: 'Not connected' });
  expect(statusText({ state: 'open', reason: 'start', attempt: 1 }, 0)).toMatchObject({ tone: 'good' });
  expect(statusText({ state: 'waiting', reason: 'network', attempt: 2 }, 3_200)).toEqual({
    tone: 'bad',
    title: 'Reconnecting',
    detail: 'the network failed; next try in 3.2 s',
  });
  expect(statusText({ state: 'closed', reason: 'status', httpStatus: 403, attempt: 1 }, 0).detail).toBe(
    'the server answered 403',
  );
  expect(
    statusText({ state: 'waiting', reason: 'network', httpStatus: 200, attempt: 1 }, 0).detail,
  ).toContain('network');
});
