import type { FaultProxy } from '../plant/fault-proxy.ts';
import type { Fault } from './fault.ts';

/**
 * What happens on the way.
 *
 * @param way - between whom, as the tables have it.
 */
export function networkFaults(proxy: FaultProxy, way: string, target: string): Fault[] {
  const fault = (
    name: string,
    lasts: Fault['lasts'],
    begin: () => void,
    end: () => void = () => undefined,
  ): Fault => ({
    name: `${name}, ${way}`,
    target,
    lasts,
    async begin() {
      begin();
      return async () => end();
    },
  });
  return [
    fault('cut', [0, 100], () => proxy.cut()),
    fault('reset', [0, 100], () => proxy.reset()),
    fault(
      'frozen',
      [500, 6_000],
      () => proxy.freeze(),
      () => proxy.thaw(),
    ),
    fault(
      'slow',
      [1_000, 5_000],
      () => {
        proxy.delayMs = 120;
      },
      () => {
        proxy.delayMs = 0;
      },
    ),
    fault(
      'sliced',
      [1_000, 4_000],
      () => {
        proxy.sliceBytes = 7;
      },
      () => {
        proxy.sliceBytes = Number.POSITIVE_INFINITY;
      },
    ),
    fault(
      'away',
      [1_000, 7_000],
      () => {
        proxy.isOff = true;
        proxy.reset();
      },
      () => {
        proxy.isOff = false;
      },
    ),
  ];
}
