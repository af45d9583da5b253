/** What the server may answer to anything. 100 comes before an answer. */
const STATUSES = new Set([
  200, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 412, 413, 415, 416, 417, 429, 431, 503,
]);
/** These have no body; nor has what Node answers by itself to an unknown `Expect`. */
const BODILESS = new Set([204, 304, 417]);
const STREAM_LINE = /^(|:.*|(id|event|data|retry): .*)$/;

/**
 * Says what is wrong with the bytes that came back to those that were sent, or `undefined`. Where requests were pipelined, of the first answer.
 * Nothing at all is right, too: the connection may have been cut.
 */
export function checkAnswer(text: string, sent: string): string | undefined {
  const final = text.replace(/^(HTTP\/1\.1 100 Continue\r\n\r\n)+/, '');
  if (final === '') return undefined;
  const headEnd = final.indexOf('\r\n\r\n');
  if (headEnd < 0) return 'the head has no end';
  const [line = '', ...fields] = final.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (!STATUSES.has(status)) return `status ${line}`;
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name = '', value = ''] = /^([\w-]+): ?(.*)$/.exec(field) ?? [];
    if (name === '') return `a header that is none: ${JSON.stringify(field)}`;
    headers.set(name.toLowerCase(), value);
  }
  const body = bodyOf(final.slice(headEnd + 4), headers);
  const isHead = sent.startsWith('HEAD ');
  // It may be not all there: the connection was cut.
  if (body === undefined || body === '' || isHead || BODILESS.has(status)) return undefined;
  return checkBody(status, headers.get('content-type') ?? '', body);
}

/** The body, as far as it is there; `undefined` where it is not all there and can't be checked. */
function bodyOf(rest: string, headers: ReadonlyMap<string, string>): string | undefined {
  const isStream = headers.get('content-type') === 'text/event-stream';
  if (headers.get('transfer-encoding') === 'chunked') return unchunked(rest, isStream);
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (Number.isNaN(length)) return rest;
  return rest.length < length ? undefined : rest.slice(0, length);
}

function unchunked(rest: string, isStream: boolean): string | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const [head = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20)) ?? [];
    const length = Number.parseInt(size, 16);
    if (length === 0) return body;
    if (head === '' || at + head.length + length > rest.length) return isStream ? body : undefined;
    body += rest.slice(at + head.length, at + head.length + length);
    at += head.length + length + 2;
  }
}

function checkBody(status: number, type: string, body: string): string | undefined {
  if (type === 'text/event-stream') {
    const wrong = body.split('\n').find((line) => !STREAM_LINE.test(line));
    return wrong === undefined ? undefined : `a line that no stream has: ${JSON.stringify(wrong)}`;
  }
  if (!type.includes('json')) return status < 400 ? undefined : `an error as ${type}: ${body.slice(0, 200)}`;
  let parsed: { readonly status?: unknown };
  try {
    parsed = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as typeof parsed;
  } catch {
    return `JSON that is none: ${body.slice(0, 200)}`;
  }
  const isProblem = type.startsWith('application/problem+json');
  if (isProblem && parsed.status !== status) return `a problem of another status: ${body}`;
  // `/health` and `/ready` answer 503 with what they say otherwise, too.
  return status >= 400 && status !== 503 && !isProblem ? `an error that is no problem: ${body}` : undefined;
}
