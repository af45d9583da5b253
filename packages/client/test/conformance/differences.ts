export interface Difference {
  readonly id: string;
  readonly why: string;
}

/** Where Chromium's own EventSource does not do what the standard says. The case names the clause. */
export const NATIVE_DIFFERENCES: readonly Difference[] = [
  {
    id: 'byte-order-mark/before-blank',
    why: 'Chromium loses the line after a byte order mark that one LF follows.',
  },
  {
    id: 'retry/hundred-digits',
    why: 'Chromium ignores a number beyond 64 bits; the standard sets no bound to the integer.',
  },
  {
    id: 'retry/infinite',
    why: 'Chromium ignores a number beyond 64 bits; the standard sets no bound to the integer.',
  },
  {
    id: 'content-types/charset-latin-1',
    why: 'Chromium refuses a charset that is not UTF-8; the standard asks for text/event-stream only, and decodes as UTF-8.',
  },
  {
    id: 'content-types/charset-windows',
    why: 'Chromium refuses a charset that is not UTF-8; the standard asks for text/event-stream only, and decodes as UTF-8.',
  },
];

/** Where a runtime keeps FetchEventSource from doing what the standard says. */
export const RUNTIME_DIFFERENCES: readonly (Difference & { readonly runtimes: RegExp })[] = [];
