import { SseError } from '@sse/core';

/** How a refused value is shown: JSON, cut at 80 characters, with its type. */
export function describe(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch {
    text = undefined; // a cycle, a hostile toJSON
  }
  const shown = (text ?? typeof value).slice(0, 80);
  return `\`${shown}\` (${value === null ? 'null' : typeof value})`;
}

/**
 * Bounds with their defaults filled in, each checked once.
 *
 * @throws SseError `invalid-option`, naming the option, what was expected and what was found; also for an unknown name.
 */
export function checkBounds<Bounds extends object>(
  given: { readonly [Name in keyof Bounds]?: unknown },
  defaults: Bounds,
): Bounds {
  const checked = { ...defaults };
  for (const [name, value] of Object.entries(given) as [keyof Bounds & string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(', ');
      throw new SseError('invalid-option', `Unknown option \`${name}\`; known: ${known}`);
    }
    // All go to Redis as digits, times included.
    if (!Number.isSafeInteger(value) || (value as number) <= 0)
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be a positive integer, got ${describe(value)}`,
      );
    checked[name] = value as Bounds[typeof name];
  }
  return checked;
}
