import { EVENT_BYTES } from '../bench-event.ts';
import { Stage } from '../run/stage.ts';
import { AREAS, placeTopic } from '../server/publishing.ts';
import { faultOf, type Outcome, type Scale, type Scenario } from './scenario.ts';

/** Topics that are published in turns, wherever nothing else is said. */
const TOPICS = 10_000;
/** Events that may be under way to one subscriber; its default bound is 100. */
const IN_FLIGHT = 80;

/** Who wants what, and what of it is published. */
interface Plan {
  /** The topics of each subscriber, as a query. */
  readonly wanted: readonly string[];
  /** Topics that are published in turns. */
  readonly topics: number;
  /** Events that all subscribers together get, out of so many published. */
  expected(published: number): number;
  readonly deliveriesPerEvent: number;
}

/** Each of some subscribers wants one topic of its own. */
export function ownTopics(subscribers: number, topics: number): Plan {
  return {
    wanted: Array.from({ length: subscribers }, (_, place) => placeTopic(place)),
    topics,
    expected: (published) =>
      Math.floor(published / topics) * subscribers + Math.min(published % topics, subscribers),
    deliveriesPerEvent: subscribers / topics,
  };
}

/** A hundred sets of wildcards, each of which overlaps the next: every event is wanted by two sets. */
function overlappingSets(subscribers: number): Plan {
  const wanted = Array.from(
    { length: subscribers },
    (_, index) => `bench.${index % AREAS}.*,bench.${(index + 1) % AREAS}.**`,
  );
  const each = (2 * subscribers) / AREAS;
  return { wanted, topics: TOPICS, expected: (published) => each * published, deliveriesPerEvent: each };
}

/** CPU time of the server for one event, in microseconds. */
export async function costOf(system: string, scale: Scale, plan: Plan): Promise<Outcome> {
  const stage = await Stage.open(system);
  try {
    const paths = plan.wanted.map((topics) => `${stage.path}?topics=${topics}`);
    const subscribers = paths.length;
    await stage.connect({ subscribers, paths, order: 'rising', progressOf: 'all' });
    const inFlight = Math.min(TOPICS, (IN_FLIGHT * subscribers) / plan.deliveriesPerEvent);
    const publishing = { kind: 'burst', perTurn: 1, inFlight } as const;
    const request = { publishing, eventBytes: EVENT_BYTES, topics: plan.topics };
    await stage.publish(request, 1 / plan.deliveriesPerEvent);
    await new Promise((resolve) => setTimeout(resolve, scale.warmUpMs));
    const before = await stage.published();
    const measured = await stage.measure(scale.measureMs);
    const events = (await stage.published()) - before;
    const verdict = await stage.finish(plan.expected);
    const missing = plan.expected(verdict.published) - verdict.received;
    const fault = faultOf({ ...verdict, lost: verdict.lost + Math.abs(missing) });
    return {
      values: {
        cost: (1e6 * measured.serverCpu * measured.seconds) / events,
        events: events / measured.seconds,
      },
      usage: measured,
      ...(fault !== undefined && { isVoid: fault }),
    };
  } finally {
    await stage.close();
  }
}

async function run(system: string, scale: Scale): Promise<Outcome> {
  const many = scale.isQuick ? 2_000 : 10_000;
  const one = await costOf(system, scale, ownTopics(10, 10));
  const own = await costOf(system, scale, ownTopics(many, many));
  const some = await costOf(system, scale, ownTopics(1_000, TOPICS));
  const sets = await costOf(system, scale, overlappingSets(1_000));
  const fault = [one, own, some, sets].find(({ isVoid }) => isVoid !== undefined)?.isVoid;
  return {
    values: {
      few: one.values['cost'] ?? 0,
      many: own.values['cost'] ?? 0,
      growth: (own.values['cost'] ?? 0) / (one.values['cost'] ?? 0),
      some: some.values['cost'] ?? 0,
      sets: (sets.values['cost'] ?? 0) / 20,
    },
    ...(own.usage && { usage: own.usage }),
    ...(fault !== undefined && { isVoid: fault }),
  };
}

export const t7: Scenario = {
  name: 'T7',
  title: 'topics: server CPU for an event that one of 10 or one of 10,000 subscribers wants',
  systems: ['core', 'express'],
  metrics: [
    { name: 'few', label: 'µs, 1 of 10', better: 'less' },
    { name: 'many', label: 'µs, 1 of 10,000', better: 'less' },
    { name: 'growth', label: 'ratio', better: 'less' },
    { name: 'some', label: 'µs, 1,000 topics of 10,000', better: 'less' },
    { name: 'sets', label: 'µs a delivery, 100 wildcard sets', better: 'less' },
  ],
  targets: [{ ours: 'core', metric: 'growth', bound: 2 }],
  run,
};
