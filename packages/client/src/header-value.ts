const MAX_BYTES = 4_096;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;

/**
 * A text as the value of a request header: its UTF-8 bytes, one character each, as `fetch` wants them (HTML standard,
 * 9.2.3). `undefined` for one that no request can carry, with control characters or beyond 4,096 bytes: `fetch` would
 * throw at it, or the server refuse it, at each attempt anew.
 */
export function headerValue(text: string): string | undefined {
  if (text.length > MAX_BYTES) return undefined;
  const bytes = new TextEncoder().encode(text);
  const unsendable = bytes.some((byte) => (byte < SPACE && byte !== TAB) || byte === DELETE);
  return unsendable || bytes.length > MAX_BYTES ? undefined : String.fromCharCode(...bytes);
}
