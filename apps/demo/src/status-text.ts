import type { StatusReason, StreamStatus } from '@sse/client';
import { formatDuration } from './format.ts';

/** A status in words, and in a word for its colour. */
export interface StatusText {
  readonly tone: 'good' | 'busy' | 'off' | 'bad';
  readonly title: string;
  readonly detail: string;
}

const REASONS: Readonly<Partial<Record<StatusReason, string>>> = Object.freeze({
  ended: 'the server ended the stream',
  network: 'the network failed',
  content_type: 'the answer was no event stream',
  timeout: 'no answer in time',
  silent: 'nothing was heard for too long',
  too_large: 'an event was too large',
  woken: 'the network came back',
  topics: 'other topics',
  pending: 'this page could not keep up',
  closed: 'as you asked',
  asked: 'as you asked',
});

/** Why a stream is not open. */
export function reasonText({ reason, httpStatus }: StreamStatus): string {
  // A connection that broke after it had begun carries its 200 along.
  if (httpStatus !== undefined && httpStatus !== 200) return `the server answered ${httpStatus}`;
  return REASONS[reason] ?? reason;
}

/** What the header says of a stream. `undefined`: none was opened. `waitMs` is what is left of a wait. */
export function statusText(status: StreamStatus | undefined, waitMs: number): StatusText {
  if (status === undefined) return { tone: 'off', title: 'Not connected', detail: '' };
  const why = reasonText(status);
  switch (status.state) {
    case 'open':
      return { tone: 'good', title: 'Live', detail: '' };
    case 'connecting':
      return {
        tone: 'busy',
        title: 'Connecting',
        detail: status.attempt > 1 ? `attempt ${status.attempt}` : '',
      };
    case 'waiting':
      return { tone: 'bad', title: 'Reconnecting', detail: `${why}; next try in ${formatDuration(waitMs)}` };
    case 'paused':
      return { tone: 'off', title: 'Offline', detail: `${why}; the cursor is kept` };
    case 'closed':
      return { tone: 'off', title: 'Disconnected', detail: why };
  }
}
