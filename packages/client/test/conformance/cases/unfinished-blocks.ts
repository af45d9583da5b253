import type { ConformanceCase, ExpectedEvent } from '../case.ts';

/** A stream that ends or breaks after these bytes, then one that begins with `next`. */
function unfinished(
  name: string,
  title: string,
  bytes: string,
  events: readonly ExpectedEvent[],
  extra: { readonly next?: string; readonly ending?: 'end' | 'cut' } = {},
): ConformanceCase {
  const { next = 'data: next\n\n', ending = 'end' } = extra;
  return {
    id: `unfinished-blocks/${name}`,
    theme: 'unfinished blocks',
    title,
    clause: 'end-of-file',
    server: [
      { body: [`retry: 1\n\n${bytes}`], ending, ...(ending === 'cut' && { heard: 1 }) },
      { body: [next] },
    ],
    expected: { events },
  };
}

const NEXT: ExpectedEvent = { data: 'next' };

export const UNFINISHED_BLOCKS: readonly ConformanceCase[] = [
  unfinished('no-blank-line', 'a block without its blank line is discarded', 'data: a\n', [NEXT]),
  unfinished('no-line-end', 'a line without its end is discarded', 'data: a', [NEXT]),
  unfinished('after-event', 'a block that was finished before is dispatched', 'data: a\n\ndata: b\n', [
    { data: 'a' },
    NEXT,
  ]),
  unfinished('cr', 'one CR does not finish a block', 'data: a\r', [NEXT]),
  unfinished('crlf', 'one CRLF does not finish a block', 'data: a\r\n', [NEXT]),
  unfinished('joined', 'a block does not go on in the next stream', 'data: a\n', [{ data: 'b' }], {
    next: 'data: b\n\n',
  }),
  unfinished('blank-line-next', 'a blank line in the next stream does not finish it', 'data: a\n', [NEXT], {
    next: '\ndata: next\n\n',
  }),
  unfinished('line-next', 'a line does not go on in the next stream', 'da', [NEXT], {
    next: 'ta: a\n\ndata: next\n\n',
  }),
  unfinished('type', 'the type of an unfinished block does not last', 'event: x\n', [NEXT]),
  unfinished(
    'cut',
    'a block that a broken connection cuts is discarded',
    'data: a\n\ndata: b\n',
    [{ data: 'a' }, NEXT],
    {
      ending: 'cut',
    },
  ),
  unfinished('comment', 'an unfinished comment is discarded', ': c', [NEXT]),
];
