/** What every system publishes: a number, the time of publishing, and filler up to the size asked for. */
export interface BenchEvent {
  /** The same for all; a hub that is published to over HTTP takes the topic from it. */
  readonly type: typeof EVENT_TYPE;
  /** Counts up by one, from `FIRST_NUMBER` on. */
  readonly n: number;
  /** When it was published, in microseconds of `nowMicros`. */
  readonly t: number;
  readonly p: string;
}

export const EVENT_TYPE = 'bench';

/** Ten digits from the first event to the last, so that all of them have the same size. */
export const FIRST_NUMBER = 1_000_000_000;

/** Bytes of an event's JSON in every scenario that does not say otherwise. */
export const EVENT_BYTES = 150;

/** Events of one size in bytes, as JSON. Sizes below 120 leave no room for the reader to skip over filler. */
export function eventMaker(bytes: number): (n: number, t: number) => BenchEvent {
  if (!(bytes >= 120)) throw new Error(`Expected an event to have 120 bytes or more, got ${bytes}`);
  let digits = 0;
  let filler = '';
  return (n, t) => {
    const length = String(t).length;
    if (length !== digits) {
      digits = length;
      filler = 'x'.repeat(bytes - eventText({ type: EVENT_TYPE, n: FIRST_NUMBER, t, p: '' }).length);
    }
    return { type: EVENT_TYPE, n, t, p: filler };
  };
}

/** The same text as `JSON.stringify`, for systems whose whole point is to do nothing that isn't needed. */
export function eventText({ type, n, t, p }: BenchEvent): string {
  return `{"type":"${type}","n":${n},"t":${t},"p":"${p}"}`;
}
