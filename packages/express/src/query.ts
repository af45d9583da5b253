import { ProblemError } from './problem.ts';

/**
 * The query parameters that we know, read strictly from the raw URL: each at most once, decoded as UTF-8, never cut.
 *
 * Express' own parser drops pairs beyond the thousandth in silence, and turns repeated keys into arrays.
 *
 * @returns A value for each key that is there; unknown keys are none of our business.
 * @throws ProblemError 400 for a repeated or bracketed known key, or bad percent-encoding.
 */
export function readQuery<Key extends string>(
  url: string,
  keys: readonly Key[],
): Partial<Record<Key, string>> {
  const start = url.indexOf('?');
  const values = new Map<string, string>();
  const text = start < 0 ? '' : url.slice(start + 1);
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    const known = keys.find(
      (name) => key === name || key.startsWith(`${name}[`) || key.startsWith(`${name}.`),
    );
    if (known === undefined) continue;
    if (key !== known)
      throw new ProblemError(400, `Expected \`${known}\` as a plain query key, got ${JSON.stringify(key)}.`);
    if (values.has(key)) throw new ProblemError(400, `Expected \`${key}\` at most once in the query.`);
    values.set(key, decode(equals < 0 ? '' : pair.slice(equals + 1)));
  }
  return Object.fromEntries(values) as Partial<Record<Key, string>>;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    const shown = JSON.stringify(text.slice(0, 80));
    throw new ProblemError(400, `Expected the query to be percent-encoded UTF-8, got ${shown}.`);
  }
}

/** A comma-separated value as a list; `undefined` where the key is not there. */
export function readList(value: string | undefined): readonly string[] | undefined {
  return value?.split(',').map((part) => part.trim());
}

/**
 * A whole number from the query, in plain digits.
 *
 * @throws ProblemError 400 outside `least` to `most`.
 */
export function readInteger(
  key: string,
  value: string | undefined,
  fallback: number,
  least: number,
  most: number,
): number {
  if (value === undefined) return fallback;
  const number = /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const shown = JSON.stringify(value.slice(0, 80));
  throw new ProblemError(
    400,
    `Expected \`${key}\` to be a whole number from ${least} to ${most}, got ${shown}.`,
  );
}
