import { EVENT_BYTES } from '../bench-event.ts';
import { Stage } from '../run/stage.ts';
import { faultOf, type Outcome, type Scenario } from './scenario.ts';

const CLIENTS = 1_000;
const HISTORY = 1_000;
const BEHIND = 900;

/** Everyone reconnects at once, with the id of the same event; the time until the last one has what it missed. */
async function run(system: string): Promise<Outcome> {
  const stage = await Stage.open(system, { history: HISTORY });
  try {
    const from = HISTORY - BEHIND - 1;
    const { cursor } = await stage.call<{ cursor: string }>('remember', {
      count: HISTORY,
      eventBytes: EVENT_BYTES,
      from,
    });
    const before = await stage.memory();
    const startedAt = performance.now();
    const connected = await stage.connect({
      subscribers: CLIENTS,
      atOnce: CLIENTS,
      lastEventId: cursor,
      first: from + 1,
    });
    await stage.arrived(BEHIND, 60_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    const fault = faultOf(await stage.verdict(BEHIND));
    return {
      values: {
        seconds,
        deliveries: (CLIENTS * BEHIND) / seconds,
        megabytes: ((await stage.peak()) - before) / 1e6,
      },
      usage: connected,
      ...(fault !== undefined && { isVoid: fault }),
    };
  } finally {
    await stage.close();
  }
}

export const t8: Scenario = {
  name: 'T8',
  title: '1,000 clients reconnect at once, each 900 events behind',
  systems: ['core', 'bare', 'express', 'hub', 'sse-channel'],
  metrics: [
    { name: 'seconds', label: 's until all have all', better: 'less' },
    { name: 'deliveries', label: 'deliveries/s', better: 'more' },
    { name: 'megabytes', label: 'MB more at the peak', better: 'less' },
  ],
  targets: [{ ours: 'core', metric: 'seconds', against: 'bare', bound: 1.5 }],
  isLong: true,
  run,
};
