import { type ChartColors, withAlpha } from './chart-colors.ts';
import type { Interruption, InterruptionKind } from './interruptions.ts';

/** A part of a canvas, in its pixels. */
export interface PlotBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface BandPainting {
  readonly context: CanvasRenderingContext2D;
  readonly box: PlotBox;
  readonly colors: ChartColors;
  /** Pixels of the canvas for one of the page. */
  readonly ratio: number;
  /** Where a time, of this page's clock, is on the canvas. */
  readonly toX: (time: number) => number;
  readonly now: number;
}

/** A band narrower than this would be overlooked. */
const LEAST_WIDTH = 3;
const HATCH_STEP = 7;
const FONT_SIZE = 10;
const LABELS: Readonly<Record<InterruptionKind, string>> = Object.freeze({
  away: 'away',
  replayed: 'replayed',
  gap: 'gap',
  off: 'topic off',
});

/** Paints where a chart is not whole: each kind has a colour, a pattern of its own, and where there is room its name. */
export function paintBands(painting: BandPainting, bands: readonly Interruption[]): void {
  const { context, box } = painting;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  for (const band of bands) paintBand(painting, band);
  context.restore();
}

function paintBand(painting: BandPainting, { kind, from, to }: Interruption): void {
  const { context, box, colors, ratio, toX, now } = painting;
  const color = colors[kind];
  const start = toX(from);
  const width = Math.max(LEAST_WIDTH * ratio, toX(to ?? now) - start);
  if (start > box.left + box.width || start + width < box.left) return;
  context.fillStyle = withAlpha(color, kind === 'replayed' ? 0.14 : 0.1);
  context.fillRect(start, box.top, width, box.height);
  context.strokeStyle = withAlpha(color, 0.45);
  context.lineWidth = ratio;
  if (kind === 'replayed') {
    // Whole again: no hatching, only a line at its foot.
    context.fillStyle = withAlpha(color, 0.8);
    context.fillRect(start, box.top + box.height - 2 * ratio, width, 2 * ratio);
  } else {
    hatch(painting, start, width, kind === 'gap' ? -1 : 1);
    context.strokeStyle = withAlpha(color, 0.9);
    context.setLineDash([3 * ratio, 3 * ratio]);
    strokeLine(context, start, box.top, start, box.top + box.height);
    if (to !== undefined) strokeLine(context, start + width, box.top, start + width, box.top + box.height);
    context.setLineDash([]);
  }
  paintLabel(painting, LABELS[kind], color, start, width);
}

function hatch({ context, box, ratio }: BandPainting, start: number, width: number, slope: 1 | -1): void {
  context.save();
  context.beginPath();
  context.rect(start, box.top, width, box.height);
  context.clip();
  const step = HATCH_STEP * ratio;
  const reach = box.height;
  // Counted from zero, so that the pattern stands still while a band grows.
  for (let x = Math.floor((start - reach) / step) * step; x < start + width + reach; x += step)
    strokeLine(context, x, box.top + (slope > 0 ? reach : 0), x + reach, box.top + (slope > 0 ? 0 : reach));
  context.restore();
}

function paintLabel(
  painting: BandPainting,
  label: string,
  color: string,
  start: number,
  width: number,
): void {
  const { context, box, ratio } = painting;
  context.font = `600 ${FONT_SIZE * ratio}px system-ui, sans-serif`;
  const left = Math.max(start, box.left);
  const room = Math.min(start + width, box.left + box.width) - left;
  if (room < context.measureText(label).width + 8 * ratio) return;
  context.fillStyle = color;
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillText(label, left + 4 * ratio, box.top + 4 * ratio);
}

function strokeLine(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
