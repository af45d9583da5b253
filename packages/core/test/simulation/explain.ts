import type { Action } from './actions.ts';
import { type Fault, judge } from './judge.ts';
import type { Plan } from './plan.ts';
import type { Moment } from './records.ts';
import { type History, live } from './simulate.ts';
import type { Changes } from './world.ts';

/** Runs spent on leaving out what a fault does not need, and moments shown of what led to it. */
const MOST_RUNS = 200;
const MOST_MOMENTS = 25;

/** The seed, what of its schedule is enough for a fault, the fault, and what its client and the store went through before. */
export async function explain(plan: Plan, changes: Changes = {}): Promise<string> {
  const { plan: least, moments } = await shrink(plan, changes);
  const { faults } = judge(moments);
  const [first] = faults;
  const { seed, actions, settings, store, servers, delayMs } = least;
  return [
    `SEED=${seed}: ${faults.length} faults with ${actions.length} of ${plan.actions.length} actions`,
    ...faults.slice(0, 5).map(faultLine),
    `settings: ${JSON.stringify({ servers, delayMs, store, settings })}`,
    'schedule:',
    ...actions.map((action) => `  ${line(action, action.at)}`),
    ...(first === undefined ? [] : excerpt(moments, first, least)),
  ].join('\n');
}

/** The plan with as few actions as still end in a fault: halves are left out first, then quarters, and so on. */
export async function shrink(plan: Plan, changes: Changes): Promise<History> {
  let best = await live(plan, changes);
  let runs = 1;
  for (let size = Math.ceil(plan.actions.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from < best.plan.actions.length && runs < MOST_RUNS; runs++) {
      const actions: readonly Action[] = best.plan.actions.filter(
        (_, index) => index < from || index >= from + size,
      );
      const history = await live({ ...best.plan, actions }, changes);
      if (judge(history.moments).faults.length > 0) best = history;
      else from += size;
    }
  }
  return best;
}

function excerpt(moments: readonly Moment[], { client, at }: Fault, plan: Plan): string[] {
  const own = (moment: Moment): boolean =>
    'client' in moment ? moment.client === client : moment.kind === 'begin' || moment.kind === 'lose';
  const before = moments.filter((moment) => moment.at <= at && own(moment));
  const who = client === undefined ? [] : [`client ${client}: ${JSON.stringify(plan.clients[client])}`];
  return [
    ...who,
    'before it:',
    ...before.slice(-MOST_MOMENTS).map((moment) => `  ${line(moment, moment.at)}`),
  ];
}

function faultLine({ what, at, client }: Fault): string {
  return `${at} ms, ${client === undefined ? 'the world' : `client ${client}`}: ${what}`;
}

function line(value: object, at: number): string {
  const text = JSON.stringify({ ...value, at: undefined });
  return `${String(at).padStart(6)} ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
