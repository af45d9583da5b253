import type { StorePromise } from '../history.ts';
import { compareIds } from './ids.ts';
import type { PublishedLog } from './published-log.ts';
import type { Finding } from './verdict.ts';

/** What is wrong with the log itself, whoever reads it. */
export function judgeLog(log: PublishedLog, promise: StorePromise): Finding[] {
  const found = [...judgeOrder(log), ...judgeHeld(log)];
  return promise === 'kept' ? [...found, ...judgeKeys(log), ...judgeKept(log)] : found;
}

/** What the log has in the end stands in order, and is what was published. */
function judgeHeld(log: PublishedLog): Finding[] {
  const findings: Finding[] = [];
  let before: string | undefined;
  for (const [id, key] of log.held) {
    if (before !== undefined && !((compareIds(id, before) ?? 0) > 0))
      findings.push({ class: 'reordered', key, id, why: `the log has it behind ${before}` });
    before = id;
    const event = log.events.get(key);
    const place = log.placeOf(id);
    if (event === undefined || event.outcome === 'refused')
      findings.push({
        class: 'phantom',
        key,
        id,
        why: 'the log has it, but it was refused, or never published',
      });
    else if (place !== undefined && place.key !== key)
      findings.push({ class: 'phantom', key, id, why: `the log has it at the place of ${place.key}` });
  }
  return findings;
}

/** A log that keeps everything has it in the end. */
function judgeKept(log: PublishedLog): Finding[] {
  const places = [...log.lines.values()].flat();
  return places
    .filter((place) => log.isGone(place))
    .map(({ key, id }) => ({ class: 'lost', key, id, why: 'the log does not have it any more' }));
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
