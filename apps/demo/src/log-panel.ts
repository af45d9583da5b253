import type { Dashboard } from './dashboard.ts';
import { byId, element, setText } from './dom.ts';
import { formatCount } from './format.ts';
import { LogList } from './log-list.ts';
import type { LogGroup, LogLine } from './log-ring.ts';
import { LogView } from './log-view.ts';

const GROUPS: readonly LogGroup[] = ['debug', 'info', 'warn', 'error', 'event', 'stream'];
/** Lines that are looked at between two looks at the clock. */
const SCAN_LINES = 2_000;
/** Of each frame, the time that a search may take. */
const SCAN_MS = 6;

/** The log: its filters, its list, and the line that is opened. Answers with a function that brings it up to date. */
export function logPanel(dashboard: Dashboard): () => void {
  const view = new LogView(dashboard.log);
  const hidden = new Set<LogGroup>();
  const search = byId('log-search', HTMLInputElement);
  const jump = byId('log-jump', HTMLButtonElement);
  const detail = byId('log-detail');
  let endWhenLeft = 0;
  let isSearching = false;

  const list = new LogList(byId('log-scroller'), byId('log-space'), view, {
    onFollow(isFollowing) {
      jump.hidden = isFollowing;
      endWhenLeft = dashboard.log.end;
      tell();
    },
    onOpen: (line) => open(line),
  });

  function tell(): void {
    const { size } = dashboard.log;
    const shown = view.length;
    const lines = `${formatCount(size)} ${size === 1 ? 'line' : 'lines'}`;
    setText(byId('log-count'), shown === size ? lines : `${formatCount(shown)} of ${lines}`);
    const empty = byId('log-empty');
    empty.hidden = shown > 0;
    setText(empty, size === 0 ? 'Nothing yet.' : view.isComplete ? 'No line matches.' : 'Searching…');
    const more = dashboard.log.end - endWhenLeft;
    setText(jump, more > 0 ? `Jump to newest (${formatCount(more)} new)` : 'Jump to newest');
  }

  function open(line: LogLine): void {
    const head = [new Date(line.time).toISOString(), line.level, line.source].filter(Boolean).join('  ');
    setText(byId('log-detail-text'), `${head}\n${line.text}`);
    detail.hidden = false;
  }

  /** Looks at more lines, and draws. A search that is not done goes on in the next frame. */
  function draw(): void {
    const until = performance.now() + SCAN_MS;
    do view.scan(SCAN_LINES);
    while (!view.isComplete && performance.now() < until);
    list.draw();
    tell();
    if (view.isComplete || isSearching) return;
    isSearching = true;
    requestAnimationFrame(() => {
      isSearching = false;
      draw();
    });
  }

  function filter(): void {
    view.setFilter({ search: search.value, hidden: new Set(hidden) });
    draw();
    list.follow();
  }

  function close(): void {
    detail.hidden = true;
    byId('log-scroller').focus();
  }

  search.addEventListener('input', filter);
  jump.addEventListener('click', () => {
    list.follow();
    byId('log-scroller').focus();
  });
  byId('log-detail-close').addEventListener('click', close);
  byId('log').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !detail.hidden) close();
  });
  byId('levels').append(
    ...GROUPS.map((group) => {
      const chip = element('button', {
        class: 'chip',
        text: group,
        attributes: { type: 'button', 'aria-pressed': 'true', 'data-group': group },
      });
      chip.addEventListener('click', () => {
        if (!hidden.delete(group)) hidden.add(group);
        chip.setAttribute('aria-pressed', String(!hidden.has(group)));
        filter();
      });
      return chip;
    }),
  );
  return draw;
}
