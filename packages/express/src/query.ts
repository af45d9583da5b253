import { refused, shown } from './problem.ts';

/** The known keys of a query that were given, with their decoded values. */
export type Query<Key extends string> = ReadonlyMap<Key, string>;

/**
 * Reads the query of a request's raw URL, strictly.
 *
 * Not Express' `request.query`: depending on the version and settings that makes lists and objects of repeated and
 * bracketed keys, and drops everything after the first 1,000 pairs. Not `URL` either: it repairs what is malformed.
 *
 * `+` is a space. A known key given twice, or as part of a list or object, such as `topics[]`, bad percent-encoding and bytes that are no
 * UTF-8 are refused with 400. Unknown keys are ignored.
 */
export function parseQuery<Key extends string>(url: string, keys: readonly Key[]): Query<Key> {
  const values = new Map<Key, string>();
  for (const pair of rawQuery(url).split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    const key = keys.find(
      (known) => name === known || name.startsWith(`${known}[`) || name.startsWith(`${known}.`),
    );
    if (key === undefined) continue;
    // Left out, `topics[]=a` would be a stream of everything.
    if (name !== key)
      throw refused(400, `Expected \`${key}\` as a plain key in the query, got ${shown(name)}`);
    if (values.has(key)) throw refused(400, `Expected \`${key}\` at most once in the query`);
    values.set(key, value);
  }
  return values;
}

function rawQuery(url: string): string {
  const end = url.indexOf('#');
  const target = end < 0 ? url : url.slice(0, end);
  const start = target.indexOf('?');
  return start < 0 ? '' : target.slice(start + 1);
}

function decode(text: string): string {
  if (/\P{ASCII}/u.test(text)) throw badEncoding(text);
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badEncoding(text);
  }
}

function badEncoding(text: string): Error {
  return refused(400, `Expected the query to be percent-encoded UTF-8, got ${shown(text)}`);
}
