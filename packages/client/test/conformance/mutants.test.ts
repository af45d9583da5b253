import { beforeAll, describe, expect, it } from 'vitest';
import { CASES } from './cases.ts';
import { type EventSourceClass, eventSourceAdapter } from './clients/event-source.ts';
import { FAULTS, type Fault } from './faults.ts';
import { here } from './places/here.ts';
import { ReferenceSource } from './reference-source.ts';
import { runCases, type Verdicts } from './run.ts';

function withFault(fault: Fault): EventSourceClass {
  return class extends ReferenceSource {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init, fault);
    }
  };
}

describe('the suite', () => {
  it('is passed by the algorithms of the standard, written down step by step', async () => {
    const reference = eventSourceAdapter(ReferenceSource);
    const verdicts = await runCases(CASES, reference.features, here(reference));
    expect([...verdicts].filter(([, verdict]) => verdict?.faults.length !== 0)).toEqual([]);
  }, 60_000);
});

describe('the suite fails a client that', () => {
  const faults = Object.keys(FAULTS) as Fault[];
  const verdicts = new Map<Fault, Verdicts>();

  beforeAll(async () => {
    await Promise.all(
      faults.map(async (fault) => {
        const client = eventSourceAdapter(withFault(fault));
        // What a fault keeps from coming need not be waited for long; what it lets come too much, longer.
        const cases = CASES.filter(({ id }) => id === FAULTS[fault]).map((one) => ({
          ...one,
          deadlineMs: 1_000,
        }));
        verdicts.set(fault, await runCases(cases, client.features, here(client)));
      }),
    );
  }, 60_000);

  it.for(faults)('%s', (fault) => {
    const verdict = verdicts.get(fault)?.get(FAULTS[fault]);
    expect(verdict?.faults).not.toEqual([]);
    expect(verdict?.faults).toBeDefined();
  });
});
