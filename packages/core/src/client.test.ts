import { describe, expect, test } from 'vitest';
import { CLIENT_LIMITS, type ClientInfo, parseClient } from './client.ts';

const refused = (message: RegExp | string) =>
  expect.objectContaining({
    code: 'invalid-client',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
const parse = (info: unknown) => parseClient(info as ClientInfo);
const FORBIDDEN = [
  '\0',
  '\n',
  '\r',
  '\t',
  '\u001b',
  '\u007f',
  '\u0085',
  '\ud800',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
];

test('who says nothing is anonymous, without tags', () => {
  for (const info of [
    undefined,
    {},
    { name: '' },
    { name: '  ' },
    { name: undefined, tags: undefined },
    { tags: [] },
  ])
    expect(parse(info)).toEqual({ name: 'anonymous', tags: [] });
});

describe('the name', () => {
  test('is trimmed, and may be of any language', () => {
    expect(parseClient({ name: '  Wanduhr 東京 😀 ' }).name).toBe('Wanduhr 東京 😀');
  });

  test('may have 128 characters, and not one more', () => {
    expect(parseClient({ name: 'a'.repeat(128) }).name).toHaveLength(128);
    expect(() => parseClient({ name: 'a'.repeat(129) })).toThrow(
      refused(
        /^Expected the client name to be a string of 0 to 128 characters, none of them .*, got `"a+…` \(string\)$/,
      ),
    );
  });

  test('holds no control character, and nothing that turns the direction of text', () => {
    for (const character of FORBIDDEN)
      expect(() => parseClient({ name: `a${character}b` })).toThrow(
        refused(
          /^Expected the client name to be a string of 0 to 128 characters, none of them a control character, got /,
        ),
      );
  });

  test('is a string', () => {
    for (const name of [5, {}, ['a'], true])
      expect(() => parse({ name })).toThrow(
        refused(/^Expected the client name to be a string of 0 to 128 characters/),
      );
  });
});

describe('the tags', () => {
  test('are trimmed; empty ones and repeats are dropped; their order stays', () => {
    expect(parseClient({ tags: ['b', ' a ', '', 'b', '  ', 'a'] }).tags).toEqual(['b', 'a']);
  });

  test('may be 20 of 64 characters, and not one more of either', () => {
    const tags = (count: number): string[] => Array.from({ length: count }, (_, index) => `tag${index}`);
    expect(parseClient({ tags: tags(20) }).tags).toHaveLength(20);
    expect(() => parseClient({ tags: tags(21) })).toThrow(refused('Expected at most 20 tags, got 21'));
    expect(parseClient({ tags: ['a'.repeat(64)] }).tags).toEqual(['a'.repeat(64)]);
    expect(() => parseClient({ tags: ['a'.repeat(65)] })).toThrow(
      refused(/^Expected each tag to be a string of 0 to 64 characters/),
    );
    expect(CLIENT_LIMITS).toEqual({ maxNameLength: 128, maxTags: 20, maxTagLength: 64 });
  });

  test('hold no control character, and are strings', () => {
    for (const character of FORBIDDEN)
      expect(() => parseClient({ tags: ['fine', `a${character}`] })).toThrow(
        refused(/^Expected each tag to be a string of 0 to 64 characters/),
      );
    expect(() => parse({ tags: [5] })).toThrow(
      refused(/^Expected each tag to be a string of 0 to 64 characters, .*, got `5` \(number\)$/),
    );
  });

  test('are a list', () => {
    for (const tags of ['abc', 5, {}])
      expect(() => parse({ tags })).toThrow(refused(/^Expected the tags to be a list/));
  });
});

describe('what the connection says', () => {
  test('is cut and cleaned, never refused', () => {
    const client = parseClient({
      remoteAddress: `::1\r\n${'x'.repeat(100)}`,
      userAgent: `Mozilla\u001b[31m\u202e${'y'.repeat(1_000)}`,
    });
    expect(client.remoteAddress).toBe(`::1${'x'.repeat(59)}`);
    expect(client.userAgent).toBe(`Mozilla[31m${'y'.repeat(256 - 13)}`);
  });

  test('is cut between characters, not within one', () => {
    expect(parseClient({ userAgent: `${'a'.repeat(255)}😀` }).userAgent).toBe('a'.repeat(255));
  });

  test('is absent where it is unknown', () => {
    expect(Object.keys(parseClient({ userAgent: undefined }))).toEqual(['name', 'tags']);
    expect(parseClient({ user: 'alice' })).toEqual({ name: 'anonymous', tags: [], user: 'alice' });
  });
});
