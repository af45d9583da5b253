import { figure } from './figures.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** One of ours is drawn in another colour than a peer, and the bare limit in a third. */
  readonly kind: 'ours' | 'peer' | 'limit';
}

const COLORS: Readonly<Record<Bar['kind'], string>> = { ours: '#2f6f4f', peer: '#8a94a6', limit: '#c28a2c' };
const WIDTH = 760;
const LABELS = 130;
const FIGURES = 80;
const ROW = 26;
const TOP = 40;

/** A chart of horizontal bars, each with its figure and a line from the least run to the greatest, as SVG. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ max }) => max), Number.MIN_VALUE);
  const scale = (WIDTH - LABELS - FIGURES) / most;
  const height = TOP + bars.length * ROW + 10;
  const rows = bars.map(({ label, value, min, max, kind }, index) => {
    const y = TOP + index * ROW;
    const middle = y + ROW / 2 - 3;
    const width = (value * scale).toFixed(1);
    const [from, to] = [min, max].map((end) => (LABELS + end * scale).toFixed(1));
    const text = (LABELS + Math.max(value, max) * scale + 8).toFixed(1);
    return `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escapeText(label)}</text>
<rect x="${LABELS}" y="${y}" width="${width}" height="${ROW - 6}" fill="${COLORS[kind]}"/>
<path d="M${from} ${middle}H${to}" stroke="#111" stroke-width="1.5"/>
<text x="${text}" y="${middle + 4}">${figure(value)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>${escapeText(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="10" y="22" font-weight="600">${escapeText(title)} (${escapeText(unit)})</text>
${rows.join('\n')}
</svg>
`;
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
