import { TOKEN } from '../support/server-process.ts';
import type { Random } from './random.ts';

/** Bytes to send, and how. */
export interface HostileRequest {
  readonly bytes: Buffer;
  /** In how many writes. */
  readonly pieces: number;
  /** What follows them: nothing, the end of what is sent, or a reset. */
  readonly after: 'wait' | 'end' | 'reset';
}

const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PUT',
  'PATCH',
  'TRACE',
  'CONNECT',
  'QUERY',
  'get',
  'X',
] as const;
const PATHS = [
  '/stream',
  '/stream',
  '/events',
  '/events',
  '/clients',
  '/clients/x',
  '/clients/%00',
  '/health',
  '/ready',
  '/',
  '//',
  '/metrics',
  '/openapi.json',
  '/demo',
  '/demo/../../etc/passwd',
  '/demo/%2e%2e%2f',
  '/tickets',
  '/revocations',
  '/%',
  '*',
  'http://evil.example/stream',
  '/stream/',
  '/STREAM',
  '/__proto__',
  '/stream;x',
  `/${'a'.repeat(9_000)}`,
] as const;
const QUERIES = [
  '',
  '',
  '?topics=a',
  '?topics=',
  '?topics=**',
  '?topics=a&topics=b',
  '?topics[]=a',
  '?topics=%ff',
  '?topics=%',
  '?topics=a..b',
  `?topics=${'a,'.repeat(200)}`,
  '?client_name=%00',
  `?client_name=${'x'.repeat(500)}`,
  '?tags=a,b',
  '?last_event_id=0-0',
  '?last_event_id=%0d%0aid:1',
  '?limit=-1',
  '?limit=1e3&offset=x',
  '?private=maybe',
  '?event=system',
  '?event=%0a',
  '?ticket=x',
  '?__proto__[a]=1',
  '?a=1#b',
  '?&&&=&',
  `?${'&'.repeat(3_000)}`,
] as const;
const HEADERS = [
  'Accept: text/event-stream',
  'Accept: */*',
  'Accept: text/html',
  'Accept: ;;;',
  'Last-Event-ID: 1',
  'Last-Event-ID: \xe2\x80\xa6',
  'Last-Event-ID: 0-1\r\nLast-Event-ID: 0-2',
  `Authorization: Bearer ${TOKEN}`,
  'Authorization: Bearer x',
  'Authorization: Basic eDp5',
  'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
  'Content-Type: application/json',
  'Content-Type: application/x-ndjson',
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=utf-16',
  'Content-Encoding: gzip',
  'Idempotency-Key: k',
  'Idempotency-Key: \x01',
  'Expect: 100-continue',
  'Expect: x',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Upgrade: h2c',
  'Connection: close',
  'Origin: https://evil.example',
  'Origin: null',
  'Sec-Fetch-Mode: cors',
  'Sec-Fetch-Site: cross-site',
  'X-Forwarded-For: 1.2.3.4, x',
  'X-Request-Id: <script>',
  'Cookie: a=b; a=c',
  '__proto__: x',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 5\r\nContent-Length: 6',
  'Host: evil.example',
  'Host: [',
  `X-Long: ${'y'.repeat(20_000)}`,
  'Access-Control-Request-Method: POST',
  ' folded: x',
  'no colon',
  'Range: bytes=0-1',
  'If-None-Match: *',
] as const;
const BODIES = [
  '',
  '{"type":"a","n":1}',
  '[{"type":"a"},{"type":"b.c"}]',
  '{"type":"a"}\n{"type":"b"}\n',
  '{',
  '[]',
  'null',
  '1',
  '"\\ud800"',
  '{"type":"system"}',
  '{"type":"a\\nb"}',
  '{"type":1}',
  '{"__proto__":{"type":"a"},"type":"a"}',
  '\xff\xfe',
  '\xef\xbb\xbf{"type":"a"}',
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `{"type":"a","x":${'{"x":'.repeat(100)}1${'}'.repeat(100)}}`,
  `{"type":"a","x":"${'z'.repeat(300_000)}"}`,
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffff\r\nx',
  '0\r\nX: y\r\n\r\n',
  '5;ext="x"\r\nhello\r\n0\r\n\r\n',
] as const;
const VERSIONS = ['1.1', '1.1', '1.1', '1.1', '1.0', '2.0', '0.9', '1.1x'] as const;

/** A request that is nearly right, or wrong in several ways at once; the next one that the seed gives. */
export function hostileRequest(random: Random): HostileRequest {
  const requests = random.chance(0.1) ? 1 + random.below(20) : 1;
  const text = Array.from({ length: requests }, () => oneRequest(random)).join('');
  const bytes = Buffer.from(text, 'latin1');
  if (random.chance(0.15))
    for (let flips = 1 + random.below(4); flips > 0; flips--)
      bytes[random.below(bytes.length)] = random.below(256);
  const cut = random.chance(0.1) ? random.below(bytes.length) : bytes.length;
  return {
    bytes: bytes.subarray(0, cut),
    pieces: random.chance(0.2) ? 1 + random.below(5) : 1,
    after: random.pick(['wait', 'wait', 'end', 'reset']),
  };
}

function oneRequest(random: Random): string {
  const method = random.pick(random.chance(0.8) ? ['GET', 'POST'] : METHODS);
  const lines = [`${method} ${random.pick(PATHS)}${random.pick(QUERIES)} HTTP/${random.pick(VERSIONS)}`];
  if (random.chance(0.95)) lines.push('Host: 127.0.0.1');
  for (let count = random.below(5); count > 0; count--) lines.push(random.pick(HEADERS));
  const body = random.chance(0.6) ? random.pick(BODIES) : '';
  if (body !== '' && random.chance(0.8)) lines.push(`Content-Length: ${body.length}`);
  if (random.chance(0.5)) lines.push(`Authorization: Bearer ${TOKEN}`, 'Content-Type: application/json');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
