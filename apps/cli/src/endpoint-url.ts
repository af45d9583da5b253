import { Failure } from './failure.ts';

/**
 * The address of an endpoint of a hub. `localhost:8000` and `https://example.com` mean the hub itself, to which `path` is
 * added; an address with a path of its own is used as it is.
 *
 * @throws Failure (usage) for what is no address of HTTP, or has a user and password.
 */
export function endpointUrl(text: string, path: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new Failure(`Expected a URL such as http://localhost:8000, got ${JSON.stringify(text)}`, {
      isUsage: true,
    });
  if (url.username !== '' || url.password !== '')
    throw new Failure('Expected a URL without a user and password; use --token or SSE_TOKEN', {
      isUsage: true,
    });
  if (url.pathname === '/') url.pathname = path;
  url.hash = '';
  return url;
}

/** Another endpoint beside this one: the last segment of its path replaced. */
export function besideUrl(url: URL, name: string): URL {
  const beside = new URL(url);
  beside.pathname = url.pathname.replace(/[^/]*$/, name);
  beside.search = '';
  return beside;
}
