import type { IncomingMessage } from 'node:http';
import { refused } from './problem.ts';

/**
 * The one value of a header, or `undefined` without one.
 *
 * Node joins repeated headers, or drops all but the first, depending on the name; here they are refused with 400.
 */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = request;
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name.toLowerCase()) continue;
    if (value !== undefined) throw refused(400, `Expected the header \`${name}\` at most once`);
    value = rawHeaders[index + 1] ?? '';
  }
  return value;
}

/** The bytes of a header's value, which Node gives as Latin-1, read as UTF-8. Bad UTF-8 becomes U+FFFD. */
export function headerText(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
