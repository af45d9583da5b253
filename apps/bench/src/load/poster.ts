import { type BenchEvent, EVENT_BYTES, eventMaker, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { PostConnection } from '../systems/post-connection.ts';

export interface PostRequest {
  readonly port: number;
  readonly postHead: string;
  /** Events in one request; `pipelined`: as many requests at once, for servers that know no batches. */
  readonly batch: number;
  readonly pipelined: boolean;
  readonly ms: number;
  /** Events posted before, so that numbers go on. */
  readonly from: number;
}

export interface Posted {
  readonly seconds: number;
  readonly events: number;
}

/** Posts over one keep-alive connection, the next request when the one before was answered. */
export async function postFor(request: PostRequest): Promise<Posted> {
  const { port, postHead, batch, pipelined, ms, from } = request;
  const posts = new PostConnection(port, postHead);
  const make = eventMaker(EVENT_BYTES);
  const startedAt = performance.now();
  let events = 0;
  while (performance.now() - startedAt < ms) {
    const now = nowMicros();
    const made = Array.from({ length: batch }, (_, index) => make(FIRST_NUMBER + from + events + index, now));
    await (pipelined
      ? Promise.all(made.map((event) => posts.post(textOf([event]))))
      : posts.post(textOf(made)));
    events += batch;
  }
  posts.close();
  return { seconds: (performance.now() - startedAt) / 1_000, events };
}

function textOf(events: readonly BenchEvent[]): string {
  return JSON.stringify(events.length === 1 ? events[0] : events);
}
