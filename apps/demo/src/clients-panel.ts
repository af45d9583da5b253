import { type ClientRow, type ClientsAnswer, pollClients } from './clients-poll.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { formatAge, formatCount } from './format.ts';

/** A queue of so many events fills its bar; the hub's default bound. */
const FULL_QUEUE = 100;

export interface ClientsPanel {
  /** Asks the server at once. */
  refresh(): void;
}

export interface ClientsPanelOptions {
  /** The id of this page's own client. */
  readonly ownId: () => string | undefined;
  readonly onRows: (rows: readonly ClientRow[]) => void;
}

/** Who is connected, this page marked. */
export function clientsPanel({ ownId, onRows }: ClientsPanelOptions): ClientsPanel {
  const body = byId('clients');
  const rows = new Map<string, ClientRowView>();

  function show(answer: ClientsAnswer): void {
    const problem = byId('clients-problem');
    setText(problem, answer.kind === 'problem' ? `${answer.text} What stands below may be out of date.` : '');
    body.classList.toggle('is-stale', answer.kind === 'problem');
    if (answer.kind === 'problem') return;
    const { count } = answer;
    const rest = count > answer.rows.length ? `, the first ${answer.rows.length} shown` : '';
    setText(byId('clients-count'), `${formatCount(count)}${rest}`);
    for (const [id, row] of rows) {
      if (answer.rows.some((client) => client.id === id)) continue;
      row.root.remove();
      rows.delete(id);
    }
    for (const client of answer.rows) {
      const row = rows.get(client.id) ?? new ClientRowView();
      if (!rows.has(client.id)) body.append(row.root);
      rows.set(client.id, row);
      row.show(client, client.id === ownId(), Date.now());
    }
    onRows(answer.rows);
  }

  return { refresh: pollClients(show) };
}

class ClientRowView {
  readonly root = element('tr');
  readonly #name = element('span');
  readonly #you = element('span', { class: 'badge', text: 'this page' });
  readonly #tags = cell('Tags');
  readonly #topics = cell('Topics');
  readonly #queue = element('span');
  readonly #bar = element('span', { class: 'bar', attributes: { 'aria-hidden': 'true' } });
  readonly #fill = element('span');
  readonly #events = cell('Events', 'number');
  readonly #since = cell('Connected', 'number');

  constructor() {
    const name = element('th', { attributes: { scope: 'row' } }, this.#name, this.#you);
    const queue = cell('Queue', 'number');
    this.#bar.append(this.#fill);
    queue.append(this.#bar, this.#queue);
    this.root.append(name, this.#tags, this.#topics, queue, this.#events, this.#since);
  }

  show(client: ClientRow, isOwn: boolean, now: number): void {
    setText(this.#name, client.name);
    this.#you.hidden = !isOwn;
    this.root.classList.toggle('is-own', isOwn);
    setText(this.#tags, client.tags.join(', ') || '–');
    setText(this.#topics, client.topics.join(', ') || 'everything');
    setText(this.#queue, formatCount(client.queueSize));
    const share = Math.min(1, client.queueSize / FULL_QUEUE);
    this.#fill.style.width = `${Math.round(share * 100)}%`;
    setAttribute(this.root, 'data-queue', share >= 0.8 ? 'full' : share > 0 ? 'some' : 'none');
    setText(this.#events, formatCount(client.eventsReceived));
    setText(
      this.#since,
      Number.isNaN(client.connectedAt) ? '–' : formatAge(now - client.connectedAt).replace(' ago', ''),
    );
  }
}

function cell(label: string, className = ''): HTMLTableCellElement {
  return element('td', { class: className, attributes: { 'data-label': label } });
}
