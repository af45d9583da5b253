/** The colours of the page, as a canvas takes them. */
export interface ChartColors {
  readonly line: string;
  readonly text: string;
  readonly grid: string;
  readonly away: string;
  readonly replayed: string;
  readonly gap: string;
  readonly off: string;
}

/** Reads the colours that apply to an element now: a canvas knows neither variables nor light-dark(). */
export function chartColors(at: HTMLElement): ChartColors {
  const probe = document.createElement('span');
  at.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    line: read('--line'),
    text: read('--muted'),
    grid: read('--grid'),
    away: read('--away'),
    replayed: read('--replayed'),
    gap: read('--gap'),
    off: read('--muted'),
  };
  probe.remove();
  return colors;
}

/** A colour such as `rgb(1, 2, 3)`, let through. */
export function withAlpha(color: string, alpha: number): string {
  const [red = '0', green = '0', blue = '0'] = color.match(/[\d.]+/g) ?? [];
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
