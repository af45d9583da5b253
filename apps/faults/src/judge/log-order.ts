import type { StorePromise } from '../history.ts';
import type { PublishedLog } from './published-log.ts';
import type { Finding } from './verdict.ts';

/** What is wrong with the log itself, whoever reads it. */
export function judgeLog(log: PublishedLog, promise: StorePromise): Finding[] {
  return [...judgeOrder(log), ...(promise === 'kept' ? judgeKeys(log) : [])];
}

/** An event that was first sent after another was acknowledged stands behind it. */
function judgeOrder(log: PublishedLog): Finding[] {
  const findings: Finding[] = [];
  for (const line of log.lines.values()) {
    let latest: { readonly id: string; readonly sentAt: number } | undefined;
    for (const { id, key, sentAt } of line) {
      const event = log.events.get(key);
      if (event?.id === id && latest !== undefined && latest.sentAt > (event.answeredAt ?? sentAt)) {
        const why = `acknowledged before ${latest.id} was sent, and stands behind it`;
        findings.push({ class: 'reordered', key, id, why });
      }
      if (latest === undefined || sentAt > latest.sentAt) latest = { id, sentAt };
    }
  }
  return findings;
}

/** A log that keeps everything has each key once. */
function judgeKeys(log: PublishedLog): Finding[] {
  const ids = new Map<string, string>();
  const findings: Finding[] = [];
  for (const line of log.lines.values()) {
    for (const { id, key } of line) {
      const first = ids.get(key);
      if (first === undefined) ids.set(key, id);
      else
        findings.push({ class: 'repeated', key, id, why: `a retry of ${first} was added to the log again` });
    }
  }
  return findings;
}
