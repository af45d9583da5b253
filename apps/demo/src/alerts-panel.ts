import type { Dashboard } from './dashboard.ts';
import { byId, element, setText } from './dom.ts';
import { formatAge, formatTime } from './format.ts';
import { METRIC_VIEWS } from './metric-catalog.ts';
import type { AlertReading } from './payloads.ts';

/** The newest state of each alert. Answers with a function that brings the list up to date. */
export function alertsPanel(dashboard: Dashboard): (now: number) => void {
  const list = byId('alerts');
  const items = new Map<string, AlertItem>();

  return (now) => {
    const alerts = dashboard.alerts.list();
    for (const [name, item] of items) {
      if (alerts.some((alert) => alert.name === name)) continue;
      item.root.remove();
      items.delete(name);
    }
    alerts.forEach((alert, index) => {
      const item = items.get(alert.name) ?? new AlertItem();
      items.set(alert.name, item);
      item.show(alert, now - dashboard.clockDifferenceMs);
      if (list.children[index] !== item.root) list.insertBefore(item.root, list.children[index] ?? null);
    });
    byId('alerts-empty').hidden = alerts.length > 0;
    const { raisedCount } = dashboard.alerts;
    setText(byId('alerts-count'), alerts.length === 0 ? '' : `${raisedCount} raised`);
  };
}

class AlertItem {
  readonly root = element('li');
  readonly #state = element('span', { class: 'alert-state' });
  readonly #name = element('strong');
  readonly #detail = element('span', { class: 'muted' });

  constructor() {
    this.root.append(this.#state, element('div', {}, this.#name, this.#detail));
  }

  show(alert: AlertReading, now: number): void {
    const { name, state, value, threshold, time } = alert;
    const view = METRIC_VIEWS.find((metric) => metric.name === name);
    const format = view?.format ?? String;
    this.root.dataset['state'] = state === 'raised' || state === 'cleared' ? state : 'other';
    setText(this.#state, state);
    setText(this.#name, view?.title ?? name);
    const reading = value === undefined ? '' : `${format(value)} `;
    const bound = threshold === undefined ? '' : `at a threshold of ${format(threshold)}, `;
    setText(this.#detail, `${reading}${bound}${formatTime(time)}, ${formatAge(now - time)}`);
  }
}
