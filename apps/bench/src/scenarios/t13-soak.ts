import { EVENT_BYTES } from '../bench-event.ts';
import { Stage } from '../run/stage.ts';
import { slope } from '../statistics.ts';
import { faultOf, type Outcome, type Scale, type Scenario } from './scenario.ts';

const SUBSCRIBERS = 1_000;
/** Connections that go and come back each second: one of a hundred. */
const CHURN = 10;
/** Before anything counts: the history fills with a thousand events, code is compiled. A tenth of the soak, if longer. */
const WARM_UP_MS = 25_000;
/** Samples of the heap in a soak, however long. */
const SAMPLES = 60;

/** Many minutes at a steady rate, with connections that come and go: does the heap grow? */
async function run(system: string, { minutes }: Scale): Promise<Outcome> {
  const stage = await Stage.open(system, { loads: 2 });
  try {
    await stage.connect({ subscribers: SUBSCRIBERS });
    await stage.publish({ publishing: { kind: 'timer', everyMs: 20, events: 1 }, eventBytes: EVENT_BYTES });
    let churned = 0;
    const churn = async (): Promise<void> => {
      // Connecting anew ends those that were there.
      await stage.connect({ subscribers: CHURN, order: 'rising', strictly: 0 }, 1);
      churned += CHURN;
    };
    const warmAt = performance.now() + Math.max(WARM_UP_MS, minutes * 6_000);
    const until = warmAt + minutes * 60_000;
    const everyMs = Math.max(1_000, (minutes * 60_000) / SAMPLES);
    const points: [number, number][] = [];
    let sampleAt = warmAt;
    for (let second = performance.now(); performance.now() < until; second += 1_000) {
      await churn();
      if (performance.now() >= sampleAt) {
        points.push([performance.now() / 60_000, (await stage.call<number>('heap')) / 1_000]);
        sampleAt += everyMs;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, second + 1_000 - performance.now())));
    }
    const measured = await stage.measure(1_000);
    const fault = faultOf(await stage.finish());
    const { perUnit, error } = slope(points);
    return {
      values: {
        growth: perUnit,
        noise: 2 * error,
        share: perUnit / (2 * error),
        churned,
        heap: points.at(-1)?.[1] ?? 0,
      },
      usage: measured,
      ...(fault !== undefined && { isVoid: fault }),
    };
  } finally {
    await stage.close();
  }
}

export const t13: Scenario = {
  name: 'T13',
  title:
    '1,000 subscribers at 50 events/s for --minutes, 10 connections a second go and come: growth of the heap',
  systems: ['core', 'express'],
  metrics: [
    { name: 'growth', label: 'kB a minute', better: 'less' },
    { name: 'noise', label: 'noise, kB a minute', better: 'less' },
    { name: 'share', label: 'growth / noise', better: 'less' },
    { name: 'heap', label: 'heap at the end, kB', better: 'less' },
    { name: 'churned', label: 'connections that came', better: 'more' },
  ],
  targets: [{ ours: 'core', metric: 'share', bound: 1 }],
  isLong: true,
  rounds: 1,
  run,
};
