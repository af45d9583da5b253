/** How events are published in a run. */
export type Publishing =
  /**
   * As fast as it goes without loss: `perTurn` events in each turn of the event loop, while fewer than `inFlight` have
   * been published beyond what the slowest subscriber has read.
   */
  | { readonly kind: 'burst'; readonly perTurn: number; readonly inFlight: number }
  /** `events` at once, each `everyMs`, by a timer. */
  | { readonly kind: 'timer'; readonly everyMs: number; readonly events: number };

export interface PublishRequest {
  readonly publishing: Publishing;
  /** Bytes of an event's JSON. */
  readonly eventBytes: number;
  /** Events take turns in so many topics, those of `placeTopic`; absent: all have one topic. */
  readonly topics?: number;
  /** Stop by itself after so many events. */
  readonly count?: number;
}

/** The topic of a place: `bench.<area>.<place>`, in one of a hundred areas. */
export function placeTopic(place: number): string {
  return `bench.${place % AREAS}.${place}`;
}

export const AREAS = 100;

export interface Published {
  /** Events so far, over all requests. */
  readonly published: number;
}
