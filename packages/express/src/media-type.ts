import { refused, shown } from './problem.ts';

/** How a body holds its events: one JSON text, or one a line. */
export type BodyFormat = 'json' | 'lines';

const ACCEPTED =
  'application/json, application/*+json, application/x-ndjson, application/ndjson, application/jsonl';
const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.+-]+\+json)$/;
const LINE_TYPES: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
]);

/**
 * The format that a `Content-Type` announces.
 *
 * Any other type, none, and any charset but UTF-8 are refused with 415, which says what is accepted.
 */
export function bodyFormat(contentType: string | undefined): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (!JSON_TYPE.test(type) && !LINE_TYPES.has(type))
    throw refused(415, `Expected one of the content types ${ACCEPTED}, got ${shown(type)}`, {
      Accept: ACCEPTED,
    });
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    const charset = value.replaceAll('"', '').trim();
    if (name.trim() === 'charset' && charset !== 'utf-8' && charset !== 'utf8')
      throw refused(415, `Expected the charset utf-8, got ${shown(charset)}`);
  }
  return LINE_TYPES.has(type) ? 'lines' : 'json';
}

/** Refuses with 415 what is compressed: its size is not known before it is unpacked. */
export function checkContentEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return;
  throw refused(415, `Expected a body without content encoding, got ${shown(encoding)}`, {
    'Accept-Encoding': 'identity',
  });
}
