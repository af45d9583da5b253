/**
 * An URL as text, with a page's own as its base where there is a page.
 *
 * @throws DOMException `SyntaxError` where it can't be parsed.
 */
export function absoluteUrl(url: string | URL): string {
  const { document, location } = globalThis;
  try {
    return new URL(url, document?.baseURI ?? location?.href).href;
  } catch {
    throw new DOMException(
      `Expected an absolute URL, or one relative to a page, got ${String(url)}`,
      'SyntaxError',
    );
  }
}
