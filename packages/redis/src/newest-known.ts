import type { EventId } from '@sse/core';
import { compareStreamIds } from './event-ids.ts';

/**
 * The newest entry that this process has seen, or that was acknowledged to it.
 *
 * A Redis that took over may never have had it, and can't know that. A process that does tells it when it connects, so
 * that clients are told which were away while the entries came and went.
 */
export class NewestKnown {
  /** Of the log that has given `id`; empty before the first. */
  epoch = '';
  id: EventId = '';

  /** Where the log stands, as Redis says. Another epoch is another log: what was known of the last is void. */
  opened(epoch: string, last: EventId): void {
    if (epoch !== this.epoch) [this.epoch, this.id] = [epoch, last];
    else this.saw(last);
  }

  saw(id: EventId | undefined): void {
    if (id !== undefined && (this.id === '' || compareStreamIds(id, this.id) > 0)) this.id = id;
  }
}
