import { type Finding, ok, problem, warning } from './finding.ts';
import type { Probe } from './probe.ts';

type Headers = Probe['headers'];

/** What the status says; a stream is looked at further only where this is `ok`. */
export function checkStatus({ status, headers }: Probe): Finding {
  if (status === 200) return ok('status', '200');
  if (status === 401 || status === 403)
    return problem('status', `${status}: the stream needs other rights`, 'Give a token by SSE_TOKEN.');
  if (status >= 300 && status < 400)
    return problem(
      'status',
      `${status}: redirected to ${headers['location'] ?? 'nowhere'}`,
      'Use that address.',
    );
  if (status >= 502 && status <= 504)
    return problem('status', `${status}`, 'Nothing serves behind the proxy, or it is starting or draining.');
  return problem('status', `${status}`, 'Give the address of a stream.');
}

export function checkHeaders(headers: Headers): readonly Finding[] {
  return [checkType(headers), checkCaching(headers)];
}

function checkType({ 'content-type': type = '' }: Headers): Finding {
  if (/^text\/event-stream\s*(;|$)/i.test(type)) return ok('content type', type);
  const found = type === '' ? 'none' : type;
  return problem(
    'content type',
    found,
    'Browsers refuse anything but text/event-stream: something changed it, or this is no stream.',
  );
}

function checkCaching({ 'cache-control': caching = '' }: Headers): Finding {
  const directives = caching.toLowerCase().split(/\s*,\s*/);
  if (!directives.includes('no-transform'))
    return warning(
      'caching',
      `Cache-Control: ${caching || 'none'}`,
      'Let no-transform through: it keeps proxies from compressing and changing the stream.',
    );
  if (!directives.some((name) => name === 'no-cache' || name === 'no-store'))
    return warning(
      'caching',
      `Cache-Control: ${caching}`,
      'Let no-cache through: a cache may answer with an old stream.',
    );
  return ok('caching', `Cache-Control: ${caching}`);
}

/** By an answer to a request that offered every compression. */
export function checkCompression({ 'content-encoding': encoding = '' }: Headers): Finding {
  if (encoding === '' || encoding === 'identity') return ok('compression', 'none');
  return problem(
    'compression',
    encoding,
    'A compressor holds events back until its buffer is full: leave text/event-stream out of what the proxy compresses.',
  );
}

/** By an answer to a request of `origin`. */
export function checkCors({ 'access-control-allow-origin': allowed = '' }: Headers, origin: string): Finding {
  if (allowed === '*' || allowed === origin) return ok('cors', `pages of ${origin} may read (${allowed})`);
  return problem(
    'cors',
    `pages of ${origin} may not read: Access-Control-Allow-Origin is ${allowed || 'missing'}`,
    'Name it in CORS_ORIGIN, and let the header through.',
  );
}

export function checkVersion(isHttps: boolean, hasHttp2: boolean): Finding {
  if (hasHttp2) return ok('http version', '2, and 1.1');
  const advice =
    'Over HTTP/1.1 a browser opens six connections a host, for all its tabs: serve HTTP/2, or share one stream between tabs.';
  return warning('http version', isHttps ? '1.1 only' : '1.1 only, without TLS', advice);
}
