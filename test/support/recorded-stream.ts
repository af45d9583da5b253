import type { EventStreamOptions, StreamCounters, StreamStatus } from '@sse/client';
import type { Page } from 'playwright-core';

/** What a page's stream told, in the order in which it told it. */
export interface Record {
  readonly messages: readonly { readonly id: string; readonly topic: string; readonly n: number }[];
  readonly gaps: readonly string[];
  readonly errors: readonly string[];
  readonly statuses: readonly StreamStatus[];
  readonly status: StreamStatus;
  readonly counters: StreamCounters;
}

/** What of a stream's options can be sent to a page. */
export type PageOptions = Partial<
  Pick<
    EventStreamOptions,
    | 'clientName'
    | 'healthyMs'
    | 'hiddenGraceMs'
    | 'maxDelayMs'
    | 'minDelayMs'
    | 'resume'
    | 'shared'
    | 'silenceMs'
    | 'topics'
    | 'transport'
    | 'whenHidden'
  >
>;

/** Opens a stream in the page and records all that it tells, as `window.stream` and `window.record`. */
export async function openRecorded(page: Page, url: string, options: PageOptions = {}): Promise<void> {
  await page.evaluate(
    ([address, given]) => {
      const { openEventStream } = (window as unknown as { client: typeof import('@sse/client') }).client;
      const stream = openEventStream<{ [topic: string]: { n: number } }>(address as string, given as object);
      const record = {
        messages: [] as unknown[],
        gaps: [] as string[],
        errors: [] as string[],
        statuses: [] as unknown[],
      };
      stream.on('*', (payload, { id, topic }) => record.messages.push({ id, topic, n: payload.n }));
      stream.on('gap', ({ reason }) => record.gaps.push(reason));
      stream.on('error', ({ code }) => record.errors.push(code));
      stream.on('status', (status) => record.statuses.push(status));
      Object.assign(window, { stream, record });
    },
    [url, options] as const,
  );
}

export function readRecord(page: Page): Promise<Record> {
  return page.evaluate(() => {
    const { stream, record } = window as unknown as {
      stream: import('@sse/client').EventStream;
      record: object;
    };
    return { ...record, status: stream.status, counters: stream.counters } as never;
  });
}

/** The numbers of the messages so far. */
export async function numbers(page: Page): Promise<readonly number[]> {
  return (await readRecord(page)).messages.map(({ n }) => n);
}
