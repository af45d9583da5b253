import { isIP } from 'node:net';
import { z } from 'zod';

/** A timer beyond this fires after 1 ms instead of later. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

const NUMBER = /^(0|[1-9]\d{0,14})$/;
const DECIMAL = /^(0|[1-9]\d{0,14})(\.\d{1,6})?$/;
// No `*` in the host: an URL may hold it, but no browser would ever send such an origin.
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[\p{L}\p{N}.:[\]_-]+$/iu;
const TOKEN = /^[\x21-\x7e]{16,1024}$/;

/** A field of the schema; its error message is what was expected, to stand after "Expected `X` to be". */
type Field<Value> = z.ZodType<Value, string>;

/** `read` answers `undefined` for a text that is not what was expected. */
export function field<Value>(expected: string, read: (text: string) => Value | undefined): Field<Value> {
  return z.string().transform((text, context): Value => {
    const value = read(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: expected, input: text });
    return z.NEVER;
  });
}

/** Digits only: `Number` alone would take an empty text, `0x10`, `1e3` and spaces. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return field(`an integer ${range}`, (text) => {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** Seconds, decimals allowed, as whole milliseconds; more than `maxMs` counts as `maxMs`. */
export function seconds(min: number, maxMs: number = MAX_TIMER_MS): Field<number> {
  return field(`a number of seconds of at least ${min}, such as \`30\` or \`0.5\``, (text) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    return value >= min ? Math.min(Math.round(value * 1_000), maxMs) : undefined;
  });
}

/** One of a few words, in any case. */
export function choice<const Word extends string>(...words: readonly Word[]): Field<Word> {
  const expected = `one of ${words.map((word) => `\`${word}\``).join(', ')}`;
  return field(expected, (text) => words.find((word) => word === text.toLowerCase()));
}

/** `true` or `1`, `false` or `0`. */
export function flag(): Field<boolean> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ]);
  return field('`true` or `false`', (text) => words.get(text.toLowerCase()));
}

/** A text that a pattern accepts whole. */
export function matching(expected: string, pattern: RegExp): Field<string> {
  return field(expected, (text) => (pattern.test(text) ? text : undefined));
}

/** A secret of printable ASCII. */
export function secret(): Field<string> {
  return matching('16 to 1024 printable ASCII characters without spaces', TOKEN);
}

/** Comma-separated words, each of which a pattern accepts whole. */
export function list(expected: string, pattern: RegExp): Field<readonly string[]> {
  return field(expected, (text) => {
    const words = text.split(',').map((word) => word.trim());
    return words.every((word) => pattern.test(word)) ? words : undefined;
  });
}

/** Names of hosts, without ports. */
export function hosts(): Field<readonly string[]> {
  const pattern = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/i;
  return list('a comma-separated list of host names without ports, such as `events.example.com`', pattern);
}

const NETWORKS: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** How many proxies are to be believed, or their addresses; never all of them, since then anybody could be one. */
export function trustedProxies(): Field<number | readonly string[]> {
  const expected =
    'the number of proxies from 1 to 32, or a comma-separated list of their addresses such as `10.0.0.0/8` or `loopback`';
  return field(expected, (text) => {
    if (/^(?:[1-9]|[12]\d|3[0-2])$/.test(text)) return Number(text);
    const words = text.split(',').map((word) => word.trim());
    return words.every((word) => NETWORKS.has(word) || isNetwork(word)) ? words : undefined;
  });
}

/** An address, or a network of less than all addresses. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
  if (most === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most);
}

/** Every origin, or a list of them as browsers spell them: lower case, without the scheme's own port. */
export function origins(): Field<'*' | readonly string[]> {
  return field('`*` or a comma-separated list of origins such as `https://app.example.com`', (text) => {
    if (text === '*') return '*';
    const found = text.split(',').map((part) => toOrigin(part.trim()));
    return found.every((origin) => origin !== undefined) ? [...new Set(found)] : undefined;
  });
}

function toOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // Of a scheme that browsers do not know, such as an app's own, `origin` is the text "null".
  return url.origin === 'null' ? text.toLowerCase() : url.origin;
}
