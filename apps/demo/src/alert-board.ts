import type { AlertReading } from './payloads.ts';

/** Metrics whose alerts are kept; beyond it the one that changed longest ago goes. */
export const MAX_ALERTS = 50;

/** The newest state of each alert. */
export class AlertBoard {
  readonly #alerts = new Map<string, AlertReading>();

  /** Takes an alert, unless a newer one of the same name was there: a replay brings old ones. */
  add(alert: AlertReading): void {
    const known = this.#alerts.get(alert.name);
    if (known !== undefined && known.time > alert.time) return;
    this.#alerts.delete(alert.name);
    this.#alerts.set(alert.name, alert);
    const [oldest] = this.#alerts.keys();
    if (this.#alerts.size > MAX_ALERTS && oldest !== undefined) this.#alerts.delete(oldest);
  }

  /** Those that are raised first, then the newest. */
  list(): readonly AlertReading[] {
    const rank = ({ state }: AlertReading): number => (state === 'raised' ? 0 : 1);
    return [...this.#alerts.values()].sort((a, b) => rank(a) - rank(b) || b.time - a.time);
  }

  get raisedCount(): number {
    return this.list().filter(({ state }) => state === 'raised').length;
  }
}
