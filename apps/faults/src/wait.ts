import { setTimeout as wait } from 'node:timers/promises';

/** Asks again until the answer is true; throws what was waited for when the time is over. */
export async function until(
  what: string,
  ms: number,
  check: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`${what} did not come within ${ms} ms`);
    await wait(25);
  }
}

/** Waits, but not after the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
