import { refusal, SseError, type SseErrorCode } from './errors.ts';

// Control characters, lone surrogates, line and paragraph separators, and what turns the direction of text.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu;

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

/** @throws SseError with `code` for more than `most`. */
export function checkCount(code: SseErrorCode, what: string, count: number, most: number): void {
  if (count > most) throw new SseError(code, `Expected at most ${most} ${what}, got ${count}`);
}

/** @throws SseError with `code` for anything but a list, and for a list of more than `most`. */
export function checkList(code: SseErrorCode, what: string, list: unknown, most: number): void {
  if (!Array.isArray(list)) throw refusal(code, `the ${what}`, 'a list', list);
  checkCount(code, what, list.length, most);
}

/** What an option may be, where that is not any number above 0: one of some words, or also 0. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]?: Options[Name] extends number ? 0 : readonly Options[Name][];
};

/**
 * Options with their defaults filled in, each checked once: a number is whole (a time in milliseconds need not be) and
 * above 0, unless `rules` says otherwise.
 *
 * @throws SseError `invalid-option`, naming the option, what was expected and what was found; also for an unknown name.
 */
export function checkOptions<Options extends object>(
  given: { readonly [Name in keyof Options]?: Options[Name] | undefined },
  defaults: Options,
  rules: OptionRules<Options> = {},
): Options {
  const checked = { ...defaults };
  for (const [name, value] of Object.entries(given) as [keyof Options & string, never][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name))
      throw new SseError(
        'invalid-option',
        `Unknown option \`${name}\`; known: ${Object.keys(defaults).join(', ')}`,
      );
    const rule: 0 | readonly unknown[] | undefined = rules[name];
    const isTime = rule === 0 || name.endsWith('Ms');
    const fits = isTime ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (Array.isArray(rule) ? !rule.includes(value) : !(fits && (value > 0 || value === rule)))
      throw refusal(
        'invalid-option',
        `\`${name}\``,
        rule === 0
          ? 'a number of at least 0'
          : rule
            ? `one of \`${rule.join('`, `')}\``
            : `a positive ${isTime ? 'number' : 'integer'}`,
        value,
      );
    checked[name] = value;
  }
  return checked;
}
