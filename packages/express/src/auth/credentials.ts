import type { Request } from 'express';
import { headerText, singleHeader } from '../headers.ts';
import { refused } from '../problem.ts';

/** Keys that clients put tokens under where they should not. */
const TOKEN_KEYS = /[?&](access_token|auth_token|authorization|bearer|id_token|jwt|token)=/i;
/** A JWT begins with the base64url of `{"`. */
const JWT_VALUE = /=eyJ[\w-]{1,4096}\.[\w-]/;

/**
 * The token of `Authorization: Bearer`, or `undefined` without the header.
 *
 * A header that is something else is refused with 401, two of them with 400.
 */
export function bearerOf(request: Request): string | undefined {
  const value = headerText(singleHeader(request, 'Authorization') ?? '');
  if (value === '') return undefined;
  const found = /^bearer +([^ ]+) *$/i.exec(value);
  if (found === null)
    throw refused(401, 'Expected `Authorization: Bearer <token>`', { 'WWW-Authenticate': 'Bearer' });
  return found[1];
}

/** Refuses a token in the URL with 400: URLs are in logs, histories and referrers. A ticket is good once, and may be there. */
export function refuseTokenInQuery(request: Request): void {
  if (TOKEN_KEYS.test(request.url) || JWT_VALUE.test(request.url))
    throw refused(
      400,
      'Expected no token in the URL, where logs would keep it; send it as `Authorization: Bearer`, or get a ticket from `POST /tickets`',
    );
}

/** A cookie that carries a token for streams: which, and from pages of which origins. */
export interface CookieOptions {
  readonly name: string;
  /** Origins beside that of the request itself, such as `https://app.example.com`. */
  readonly origins?: readonly string[] | undefined;
}

const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]{1,128}$/;

export function isCookieName(name: string): boolean {
  return COOKIE_NAME.test(name);
}

/**
 * The token in the cookie, or `undefined` where there is none.
 *
 * Browsers send cookies whoever's page asks. So it is refused with 403 unless the page is of this origin or of one that is
 * named: by `Origin`, which pages of other origins always send with an `EventSource`, and by `Sec-Fetch-Site`. A request
 * that says neither is not from a browser that could be trusted with a cookie.
 */
export function cookieToken(request: Request, { name, origins = [] }: CookieOptions): string | undefined {
  const token = cookieOf(request.headers.cookie ?? '', name);
  if (token === undefined) return undefined;
  const origin = singleHeader(request, 'Origin');
  const site = singleHeader(request, 'Sec-Fetch-Site');
  const isOwn = origin === undefined ? site === 'same-origin' : isOriginOf(origin, request.headers.host);
  const isNamed = origin !== undefined && origins.includes(origin);
  const isNear = site === undefined || site === 'same-origin' || site === 'same-site';
  if ((isOwn || isNamed) && isNear) return token;
  throw refused(403, 'Expected the cookie from a page of this origin, or of one that is allowed');
}

function cookieOf(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function isOriginOf(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
