import { refusal, SseError, type SseErrorCode } from './errors.ts';

// Control characters, lone surrogates, line and paragraph separators, and what turns the direction of text.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A short text from outside, checked.
 *
 * @throws SseError with `code`, for another type, another length, or a control character.
 */
export function checkText(
  code: SseErrorCode,
  what: string,
  text: unknown,
  least: number,
  most: number,
): string {
  if (typeof text === 'string' && text.length >= least && text.length <= most && text.search(FORBIDDEN) < 0)
    return text;
  throw refusal(
    code,
    what,
    `a string of ${least} to ${most} characters, none of them a control character`,
    text,
  );
}

/** For a text that its sender did not choose: cut and cleaned, never refused. */
export function cleanText(text: string, most: number): string {
  return text.slice(0, most).replace(FORBIDDEN, '');
}

/**
 * Options with their defaults filled in, each checked once: a number is whole (a time in milliseconds need not be) and
 * above 0, or 0 where `allowed` says so; a word is one of those `allowed`.
 *
 * @throws SseError `invalid-option`, naming the option, what was expected and what was found; also for an unknown name.
 */
export function checkOptions<Options extends object>(
  given: { readonly [Name in keyof Options]?: Options[Name] | undefined },
  defaults: Options,
  allowed: { readonly [Name in keyof Options]?: readonly (Options[Name] | 0)[] } = {},
): Options {
  const checked = { ...defaults };
  for (const name of Object.keys(given) as (keyof Options & string)[]) {
    const value: unknown = given[name];
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name))
      throw new SseError(
        'invalid-option',
        `Unknown option \`${name}\`; known: ${Object.keys(defaults).join(', ')}`,
      );
    const choices = allowed[name] as readonly unknown[] | undefined;
    const isTime = name.endsWith('Ms');
    const isNumber = typeof defaults[name] === 'number';
    const fits = isTime ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!choices?.includes(value) && !(isNumber && fits && (value as number) > 0)) {
      const words = choices?.map((word) => `\`${word}\``).join(', ');
      const number = choices ? 'a number of at least 0' : `a positive ${isTime ? 'number' : 'integer'}`;
      throw refusal('invalid-option', `\`${name}\``, isNumber ? number : `one of ${words}`, value);
    }
    checked[name] = value as Options[typeof name];
  }
  return checked;
}
