import { type ConformanceCase, utf8 } from '../case.ts';

const BASE_MS = 250;

/** A wait of `BASE_MS` is set, then this `retry`: it must not change the wait, neither to a longer nor to a shorter one. */
function ignored(name: string, title: string, line: string): ConformanceCase {
  return {
    id: `retry/${name}`,
    theme: 'retry',
    title,
    clause: 'retry',
    server: [
      { body: [`retry: ${BASE_MS}\n\n${line}\ndata: a\n\n`], ending: 'end' },
      { body: ['data: b\n\n'] },
    ],
    expected: { events: [{ data: 'a' }, { data: 'b' }], requests: [{}, { notBeforeMs: BASE_MS }] },
  };
}

/** This `retry` is far beyond the end of the case. */
function never(name: string, title: string, line: string): ConformanceCase {
  return {
    id: `retry/${name}`,
    theme: 'retry',
    title,
    clause: 'retry',
    server: [{ body: [`retry: 1\n\n${line}\ndata: a\n\n`], ending: 'end' }],
    expected: { events: [{ data: 'a' }], requests: [{}] },
    // A timer that overflows fires within milliseconds; one that was not set, after 1 ms.
    quietMs: 150,
  };
}

function waits(name: string, title: string, block: string, atLeastMs: number): ConformanceCase {
  return {
    id: `retry/${name}`,
    theme: 'retry',
    title,
    clause: 'delay',
    server: [{ body: [block], ending: 'end' }, { body: ['data: next\n\n'] }],
    expected: { events: [{ data: 'next' }], requests: [{}, { notBeforeMs: atLeastMs }] },
  };
}

export const RETRY: readonly ConformanceCase[] = [
  waits('sets', 'a reconnect waits for as long as retry says', 'retry: 400\n\n', 400),
  waits('shorter', 'retry may shorten the wait', 'retry: 1\n\n', 0),
  waits('zero', 'retry may be 0', 'retry: 0\n\n', 0),
  waits('leading-zeros', 'leading zeros are digits of a number in base ten', 'retry: 0300\n\n', 300),
  waits('no-space', 'retry may follow its colon at once', 'retry:300\n\n', 300),
  waits('last', 'the last retry counts', 'retry: 3600000\nretry: 1\n\nretry: 300\n\n', 300),
  waits('unfinished', 'retry counts when its line ends, though its block is unfinished', 'retry: 300\n', 300),
  waits('with-data', 'retry may stand among other fields', 'event: x\nretry: 300\ndata: a\n\n', 300),
  ignored('letters', 'letters are no digits', 'retry: abc'),
  ignored('exponent', 'a number with an exponent is ignored', 'retry: 1e3'),
  ignored('exponent-large', 'a large number with an exponent is ignored', 'retry: 36e5'),
  ignored('unit', 'a number with a unit is ignored', 'retry: 3600000ms'),
  ignored('fraction', 'a fraction is ignored', 'retry: 3600000.5'),
  ignored('minus', 'a negative number is ignored', 'retry: -1'),
  ignored('plus', 'a number with a plus is ignored', 'retry: +3600000'),
  ignored('hex', 'a hexadecimal number is ignored', 'retry: 0x36EE80'),
  ignored('space-before', 'a second space before the number makes it none', 'retry:  3600000'),
  ignored('space-after', 'a space after the number makes it none', 'retry: 3600000 '),
  ignored('underscore', 'a number with separators is ignored', 'retry: 3_600_000'),
  ignored('comma', 'a number with a comma is ignored', 'retry: 3,600,000'),
  ignored('fullwidth', 'digits outside ASCII are ignored', utf8('retry: ３６０００００')),
  ignored('nul', 'a number with NUL is ignored', 'retry: 3600000\0'),
  ignored('infinity', 'Infinity is ignored', 'retry: Infinity'),
  ignored('upper', 'RETRY is another field', 'RETRY: 3600000'),
  ignored('comment', 'a retry in a comment is ignored', ':retry: 3600000'),
  never('beyond-timer', 'a wait beyond 2^31 ms is long, not short', 'retry: 99999999999'),
  never('timer-limit', 'a wait of 2^31 ms is long, not short', 'retry: 2147483648'),
  never('unsigned-limit', 'a wait of 2^32 + 1 ms is long, not short', 'retry: 4294967297'),
  never('hundred-digits', 'a wait of a hundred digits is long, not short', `retry: ${'9'.repeat(100)}`),
  never(
    'infinite',
    'a wait of 400 digits, beyond the largest double, is long, not short',
    `retry: ${'9'.repeat(400)}`,
  ),
  {
    id: 'retry/lasts',
    theme: 'retry',
    title: 'the wait lasts for later reconnects',
    clause: 'retry',
    server: [
      { body: ['retry: 200\n\n'], ending: 'end' },
      { body: ['data: a\n\n'], ending: 'end' },
      { body: ['data: b\n\n'], ending: 'end' },
      { body: ['data: c\n\n'] },
    ],
    expected: {
      events: [{ data: 'a' }, { data: 'b' }, { data: 'c' }],
      requests: [{}, { notBeforeMs: 200 }, { notBeforeMs: 200 }, { notBeforeMs: 200 }],
    },
  },
  {
    id: 'retry/no-event',
    theme: 'retry',
    title: 'a block with only retry fires nothing',
    clause: 'no-data',
    server: [{ body: ['retry: 1000\n\ndata: a\n\n'] }],
    expected: { events: [{ data: 'a' }] },
  },
];
