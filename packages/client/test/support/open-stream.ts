import { onTestFinished } from 'vitest';
import type { EventStream } from '../../src/event-stream.ts';
import type {
  EventStreamOptions,
  GapEvent,
  StreamError,
  StreamMessage,
  StreamStatus,
  SystemEvent,
} from '../../src/index.ts';
import { openEventStream } from '../../src/open-event-stream.ts';

/** What a stream told, in order. */
export interface Told {
  readonly messages: StreamMessage[];
  readonly statuses: StreamStatus[];
  readonly errors: StreamError[];
  readonly gaps: GapEvent[];
  readonly system: SystemEvent[];
}

export interface Opened {
  readonly stream: EventStream;
  readonly told: Told;
  /** Ids of the messages, in order. */
  ids(): string[];
  /** The states it went through, such as `waiting network`. */
  states(): string[];
}

/** Delays that a test can wait for. */
export const QUICK: EventStreamOptions = { minDelayMs: 1, maxDelayMs: 2 };

/** Opens a stream that hears everything, and is closed with the test. */
export function openStream(url: string, options: EventStreamOptions = {}): Opened {
  const stream = openEventStream(url, { ...QUICK, ...options });
  onTestFinished(() => stream.close());
  return recorded(stream);
}

export function recorded(stream: EventStream): Opened {
  const told: Told = { messages: [], statuses: [stream.status], errors: [], gaps: [], system: [] };
  stream.on('*', (_, message) => void told.messages.push(message));
  stream.on('status', (status) => void told.statuses.push(status));
  stream.on('error', (error) => void told.errors.push(error));
  stream.on('gap', (gap) => void told.gaps.push(gap));
  stream.on('system', (event) => void told.system.push(event));
  return {
    stream,
    told,
    ids: () => told.messages.map(({ id }) => id),
    states: () => told.statuses.map(({ state, reason }) => `${state} ${reason}`),
  };
}
