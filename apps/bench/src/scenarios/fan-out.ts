import { EVENT_BYTES } from '../bench-event.ts';
import { Stage, type StageOptions } from '../run/stage.ts';
import type { Publishing } from '../server/publishing.ts';
import { faultOf, type Outcome, type Scale } from './scenario.ts';

export interface FanOutSettings {
  readonly subscribers: number;
  readonly publishing: Publishing;
  readonly stage?: StageOptions;
  readonly strictly?: number;
  readonly measureMs?: number;
}

/** Connects, warms up, measures, judges: what every scenario of events to many subscribers does. */
export async function fanOut(system: string, scale: Scale, settings: FanOutSettings): Promise<Outcome> {
  const { subscribers, publishing, strictly = 4, measureMs = scale.measureMs } = settings;
  const stage = await Stage.open(system, settings.stage);
  try {
    await stage.connect({ subscribers, strictly });
    await stage.publish({ publishing, eventBytes: EVENT_BYTES });
    await new Promise((resolve) => setTimeout(resolve, scale.warmUpMs));
    const measured = await stage.measure(measureMs);
    const verdict = await stage.finish();
    const fault = faultOf(verdict);
    return {
      values: {
        deliveries: measured.deliveries / measured.seconds,
        perCpu: measured.deliveries / measured.seconds / measured.serverCpu,
        events: measured.deliveries / measured.seconds / subscribers,
        p50: measured.latencyP50 / 1_000,
        p99: measured.latencyP99 / 1_000,
        spread: measured.spreadP50 / 1_000,
        bytes: measured.bytes / Math.max(1, measured.deliveries),
      },
      usage: measured,
      ...(fault !== undefined && { isVoid: fault }),
    };
  } finally {
    await stage.close();
  }
}
