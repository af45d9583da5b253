import type { HistoryRecord, StorePromise } from '../history.ts';
import { ClientJudge } from './client-judge.ts';
import { judgeLog } from './log-order.ts';
import { PublishedLog } from './published-log.ts';
import { addCounts, type Counts, type Finding, noCounts, type Verdict } from './verdict.ts';

/** Findings kept of each class and client. */
const KEPT_FINDINGS = 5;

/** Judges a history: what was every event to every client that had asked for it? Looks at nothing else. */
export function judge(records: readonly HistoryRecord[]): Verdict {
  const round = records.find((record) => record.kind === 'round');
  const promise: StorePromise = round?.promise ?? 'kept';
  const log = new PublishedLog(records);
  const judges = new Map<string, ClientJudge>();
  const faults: Record<string, number> = {};
  let [gaps, connections] = [0, 0];
  for (const record of records) {
    if (record.kind === 'client')
      judges.set(record.client, new ClientJudge(record.client, record.topics, log, promise));
    if ('client' in record) judges.get(record.client)?.take(record);
    if (record.kind === 'fault' && record.state === 'begins')
      faults[record.name] = (faults[record.name] ?? 0) + 1;
    if (record.kind === 'gap') gaps++;
    if (record.kind === 'connected') connections++;
  }
  const counts = noCounts();
  const byClient = new Map<string, Counts>();
  const findings: Finding[] = judgeLog(log, promise);
  for (const finding of findings) counts[finding.class]++;
  for (const [name, client] of judges) {
    client.end();
    byClient.set(name, client.counts);
    addCounts(counts, client.counts);
    findings.push(...firstOfEach(client.findings));
  }
  const published = { acknowledged: 0, refused: 0, unknown: 0 };
  for (const { outcome } of log.events.values()) published[outcome]++;
  return {
    stage: round?.stage ?? '',
    seed: round?.seed ?? 0,
    counts,
    byClient,
    findings,
    published,
    faults,
    gaps,
    connections,
  };
}

function firstOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, number>();
  return findings.filter((finding) => {
    const count = (seen.get(finding.class) ?? 0) + 1;
    seen.set(finding.class, count);
    return count <= KEPT_FINDINGS;
  });
}
