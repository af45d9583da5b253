import type { Recorder } from '../history.ts';
import { lineOf } from '../judge/ids.ts';
import { until } from '../wait.ts';
import { startRawClient } from './client-raw.ts';

/** Cursors that no log has given: the answer is a gap, and then all that is still there. */
const NO_CURSOR = { redis: '1-1', lmdb: 'zz-1' };

/** Writes down what the log has when all is over, up to the event with the key `last`. Rejects where it does not come in time. */
export async function readHeld(options: {
  readonly url: string;
  /** Any id of the log. */
  readonly anId: string;
  readonly last: string;
  readonly recorder: Recorder;
  readonly timeoutMs: number;
}): Promise<void> {
  const { url, anId, last, recorder, timeoutMs } = options;
  let isOver = false;
  const client = startRawClient({
    name: 'archivist',
    topics: [],
    url,
    cursor: lineOf(anId) === 'redis' ? NO_CURSOR.redis : NO_CURSOR.lmdb,
    recorder: {
      add(record) {
        if (record.kind !== 'event' || isOver) return;
        const { at, id, key } = record;
        recorder.add({ kind: 'held', at, id, key });
        isOver = key === last;
      },
    },
  });
  try {
    await until('the end of what the log has', timeoutMs, () => isOver);
  } finally {
    await client.stop();
  }
}
