import { expect, test } from 'vitest';
import { besideUrl, endpointUrl } from './endpoint-url.ts';

test.each([
  ['localhost:8000', 'http://localhost:8000/stream'],
  ['https://example.com', 'https://example.com/stream'],
  ['https://example.com/hub/live?x=1#there', 'https://example.com/hub/live?x=1'],
])('%s means %s', (text, expected) => {
  expect(endpointUrl(text, '/stream').href).toBe(expected);
});

test.each(['', 'ftp://example.com', 'http://', 'http://ann:secret@example.com'])(
  '%j is refused as wrong usage',
  (text) => {
    expect(() => endpointUrl(text, '/stream')).toThrow(
      expect.objectContaining({ isUsage: true, message: expect.stringMatching(/^Expected a URL /) }),
    );
  },
);

test('a refusal does not repeat a password', () => {
  expect(() => endpointUrl('http://ann:secret@example.com', '/')).toThrow(/^(?!.*secret)/);
});

test('an endpoint beside another keeps what comes before', () => {
  const url = new URL('https://example.com/hub/stream?topics=a');
  expect(besideUrl(url, 'events').href).toBe('https://example.com/hub/events');
});
