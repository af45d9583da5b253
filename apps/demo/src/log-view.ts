import type { LogGroup, LogLine, LogRing } from './log-ring.ts';

export interface LogFilter {
  /** What a line has to contain, in any case; `''` takes every line. */
  readonly search: string;
  readonly hidden: ReadonlySet<LogGroup>;
}

/** Numbers at the front of the list of matches that may be dead before they are cut off. */
const COMPACT_AT = 4_096;

/**
 * The lines of a ring that pass a filter. It is brought up to date by `scan`, a few lines at a time, so that a new filter
 * never stops the page.
 */
export class LogView {
  readonly #ring: LogRing;
  #filter: LogFilter = { search: '', hidden: new Set() };
  #pattern: RegExp | undefined;
  #matches: number[] = [];
  #head = 0;
  #scanned = 0;
  #dropped = 0;

  constructor(ring: LogRing) {
    this.#ring = ring;
  }

  get filter(): LogFilter {
    return this.#filter;
  }

  /** What the search looks for; without the flag `g`. */
  get pattern(): RegExp | undefined {
    return this.#pattern;
  }

  /** Rows to show: of the lines that were scanned so far. */
  get length(): number {
    return this.#takesAll ? this.#ring.size : this.#matches.length - this.#head;
  }

  /** Rows that have gone at the front since the filter was set. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether every line was looked at. */
  get isComplete(): boolean {
    return this.#takesAll || this.#scanned >= this.#ring.end;
  }

  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#pattern = filter.search === '' ? undefined : new RegExp(escapePattern(filter.search), 'i');
    this.#matches = [];
    this.#head = 0;
    this.#scanned = this.#ring.first;
    this.#dropped = 0;
  }

  /** Looks at up to `budget` more lines, and forgets those that the ring has dropped. */
  scan(budget: number): void {
    const { first, end } = this.#ring;
    if (this.#takesAll) {
      this.#dropped += Math.max(0, first - this.#scanned);
      this.#scanned = Math.max(this.#scanned, first);
      return;
    }
    this.#forget(first);
    this.#scanned = Math.max(this.#scanned, first);
    const stop = Math.min(end, this.#scanned + budget);
    for (; this.#scanned < stop; this.#scanned++) {
      const line = this.#ring.at(this.#scanned);
      if (line !== undefined && this.#passes(line)) this.#matches.push(this.#scanned);
    }
  }

  /** The line of a row, 0 being the oldest. */
  rowAt(row: number): LogLine | undefined {
    const number = this.numberAt(row);
    return number === undefined ? undefined : this.#ring.at(number);
  }

  /** The number, within the ring, of the line of a row. */
  numberAt(row: number): number | undefined {
    if (row < 0 || row >= this.length) return undefined;
    return this.#takesAll ? this.#ring.first + row : this.#matches[this.#head + row];
  }

  get #takesAll(): boolean {
    return this.#pattern === undefined && this.#filter.hidden.size === 0;
  }

  #passes(line: LogLine): boolean {
    if (this.#filter.hidden.has(line.group)) return false;
    return this.#pattern === undefined || this.#pattern.test(line.text) || this.#pattern.test(line.source);
  }

  #forget(first: number): void {
    while (this.#head < this.#matches.length && (this.#matches[this.#head] as number) < first) {
      this.#head++;
      this.#dropped++;
    }
    if (this.#head < COMPACT_AT) return;
    this.#matches = this.#matches.slice(this.#head);
    this.#head = 0;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
