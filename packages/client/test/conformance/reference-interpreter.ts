import type { Fault } from './faults.ts';

/** What one blank line brings about. */
export interface Dispatch {
  readonly type: string;
  /** `undefined`: only the id is set. */
  readonly data: string | undefined;
  readonly lastEventId: string;
}

/** Section 9.2.6 of the HTML standard, step by step, with one fault where it is asked for. */
export class ReferenceInterpreter {
  /** The last `retry`. */
  retryMs: number | undefined;
  readonly #fault: Fault | undefined;
  readonly #decoder: TextDecoder;
  #line = '';
  #skipLineFeed = false;
  #held = '';
  #data = '';
  #type = '';
  #id: string;
  #dispatches: Dispatch[] = [];

  constructor(lastEventId: string, fault: Fault | undefined) {
    this.#id = lastEventId;
    this.#fault = fault;
    const label = fault === 'decodes as Latin-1' ? 'latin1' : 'utf-8';
    this.#decoder = new TextDecoder(label, { ignoreBOM: fault === 'strips no mark' });
  }

  feed(bytes: Uint8Array): readonly Dispatch[] {
    this.#dispatches = [];
    let text = this.#decoder.decode(bytes, { stream: this.#fault !== 'decodes each packet by itself' });
    if (this.#fault === 'strips two marks') text = text.replace(/^\ufeff/, '');
    if (this.#fault === 'holds a final CR') {
      text = this.#held + text;
      this.#held = text.endsWith('\r') ? '\r' : '';
      text = text.slice(0, text.length - this.#held.length);
    }
    if (text === '') return [];
    if (this.#skipLineFeed && text.startsWith('\n')) text = text.slice(1);
    this.#skipLineFeed = /\r$/.test(text) && this.#fault !== 'takes CRLF for two line ends';
    let start = 0;
    for (const { 0: end, index } of text.matchAll(this.#lineEnd())) {
      this.#interpret(this.#line + text.slice(start, index));
      this.#line = '';
      start = index + end.length;
    }
    this.#line += text.slice(start);
    return this.#dispatches;
  }

  end(): readonly Dispatch[] {
    this.#dispatches = [];
    if (this.#fault === 'fires an unfinished block') this.#dispatch();
    if (this.#fault === 'counts the id of an unfinished block')
      this.#dispatches.push({ type: '', data: undefined, lastEventId: this.#id });
    return this.#dispatches;
  }

  #lineEnd(): RegExp {
    if (this.#fault === 'takes CRLF for two line ends') return /\r|\n/g;
    return this.#fault === 'ends lines at U+2028' ? /\r\n?|\n|\u2028/g : /\r\n?|\n/g;
  }

  #interpret(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    this.#process(
      this.#fault === 'folds the case of field names' ? name.toLowerCase() : name,
      this.#fault === 'trims values' ? value.trim() : value,
    );
  }

  #process(name: string, value: string): void {
    if (name === 'event') this.#type = value;
    if (name === 'data')
      this.#data =
        this.#fault === 'keeps only the last line of data' ? `${value}\n` : `${this.#data}${value}\n`;
    if (name === 'id' && (!value.includes('\0') || this.#fault === 'takes an id with NUL')) this.#id = value;
    if (name !== 'retry') return;
    if (/^\d+$/.test(value)) this.retryMs = Number(value);
    else if (this.#fault === 'takes 1e3 for a number' && value !== '') this.retryMs = Number(value);
    else if (this.#fault === 'takes 1000ms for a number') this.retryMs = Number.parseInt(value, 10);
  }

  #dispatch(): void {
    const type = this.#type || 'message';
    const none = this.#data === '' || (this.#fault === 'takes empty data for none' && this.#data === '\n');
    const data =
      none && this.#fault !== 'fires blocks without data' ? undefined : this.#data.replace(/\n$/, '');
    if (data !== undefined || this.#fault !== 'ignores a block with only an id')
      this.#dispatches.push({ type, data, lastEventId: this.#id });
    this.#data = '';
    if (this.#fault !== 'keeps the type') this.#type = '';
    if (this.#fault === 'forgets the id with each event' && data !== undefined) this.#id = '';
  }
}
