import { expect, test } from 'vitest';
import { explain, shrink } from './explain.ts';
import { judge } from './judge.ts';
import { mutants } from './mutants.ts';
import { simulate } from './simulate.ts';

test('the same seed gives the same history, byte for byte, and another seed another', async () => {
  const [first, second, other] = [await simulate(7), await simulate(7), await simulate(8)];
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  expect(JSON.stringify(other.moments)).not.toBe(JSON.stringify(first.moments));
});

test('all kinds of trouble happen within a few seeds, and clients receive most of what there is', async () => {
  const done = new Set<string>();
  const reasons = new Set<string>();
  let received = 0;
  let appended = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { plan, moments } = await simulate(seed);
    for (const action of plan.actions) done.add(action.do);
    for (const moment of moments) {
      if (moment.kind === 'gap') reasons.add(moment.gap.reason);
      if (moment.kind === 'closing') reasons.add(moment.reason);
    }
    const verdict = judge(moments);
    received += verdict.received;
    appended += verdict.appended;
  }
  expect([...done].sort()).toEqual(
    ['beat', 'close', 'crash', 'cut', 'delay', 'fail', 'failover', 'flow', 'flush', 'forge', 'leave'].concat([
      'partition',
      'publish',
      'restart store',
      'revoke',
      'stall',
      'storm',
      'trim',
      'vanish',
    ]),
  );
  expect([...reasons].sort()).toEqual(
    [
      'evicted',
      'expired',
      'malformed',
      'max_age',
      'overflow',
      'revoked',
      'shutdown',
      'slow',
      'trimmed',
    ].concat('unknown'),
  );
  expect(received / appended).toBeGreaterThan(10);
});

test('a fault is explained by its seed, the little of the schedule that it takes, and what came before it', async () => {
  const mutant = mutants['a loss of the log is not told'];
  const broken = mutant?.();
  try {
    let seed = 1;
    let history = await simulate(seed);
    while (judge(history.moments).faults.length === 0) history = await simulate(++seed, broken?.changes);
    const least = await shrink(history.plan, {});
    expect(least.plan.actions.length).toBeLessThan(history.plan.actions.length / 4);
    const text = await explain(least.plan);
    expect(text).toMatch(new RegExp(`^SEED=${seed}: `));
    expect(text).toContain('schedule:');
    expect(text).toContain('before it:');
  } finally {
    broken?.mend();
  }
}, 60_000);
