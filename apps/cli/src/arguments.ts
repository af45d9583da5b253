import { InvalidArgumentError, Option } from 'commander';

const SECONDS = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

/** A parser for a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** Seconds of a duration such as `90`, `90s`, `15m`, `1h`, `7d`. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (SECONDS.get(unit ?? '?') ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('Expected a time such as 90s, 15m, 1h or 7d.');
}

/** A comma-separated list, added to what was given before. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...before, ...names];
  throw new InvalidArgumentError('Expected names with commas between them.');
}

/** `--token`, which a process list shows, and `SSE_TOKEN`, which it doesn't. An empty one is none. */
export function tokenOption(): Option {
  return new Option('--token <token>', 'bearer token; better by the environment')
    .env('SSE_TOKEN')
    .argParser((text) => text.trim() || undefined);
}
