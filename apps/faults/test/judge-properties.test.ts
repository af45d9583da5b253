import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryRecord } from '../src/history.ts';
import { judge } from '../src/judge/judge.ts';
import { isBroken } from '../src/judge/verdict.ts';
import { Story } from './histories.ts';

const CLIENTS = ['x', 'y', 'z'];

type Step =
  | { readonly do: 'publish'; readonly topic: string; readonly known: boolean }
  | { readonly do: 'read' | 'break'; readonly client: string };

/** What happens next: an event is published, or a client is shown what is new, or has its connection broken. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), topic: fc.constantFrom('a', 'b'), known: fc.boolean() }),
  fc.record({ do: fc.constantFrom('read' as const, 'break' as const), client: fc.constantFrom(...CLIENTS) }),
);

/** A history in which all is well: every client gets, over however many connections, what matches, in order. */
function good(steps: readonly Step[]): HistoryRecord[] {
  const story = new Story();
  const log: { key: string; id: string; topic: string }[] = [];
  const shown = new Map<string, number>();
  const read = (client: string): void => {
    const topics = client === 'z' ? ['a', 'b'] : ['a'];
    for (const { key, id, topic } of log.slice(shown.get(client) ?? 0))
      if (topics.includes(topic)) story.received(client, `${key}=${id}`, topic);
    const last = log.at(-1);
    if (last !== undefined && !topics.includes(last.topic)) story.position(client, last.id);
    shown.set(client, log.length);
  };
  for (const client of CLIENTS)
    story.client(client, client === 'z' ? ['a', 'b'] : ['a']).connected(client, 'e-0');
  for (const next of steps) {
    if (next.do === 'publish') {
      const key = `k${log.length}`;
      const id = `e-${log.length + 1}`;
      story.sent(key, next.topic);
      if (next.known) story.acknowledged(key, id);
      else story.answered(key, 'unknown');
      log.push({ key, id, topic: next.topic });
    } else if (next.do === 'read') read(next.client);
    else {
      const at = shown.get(next.client) ?? 0;
      story.ended(next.client).connected(next.client, at === 0 ? 'e-0' : `e-${at}`, 'resumed');
    }
  }
  for (const client of CLIENTS) read(client);
  return story.records;
}

type Mutation = (records: HistoryRecord[], at: number) => void;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'an event is dropped': (records, at) => void records.splice(at, 1),
  'an event comes twice': (records, at) => void records.splice(at, 0, records[at] as HistoryRecord),
  'an event comes from nowhere': (records, at) => {
    records[at] = { ...(records[at] as Extract<HistoryRecord, { kind: 'event' }>), key: 'nobody' };
  },
  'an event has the place of another': (records, at) => {
    const event = records[at] as Extract<HistoryRecord, { kind: 'event' }>;
    records[at] = { ...event, id: `e-${Number(event.id.slice(2)) + 1_000}` };
  },
};

test('random good histories are ok', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { counts } = judge(good(steps));
      expect(isBroken(counts)).toBe(false);
      expect(counts.false_gap + counts.told).toBe(0);
    }),
  );
});

test.each(Object.keys(MUTATIONS))('one change to a random good history is found: %s', (name) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), (steps, choice) => {
      // Acknowledged, so that it is owed even where nobody else has it.
      const known = steps.map((next) => (next.do === 'publish' ? { ...next, known: true } : next));
      const records = good(known);
      const events = records.flatMap(({ kind }, at) => (kind === 'event' ? [at] : []));
      fc.pre(events.length > 0);
      MUTATIONS[name]?.(records, events[choice % events.length] ?? 0);
      expect(isBroken(judge(records).counts)).toBe(true);
    }),
  );
});
