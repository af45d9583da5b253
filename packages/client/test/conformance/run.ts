import type { ConformanceCase } from './case.ts';
import { applies, judge } from './judge.ts';
import type { Feature, Job, Observation } from './observe.ts';
import { ScriptedServer } from './server.ts';

/** `undefined`: the case has no meaning for this client. */
export type Verdict = { readonly faults: readonly string[] } | undefined;

/** Verdicts by the id of their case. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** Observes jobs somewhere: here, in a browser, in another runtime. Each lane's jobs are one list. */
export type Place = (lanes: readonly (readonly Job[])[]) => Promise<readonly (readonly Observation[])[]>;

/** More than enough for cases that mostly wait; a browser has six connections for each. */
const LANES = 6;

/** Puts every case that applies to a client in some place, and judges what it did. */
export async function runCases(
  cases: readonly ConformanceCase[],
  features: readonly Feature[],
  place: Place,
): Promise<Verdicts> {
  const server = new ScriptedServer();
  try {
    const lanes = await Promise.all(Array.from({ length: LANES }, () => server.openLane()));
    const slowFirst = [...cases].sort((a, b) => (b.deadlineMs ?? 0) - (a.deadlineMs ?? 0));
    const applying = slowFirst.filter((one) => applies(one, features));
    // Dealt out like cards, so that no lane gets all the slow ones.
    const dealt = lanes.map((lane, at) =>
      applying.flatMap((one, index) =>
        index % LANES === at ? [{ one, job: server.add(`${index}`, one, lane) }] : [],
      ),
    );
    const observed = await place(dealt.map((lane) => lane.map(({ job }) => job)));
    const verdicts = new Map<string, Verdict>(cases.map(({ id }) => [id, undefined]));
    for (const [at, lane] of dealt.entries())
      for (const [index, { one, job }] of lane.entries()) {
        const observation = observed[at]?.[index];
        const faults = observation ? judge(one, observation, server.seen(job.token)) : ['was not run'];
        verdicts.set(one.id, { faults });
      }
    return verdicts;
  } finally {
    await server.close();
  }
}
