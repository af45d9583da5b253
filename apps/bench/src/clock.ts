/** What `performance.now()` of this process has to be moved by: it counts from the start of the process. */
const OFFSET = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

/** Microseconds of CLOCK_MONOTONIC: the same clock in every process of this machine. */
export function nowMicros(): number {
  return Math.round(OFFSET + performance.now() * 1_000);
}
