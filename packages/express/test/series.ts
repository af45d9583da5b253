import type { Registry } from 'prom-client';

/** The samples of a text of Prometheus by series, such as `sse_gaps_total{reason="evicted"}`. */
export function parseSeries(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) series.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return series;
}

export async function seriesOf(registry: Pick<Registry, 'metrics'>): Promise<ReadonlyMap<string, number>> {
  return parseSeries(await registry.metrics());
}
