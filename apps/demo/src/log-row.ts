import { element, setAttribute, setText } from './dom.ts';
import { formatTime } from './format.ts';
import type { LogLine } from './log-ring.ts';

/** Characters of a line that a row holds; the rest is seen when it is opened. */
const MAX_SHOWN = 400;
const MAX_MARKS = 20;

/** One row of the list; as the list scrolls, it shows one line after another. */
export class LogRow {
  readonly root: HTMLDivElement;
  readonly #time = element('span', { class: 'log-time' });
  readonly #level = element('span', { class: 'log-level' });
  readonly #source = element('span', { class: 'log-source' });
  readonly #text = element('span', { class: 'log-text' });
  #line: LogLine | undefined;
  #pattern: RegExp | undefined;

  constructor(id: string) {
    this.root = element(
      'div',
      { class: 'log-row', attributes: { role: 'option', id } },
      this.#time,
      this.#level,
      this.#source,
      this.#text,
    );
  }

  show(line: LogLine, pattern: RegExp | undefined): void {
    if (line === this.#line && pattern === this.#pattern) return;
    this.#line = line;
    this.#pattern = pattern;
    setText(this.#time, formatTime(line.time));
    setText(this.#level, line.level);
    setText(this.#source, line.source);
    setAttribute(this.root, 'data-group', line.group);
    const text = line.text.slice(0, MAX_SHOWN);
    if (pattern === undefined) setText(this.#text, text);
    else this.#text.replaceChildren(...marked(text, pattern));
  }
}

/** A text with what the pattern finds in it marked. */
function marked(text: string, pattern: RegExp): Node[] {
  const nodes: Node[] = [];
  let rest = text;
  for (let count = 0; count < MAX_MARKS; count++) {
    const found = pattern.exec(rest);
    if (found === null || found[0] === '') break;
    const end = found.index + found[0].length;
    nodes.push(new Text(rest.slice(0, found.index)), element('mark', { text: found[0] }));
    rest = rest.slice(end);
  }
  nodes.push(new Text(rest));
  return nodes;
}
