import { chartData } from './chart-data.ts';
import type { Dashboard } from './dashboard.ts';
import { byId, element, setText } from './dom.ts';
import type { Interruption } from './interruptions.ts';
import { METRIC_VIEWS } from './metric-catalog.ts';
import { MetricChart } from './metric-chart.ts';
import { SeriesBuffer } from './series-buffer.ts';

export interface ChartsPanel {
  draw(now: number): void;
  recolor(): void;
}

const MINUTES = [5, 15, 60] as const;
const DESCRIBE_MS = 5_000;

/** The charts, the time that they show, and their pause: a picture that stands still while everything goes on behind it. */
export function chartsPanel(dashboard: Dashboard, change: () => void): ChartsPanel {
  const charts = METRIC_VIEWS.map((view) => ({ view, chart: new MetricChart(view) }));
  byId('charts').append(...charts.map(({ chart }) => chart.root));
  const pause = byId('pause', HTMLButtonElement);
  let minutes: number = MINUTES[0];
  let pausedAt: number | undefined;
  let describedAt = 0;

  pause.addEventListener('click', () => {
    pausedAt = pausedAt === undefined ? Date.now() : undefined;
    pause.setAttribute('aria-pressed', String(pausedAt !== undefined));
    setText(pause, pausedAt === undefined ? 'Pause' : 'Resume');
    byId('charts').classList.toggle('is-paused', pausedAt !== undefined);
    change();
  });

  byId('ranges').append(
    ...MINUTES.map((choice) => {
      const input = element('input', { attributes: { type: 'radio', name: 'range', value: String(choice) } });
      input.checked = choice === minutes;
      input.addEventListener('change', () => {
        minutes = choice;
        change();
      });
      return element('label', {}, input, element('span', { text: `${choice} min` }));
    }),
  );

  return {
    draw(now) {
      // Points carry the server's clock, all else this page's.
      const skew = dashboard.clockDifferenceMs;
      const to = (pausedAt ?? now) - skew;
      const range = [to - minutes * 60_000, to] as const;
      const bands = dashboard.interruptions.entries.map((entry) => moved(entry, skew));
      const cuts = dashboard.interruptions.cuts().map((cut) => cut - skew);
      for (const { view, chart } of charts) {
        const series = dashboard.series.get(view.name) ?? new SeriesBuffer();
        const latest = series.values[series.indexAfter(to) - 1];
        chart.draw({ data: chartData(series, range, cuts), range, bands, latest });
      }
      if (now - describedAt < DESCRIBE_MS) return;
      describedAt = now;
      for (const { chart } of charts) chart.describe();
    },
    recolor() {
      for (const { chart } of charts) chart.recolor();
    },
  };
}

function moved(entry: Interruption, skew: number): Interruption {
  return { ...entry, from: entry.from - skew, to: entry.to === undefined ? undefined : entry.to - skew };
}
