import type { ConformanceCase, Step } from '../case.ts';
import { parse } from './parse-case.ts';

const hostile = parse('hostile input', 'lines');
const MEBI = 1024 * 1024;

/** In packets of 16 KiB. */
function packets(bytes: string): readonly Step[] {
  const size = 16_384;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

export const HOSTILE_INPUT: readonly ConformanceCase[] = [
  hostile('long-line', 'a value of 2 MiB is one value', packets(`data: ${'x'.repeat(2 * MEBI)}\n\n`), [
    'x'.repeat(2 * MEBI),
  ]),
  hostile('many-lines', 'a block may have 50,000 lines of data', packets(`${'data: x\n'.repeat(50_000)}\n`), [
    `${'x\n'.repeat(49_999)}x`,
  ]),
  hostile(
    'many-bare-lines',
    'a block may have 50,000 empty lines of data',
    packets(`${'data\n'.repeat(50_000)}\n`),
    ['\n'.repeat(49_999)],
  ),
  hostile(
    'long-comment',
    'a comment of 2 MiB is ignored',
    packets(`: ${'x'.repeat(2 * MEBI)}\ndata: a\n\n`),
    ['a'],
  ),
  hostile(
    'long-unknown',
    'an unknown field of 2 MiB is ignored',
    packets(`${'x'.repeat(MEBI)}: ${'y'.repeat(MEBI)}\ndata: a\n\n`),
    ['a'],
  ),
  hostile(
    'many-unknown',
    'a block may have 50,000 unknown fields',
    packets(`${'x: y\n'.repeat(50_000)}data: a\n\n`),
    ['a'],
  ),
  hostile('many-blank', '200,000 blank lines fire nothing', packets(`${'\n'.repeat(200_000)}data: a\n\n`), [
    'a',
  ]),
  hostile(
    'many-crlf',
    '100,000 blank CRLF lines fire nothing',
    packets(`${'\r\n'.repeat(100_000)}data: a\n\n`),
    ['a'],
  ),
  hostile(
    'many-ids',
    'a block may have 50,000 ids',
    packets(`${'id: x\n'.repeat(50_000)}id: 1\ndata: a\n\n`),
    [{ data: 'a', lastEventId: '1' }],
  ),
  hostile(
    'many-events',
    '5,000 events come in order',
    packets(Array.from({ length: 5_000 }, (_, n) => `data: ${n}\n\n`).join('')),
    [...Array.from({ length: 5_000 }, (_, n) => String(n))],
  ),
  hostile('colons', 'a value may be 100,000 colons', packets(`data: ${':'.repeat(100_000)}\n\n`), [
    ':'.repeat(100_000),
  ]),
  hostile(
    'long-type',
    'a type may have 100,000 characters',
    packets(`event: ${'x'.repeat(100_000)}\ndata: a\n\n`),
    [{ type: 'x'.repeat(100_000), data: 'a' }],
  ),
  hostile(
    'long-id',
    'an id may have 100,000 characters',
    packets(`id: ${'x'.repeat(100_000)}\ndata: a\n\n`),
    [{ data: 'a', lastEventId: 'x'.repeat(100_000) }],
  ),
  hostile('markup', 'markup in a value is text', 'data: <script>alert(1)</script>&amp;\n\n', [
    '<script>alert(1)</script>&amp;',
  ]),
  hostile(
    'binary',
    'bytes of any kind do not end the stream',
    `${String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))}\n\ndata: a\n\n`,
    ['a'],
  ),
  {
    id: 'hostile-input/slow-line',
    theme: 'hostile input',
    title: 'a line that comes in 300 packets is one line',
    clause: 'lines',
    server: [{ body: ['data: ', ...Array.from({ length: 300 }, () => ['x', 1]).flat(), '\n\n'] }],
    expected: { events: [{ data: 'x'.repeat(300) }] },
  },
  {
    id: 'hostile-input/many-streams',
    theme: 'hostile input',
    title: 'thirty streams in a row are all read',
    clause: 'reestablish',
    server: [
      ...Array.from({ length: 30 }, (_, n) => ({
        body: [`retry: 1\nid: ${n}\ndata: ${n}\n\n`],
        ending: 'end' as const,
      })),
      { body: ['id: end\ndata: end\n\n'] },
    ],
    expected: {
      events: [...Array.from({ length: 30 }, (_, n) => String(n)), 'end'].map((id) => ({
        data: id,
        lastEventId: id,
      })),
      requests: [null, ...Array.from({ length: 30 }, (_, n) => String(n))].map((lastEventId) => ({
        lastEventId,
      })),
    },
  },
];
