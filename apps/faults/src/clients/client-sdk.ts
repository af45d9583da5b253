import { openEventStream } from '@sse/client';
import type { ClientOptions, FaultClient } from './client.ts';
import { Witness } from './witness.ts';

/** `@sse/client`, as an application uses it: what its handlers are given counts. */
export function startSdkClient({ name, topics, url, recorder }: ClientOptions): FaultClient {
  const witness = new Witness(recorder, name, 'sdk', topics);
  const stream = openEventStream(new URL('/stream', url), {
    topics: topics.length === 0 ? undefined : topics,
    clientName: name,
    minDelayMs: 100,
    maxDelayMs: 1_000,
    connectTimeoutMs: 5_000,
    onGap: ({ reason, requested, oldest, newest }) =>
      witness.system({ type: 'gap', reason, requested, oldest, newest }),
  });
  stream.on('*', (data, { id }) => witness.event(id, data));
  stream.on('system', (notice) => {
    if (notice.type === 'closing') witness.system(notice);
    if (notice.type !== 'connected') return;
    // The ids of notices are not shown; where a stream is new, this is the same.
    const { newest, resume } = notice;
    witness.system(notice, resume === 'new' && typeof newest === 'string' ? newest : undefined);
  });
  stream.on('status', ({ state, reason }) => {
    if (state === 'connecting') {
      witness.cursor = stream.lastEventId;
      witness.requested();
    }
    if (state === 'waiting') witness.ended(reason);
  });
  return {
    stop: () => {
      stream.close();
      return Promise.resolve();
    },
  };
}
