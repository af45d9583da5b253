import { setAttribute } from './dom.ts';
import type { LogLine } from './log-ring.ts';
import { LogRow } from './log-row.ts';
import type { LogView } from './log-view.ts';

/** The height of every row in pixels; page.css has the same. */
const ROW_HEIGHT = 24;
/** Rows beyond each edge, so that a frame of fast scrolling is not empty. */
const OVERSCAN = 8;
/** So near to its end, the list follows what is new. */
const NEAR_END = ROW_HEIGHT * 1.5;

export interface LogListEvents {
  /** The list began to follow the newest line, or ceased to. */
  readonly onFollow: (isFollowing: boolean) => void;
  readonly onOpen: (line: LogLine) => void;
}

/** A list that has elements only for the rows that can be seen, however many there are. */
export class LogList {
  readonly #scroller: HTMLElement;
  readonly #space: HTMLElement;
  readonly #view: LogView;
  readonly #events: LogListEvents;
  readonly #rows: LogRow[] = [];
  #isFollowing = true;
  #isAsked = false;
  #dropped = 0;
  /** The number of the line that was chosen with the keyboard or the mouse. */
  #chosen: number | undefined;

  constructor(scroller: HTMLElement, space: HTMLElement, view: LogView, events: LogListEvents) {
    this.#scroller = scroller;
    this.#space = space;
    this.#view = view;
    this.#events = events;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    scroller.addEventListener('keydown', (event) => this.#pressed(event));
    space.addEventListener('click', (event) => this.#clicked(event));
    new ResizeObserver(() => this.draw()).observe(scroller);
  }

  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Goes to the newest line, and stays there. */
  follow(): void {
    this.#setFollowing(true);
    this.draw();
  }

  draw(): void {
    const { length, dropped } = this.#view;
    const height = this.#scroller.clientHeight;
    this.#space.style.height = `${length * ROW_HEIGHT}px`;
    const gone = dropped - this.#dropped;
    this.#dropped = dropped;
    if (this.#isFollowing) this.#scroller.scrollTop = length * ROW_HEIGHT;
    else if (gone > 0) this.#scroller.scrollTop -= gone * ROW_HEIGHT;
    const { scrollTop } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - OVERSCAN);
    const end = Math.min(length, Math.ceil((scrollTop + height) / ROW_HEIGHT) + OVERSCAN);
    this.#fill(Math.ceil(height / ROW_HEIGHT) + 2 * OVERSCAN + 1);
    for (let index = 0; index < this.#rows.length; index++) this.#place(index, first, end);
  }

  /** The rows that exist are dealt out in turn, so that scrolling by one row changes one of them. */
  #place(index: number, first: number, end: number): void {
    const row = this.#rows[index] as LogRow;
    const count = this.#rows.length;
    const place = first + ((index - (first % count) + count) % count);
    const line = place < end ? this.#view.rowAt(place) : undefined;
    row.root.hidden = line === undefined;
    if (line === undefined) return;
    row.show(line, this.#view.pattern);
    row.root.style.transform = `translateY(${place * ROW_HEIGHT}px)`;
    row.root.dataset['place'] = String(place);
    const isChosen = this.#view.numberAt(place) === this.#chosen;
    setAttribute(row.root, 'aria-selected', String(isChosen));
    setAttribute(row.root, 'aria-posinset', String(place + 1));
    setAttribute(row.root, 'aria-setsize', String(this.#view.length));
    if (isChosen) setAttribute(this.#scroller, 'aria-activedescendant', row.root.id);
  }

  #fill(count: number): void {
    while (this.#rows.length < count) {
      const row = new LogRow(`log-row-${this.#rows.length}`);
      this.#rows.push(row);
      this.#space.append(row.root);
    }
    while (this.#rows.length > count) this.#rows.pop()?.root.remove();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#setFollowing(scrollHeight - clientHeight - scrollTop <= NEAR_END);
    this.#ask();
  }

  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.draw();
    });
  }

  #setFollowing(isFollowing: boolean): void {
    if (isFollowing === this.#isFollowing) return;
    this.#isFollowing = isFollowing;
    this.#events.onFollow(isFollowing);
  }

  #pressed(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#choose(this.#placeOfChosen() + step);
    } else if (event.key === 'Enter') {
      const line = this.#view.rowAt(this.#placeOfChosen());
      if (line !== undefined) this.#events.onOpen(line);
    }
  }

  #clicked(event: Event): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.log-row') : null;
    const place = Number(row?.dataset['place'] ?? -1);
    const line = this.#view.rowAt(place);
    if (line === undefined) return;
    this.#choose(place);
    this.#events.onOpen(line);
  }

  /** Without a choice, the place behind the last row that is seen: the first key up chooses that row. */
  #placeOfChosen(): number {
    const { scrollTop, clientHeight } = this.#scroller;
    const chosen = this.#chosen;
    if (chosen !== undefined) {
      let low = 0;
      let high = this.#view.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((this.#view.numberAt(middle) as number) < chosen) low = middle + 1;
        else high = middle;
      }
      if (this.#view.numberAt(low) === chosen) return low;
    }
    return Math.min(this.#view.length, Math.floor((scrollTop + clientHeight) / ROW_HEIGHT));
  }

  #choose(place: number): void {
    const bounded = Math.min(Math.max(place, 0), this.#view.length - 1);
    this.#chosen = this.#view.numberAt(bounded);
    const { scrollTop, clientHeight } = this.#scroller;
    const top = bounded * ROW_HEIGHT;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW_HEIGHT > scrollTop + clientHeight)
      this.#scroller.scrollTop = top + ROW_HEIGHT - clientHeight;
    if (bounded < this.#view.length - 2) this.#setFollowing(false);
    this.draw();
  }
}
