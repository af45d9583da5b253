import { describeValue, SseError } from './errors.ts';

/** What an option's value has to be, and how a message says so. */
export interface OptionCheck {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const numeric = (expected: string, accepts: (value: number) => boolean): OptionCheck => ({
  expected,
  accepts: (value) => typeof value === 'number' && accepts(value),
});

export const positiveInteger: OptionCheck = numeric(
  'a positive integer',
  (n) => Number.isSafeInteger(n) && n > 0,
);
export const positiveNumber: OptionCheck = numeric('a positive number', (n) => Number.isFinite(n) && n > 0);
export const nonNegativeNumber: OptionCheck = numeric(
  'a number of at least 0',
  (n) => Number.isFinite(n) && n >= 0,
);

export function oneOf(...values: readonly string[]): OptionCheck {
  return {
    expected: `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
    accepts: (value) => typeof value === 'string' && values.includes(value),
  };
}

/**
 * Options with their defaults filled in, each checked once.
 *
 * @throws SseError `invalid-option`, naming the option, what was expected and what was found; also for an unknown name.
 */
export function checkOptions<Options extends object>(
  given: { readonly [Name in keyof Options]?: Options[Name] | undefined },
  defaults: Options,
  checks: { readonly [Name in keyof Options]: OptionCheck },
): Options {
  const checked = { ...defaults };
  for (const name of Object.keys(given) as (keyof Options & string)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined)
      throw new SseError(
        'invalid-option',
        `Unknown option \`${name}\`; known: ${Object.keys(checks).join(', ')}`,
      );
    if (!check.accepts(value))
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be ${check.expected}, got ${describeValue(value)}`,
      );
    checked[name] = value as Options[typeof name];
  }
  return checked;
}
