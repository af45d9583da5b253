import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ask, publishOk } from './support/http.ts';
import { parseQuery, type Selector } from './support/promql.ts';
import { scrape } from './support/series.ts';
import { eventually, killServers, startServer } from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8');
const dashboard = JSON.parse(await read('grafana/dashboard.json')) as Dashboard;
const rules = parse(await read('prometheus/alerts.yml')) as Rules;

/** Each query by where it stands, with the variables of Grafana filled in as it would. */
const QUERIES: readonly (readonly [string, string])[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const)),
].map(([place, text]) => [place, text.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')]);

/** What Prometheus itself adds. */
const ADDED = ['instance', 'job'];
/** By metric and label, the values that a server which has seen traffic shows. */
const known = new Map<string, Map<string, Set<string>>>([['up', new Map()]]);

beforeAll(async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const reader = await openStream(`${server.url}/stream`);
  await publishOk(server, { type: 'a' });
  await eventually(() => expect(reader.events()).toHaveLength(1));
  await openStream(`${server.url}/stream`, { headers: { 'Last-Event-ID': reader.lastId } });
  await ask(server, '/nothing');
  for (const series of (await scrape(server)).keys()) {
    const [, name = '', text = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(series) ?? [];
    const labels = known.get(name) ?? new Map<string, Set<string>>();
    known.set(name, labels);
    for (const [, label = '', value = ''] of text.matchAll(/(\w+)="([^"]*)"/g))
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
  }
});
afterAll(killServers);

function faultsOf({ metric, labels }: Selector): readonly string[] {
  const found = known.get(metric);
  if (found === undefined) return [`no metric ${metric}`];
  return [...labels].flatMap(([label, values]) => {
    if (ADDED.includes(label)) return [];
    const shown = found.get(label);
    if (shown === undefined) return [`no label ${label} on ${metric}`];
    return values.filter((value) => !shown.has(value)).map((value) => `no ${label}="${value}" on ${metric}`);
  });
}

function check(query: string): readonly string[] {
  const { selectors, groupings } = parseQuery(query);
  const labels = new Set(selectors.flatMap(({ metric }) => [...(known.get(metric)?.keys() ?? [])]));
  const grouped = groupings.filter((label) => !labels.has(label) && !ADDED.includes(label));
  return [...selectors.flatMap(faultsOf), ...grouped.map((label) => `no label ${label} to group by`)];
}

test.each(QUERIES)('%s: %s asks for what there is', (_, query) => {
  expect(check(query)).toEqual([]);
});

test('each panel has a query, and there is an alert for what matters most', () => {
  expect(QUERIES.length).toBeGreaterThan(40);
  expect(rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert))).toEqual(
    expect.arrayContaining(['SseServerDown', 'SseLogNotFollowed', 'SseClientsLoseEvents']),
  );
});

describe('a query is refused', () => {
  test.each([
    ['of a metric that is not there', 'sse_nothing', 'no metric sse_nothing'],
    ['by a label that is not there', 'sse_gaps_total{cause="evicted"}', 'no label cause on sse_gaps_total'],
    [
      'by a value that is not there',
      'sse_gaps_total{reason=~"evicted|x"}',
      'no reason="x" on sse_gaps_total',
    ],
    ['grouped by what is not there', 'sum by (topic) (sse_gaps_total)', 'no label topic to group by'],
  ])('%s', (_, query, fault) => {
    expect(check(query)).toEqual([fault]);
  });

  test('that is no PromQL', () => expect(() => parseQuery('rate(sse_gaps_total[5m)')).toThrow('No PromQL'));
});
