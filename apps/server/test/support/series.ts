import type { ServerProcess } from './server-process.ts';

/** The samples of a text of Prometheus by series, such as `sse_gaps_total{reason="evicted"}`. */
export function parseSeries(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) series.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return series;
}

/** What a server's `/metrics` says now. */
export async function scrape(
  server: Pick<ServerProcess, 'url'>,
  path = '/metrics',
): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(server.url + path);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return parseSeries(text);
}
