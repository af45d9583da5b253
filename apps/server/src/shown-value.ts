const ESCAPED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const MAX_SHOWN = 80;

/**
 * A text as an error message may show it: JSON, on one line, without control characters, cut at 80 characters.
 */
export function shownValue(value: string): string {
  // Cut before the escaping too: a value of megabytes need not be escaped whole.
  const cut = value.length > MAX_SHOWN ? value.slice(0, MAX_SHOWN) : value;
  const text = JSON.stringify(cut).replace(ESCAPED, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
  return text.length > MAX_SHOWN + 2 || cut !== value ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
