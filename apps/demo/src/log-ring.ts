/** What a line is shown as: levels of logs in four groups, events of other topics, and what happened to the stream. */
export type LogGroup = 'debug' | 'info' | 'warn' | 'error' | 'event' | 'stream';

export interface LogLine {
  readonly time: number;
  readonly group: LogGroup;
  /** The word for the level, as it came. */
  readonly level: string;
  /** Where it comes from: `server`, `file`, `stdin`, or a topic. */
  readonly source: string;
  readonly text: string;
}

/** Lines that are kept. */
export const MAX_LINES = 100_000;
/** Characters that are kept of all lines together; at two bytes each this is the most of the page's memory. */
export const MAX_CHARACTERS = 24_000_000;
/** Characters that are kept of one line. */
export const MAX_LINE_CHARACTERS = 16_384;
const CUT_MARK = ' … [cut]';

export interface LogRingBounds {
  readonly maxLines?: number;
  readonly maxCharacters?: number;
}

/**
 * The newest lines, bounded by count and by characters. Lines are numbered from 0 on, and keep their numbers when
 * older ones go.
 */
export class LogRing {
  readonly #lines: (LogLine | undefined)[] = [];
  readonly #maxLines: number;
  readonly #maxCharacters: number;
  #first = 0;
  #end = 0;
  #characters = 0;

  constructor({ maxLines = MAX_LINES, maxCharacters = MAX_CHARACTERS }: LogRingBounds = {}) {
    this.#maxLines = maxLines;
    this.#maxCharacters = maxCharacters;
  }

  /** The number of the oldest line that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next line will get. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#first;
  }

  get characters(): number {
    return this.#characters;
  }

  /** The line of a number; `undefined` where it is not kept, or not there yet. */
  at(number: number): LogLine | undefined {
    return number < this.#first || number >= this.#end ? undefined : this.#lines[number % this.#maxLines];
  }

  push(line: LogLine): void {
    const kept = line.text.length > MAX_LINE_CHARACTERS ? { ...line, text: cutText(line.text) } : line;
    if (this.size === this.#maxLines) this.#drop();
    this.#lines[this.#end % this.#maxLines] = kept;
    this.#end++;
    this.#characters += kept.text.length;
    while (this.#characters > this.#maxCharacters && this.size > 1) this.#drop();
  }

  clear(): void {
    while (this.size > 0) this.#drop();
  }

  #drop(): void {
    const index = this.#first % this.#maxLines;
    this.#characters -= this.#lines[index]?.text.length ?? 0;
    this.#lines[index] = undefined;
    this.#first++;
  }
}

function cutText(text: string): string {
  // A slice alone would hold the whole text in memory; going through bytes makes a copy.
  const bytes = new TextEncoder().encode(text.slice(0, MAX_LINE_CHARACTERS));
  return new TextDecoder().decode(bytes) + CUT_MARK;
}

const GROUPS: ReadonlyMap<string, LogGroup> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
]);

/** The group of a log level; one that nobody knows counts as `info`. */
export function groupOf(level: string): LogGroup {
  return GROUPS.get(level) ?? 'info';
}
