import type { ConformanceCase } from '../case.ts';

const accepted = (name: string, contentType: string, data = 'a', bytes = 'data: a\n\n'): ConformanceCase => ({
  id: `content-types/${name}`,
  theme: 'content types',
  title: `\`${contentType}\` is an event stream${data === 'a' ? '' : ', and UTF-8'}`,
  clause: data === 'a' ? 'content-type' : 'always-utf-8',
  server: [{ contentType, body: [bytes] }],
  expected: { events: [{ data }], lifecycle: ['open 1'], finalState: 1 },
});

const refused = (name: string, contentType: string | null): ConformanceCase => ({
  id: `content-types/${name}`,
  theme: 'content types',
  title: `${contentType ? `\`${contentType}\`` : `${contentType === null ? 'no' : 'an empty'} Content-Type`} fails the connection for ever`,
  clause: 'content-type',
  server: [
    { body: ['retry: 1\ndata: a\n\n'], ending: 'end' },
    { contentType, body: ['data: b\n\n'], ending: 'end' },
  ],
  expected: { events: [{ data: 'a' }], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
  quietMs: 80,
});

export const CONTENT_TYPES: readonly ConformanceCase[] = [
  accepted('plain', 'text/event-stream'),
  accepted('charset', 'text/event-stream;charset=utf-8'),
  accepted('charset-spaced', 'text/event-stream; charset=UTF-8'),
  accepted('charset-quoted', 'text/event-stream; charset="utf-8"'),
  accepted('upper', 'Text/EVENT-Stream'),
  accepted('semicolon', 'text/event-stream;'),
  accepted('parameter', 'text/event-stream; a=b; c=d'),
  accepted('charset-latin-1', 'text/event-stream; charset=iso-8859-1', 'é', 'data: \xc3\xa9\n\n'),
  accepted('charset-windows', 'text/event-stream; charset=windows-1252', 'é', 'data: \xc3\xa9\n\n'),
  refused('none', null),
  refused('empty', ''),
  refused('text', 'text/plain'),
  refused('html', 'text/html; charset=utf-8'),
  refused('json', 'application/json'),
  refused('old', 'application/x-dom-event-stream'),
  refused('longer', 'text/event-streams'),
  refused('bogus', 'text/event-stream_bogus'),
  refused('shorter', 'text/event'),
  refused('parameter-only', 'text/html; type=text/event-stream'),
  refused('other-top', 'application/event-stream'),
];
