/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  /** `unknown`: could not be looked at. A `problem` breaks streams, a `warning` may. */
  readonly level: 'ok' | 'warning' | 'problem' | 'unknown';
  readonly found: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly advice?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });

export const unknown = (check: string, found: string, advice?: string): Finding => ({
  check,
  level: 'unknown',
  found,
  ...(advice !== undefined && { advice }),
});

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  level: 'warning',
  found,
  advice,
});

export const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  level: 'problem',
  found,
  advice,
});
