import uPlot from 'uplot';
import { paintBands } from './band-painter.ts';
import { type ChartColors, chartColors, withAlpha } from './chart-colors.ts';
import type { ChartData, TimeRange } from './chart-data.ts';
import { element, setAttribute, setText } from './dom.ts';
import { formatMinute, formatTime } from './format.ts';
import type { Interruption } from './interruptions.ts';
import { axisTop, type MetricView } from './metric-catalog.ts';

/** What a chart draws. Times are of this page's clock, and in milliseconds but for those of `data`. */
export interface ChartFrame {
  readonly data: ChartData;
  readonly range: TimeRange;
  readonly bands: readonly Interruption[];
  readonly latest: number | undefined;
}

const SYNC_KEY = 'metrics';
const AXIS_FONT = '11px system-ui, sans-serif';
const Y_AXIS_WIDTH = 46;
const X_AXIS_HEIGHT = 22;
/** Seconds between the labels of the time, the first that leaves them room. */
const AXIS_STEPS = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600];
const LABEL_HALF_WIDTH = 18;
const SHORT_RANGE_MS = 10 * 60_000;

/** The chart of one metric: its name, its value now or under the cursor that all charts share, and its curve. */
export class MetricChart {
  readonly root: HTMLElement;
  readonly #view: MetricView;
  readonly #value = element('span', { class: 'chart-value', text: '–' });
  readonly #at = element('span', { class: 'chart-at' });
  readonly #canvasBox = element('div', { class: 'chart-canvas', attributes: { role: 'img' } });
  #colors: ChartColors | undefined;
  #plot: uPlot | undefined;
  #frame: ChartFrame | undefined;
  #pointed: number | null | undefined;

  constructor(view: MetricView) {
    this.#view = view;
    const title = element('h3', { text: view.title });
    const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } });
    const head = element('figcaption', {}, swatch, title, this.#at, this.#value);
    this.root = element('figure', { class: 'chart' }, head, this.#canvasBox);
    this.root.dataset['metric'] = view.name;
    new ResizeObserver(() => this.#fit()).observe(this.#canvasBox);
  }

  draw(frame: ChartFrame): void {
    this.#frame = frame;
    const width = this.#canvasBox.clientWidth;
    if (width === 0) return;
    this.#plot ??= this.#create();
    this.#plot.setData(frame.data);
    this.#showValue();
  }

  /** Takes the colours of the theme anew. */
  recolor(): void {
    this.#colors = undefined;
    this.#plot?.redraw(false);
  }

  /** What the curve looks like, for those who cannot see it. */
  describe(): void {
    if (this.#frame === undefined) return;
    const { data, range, latest } = this.#frame;
    const values = data[1].filter((value) => value !== null);
    const { format, title } = this.#view;
    const minutes = Math.round((range[1] - range[0]) / 60_000);
    const text =
      latest === undefined
        ? `${title}: no data`
        : `${title}: now ${format(latest)}; last ${minutes} minutes from ${format(values.reduce((a, b) => Math.min(a, b), latest))} to ${format(values.reduce((a, b) => Math.max(a, b), latest))}`;
    setAttribute(this.#canvasBox, 'aria-label', text);
  }

  get #theme(): ChartColors {
    this.#colors ??= chartColors(this.root);
    return this.#colors;
  }

  #create(): uPlot {
    const view = this.#view;
    const axis: uPlot.Axis = {
      stroke: () => this.#theme.text,
      font: AXIS_FONT,
      grid: { stroke: () => this.#theme.grid, width: 1 },
      ticks: { show: false },
    };
    return new uPlot(
      {
        width: this.#canvasBox.clientWidth,
        height: this.#canvasBox.clientHeight,
        padding: [6, 2, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: false, y: false, setScale: false },
          sync: { key: SYNC_KEY, scales: ['x', null] },
          points: { size: 7 },
        },
        scales: {
          x: { time: true, range: () => this.#range() },
          y: { range: (_plot, _min, max) => [0, axisTop(view, max)] },
        },
        axes: [
          {
            ...axis,
            size: X_AXIS_HEIGHT,
            space: 64,
            gap: 4,
            incrs: [...AXIS_STEPS],
            values: (plot, splits) => splits.map((split) => this.#axisTime(plot, split)),
          },
          {
            ...axis,
            size: Y_AXIS_WIDTH,
            space: 44,
            gap: 6,
            values: (_plot, splits) => splits.map(view.formatAxis),
          },
        ],
        series: [
          {},
          {
            stroke: () => this.#theme.line,
            fill: () => withAlpha(this.#theme.line, 0.1),
            width: 1.5,
            points: { size: 3, filter: lonelyPoints },
          },
        ],
        hooks: { drawClear: [(plot) => this.#paintBands(plot)], setCursor: [(plot) => this.#point(plot)] },
      },
      this.#frame?.data ?? [[], []],
      this.#canvasBox,
    );
  }

  #range(): [number, number] {
    const [from, to] = this.#frame?.range ?? [0, 1];
    return [from / 1_000, to / 1_000];
  }

  #axisTime(plot: uPlot, seconds: number): string {
    // A label there would be cut off by the edge.
    if (plot.valToPos(seconds, 'x') > plot.bbox.width / uPlot.pxRatio - LABEL_HALF_WIDTH) return '';
    const [from, to] = this.#frame?.range ?? [0, 0];
    const needsSeconds = to - from < SHORT_RANGE_MS && seconds % 60 !== 0;
    return needsSeconds ? formatTime(seconds * 1_000) : formatMinute(seconds * 1_000);
  }

  #paintBands(plot: uPlot): void {
    if (this.#frame === undefined) return;
    paintBands(
      {
        context: plot.ctx,
        box: plot.bbox,
        colors: this.#theme,
        ratio: uPlot.pxRatio,
        toX: (time) => plot.valToPos(time / 1_000, 'x', true),
        now: this.#frame.range[1],
      },
      this.#frame.bands,
    );
  }

  #point(plot: uPlot): void {
    this.#pointed = plot.cursor.idx;
    this.#showValue();
  }

  #showValue(): void {
    const { data, latest } = this.#frame ?? {};
    const index = this.#pointed ?? undefined;
    const time = index === undefined ? undefined : data?.[0][index];
    const value = time === undefined || index === undefined ? latest : data?.[1][index];
    setText(this.#value, value == null ? '–' : this.#view.format(value));
    setText(this.#at, time === undefined ? '' : formatTime(time * 1_000));
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvasBox;
    if (width > 0 && this.#plot !== undefined) this.#plot.setSize({ width, height });
    else if (this.#frame !== undefined) this.draw(this.#frame);
  }
}

/** Points with a break on both sides: no line would show them. */
function lonelyPoints(plot: uPlot, seriesIndex: number): number[] {
  const values = plot.data[seriesIndex] ?? [];
  const found: number[] = [];
  for (let index = 0; index < values.length; index++)
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
  return found;
}
