import { join } from 'node:path';
import type { NewEvent } from '@sse/core';
import { open } from 'lmdb';
import { EVENT_BYTES, eventMaker, eventText, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { openLog } from './open-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Appends that wait for their acknowledgement at the same time. */
const AT_ONCE = 100;
const HISTORY = 100_000;

const make = eventMaker(EVENT_BYTES);

/** Events a second of a hundred publishers, each of which waits until its event is acknowledged. */
export async function appendsPerSecond(subject: string, ms: number): Promise<Record<string, number>> {
  const append =
    subject === 'bare lmdb' ? bareAppend() : await logAppend(subject === 'lmdb' ? 'lmdb' : 'memory');
  const until = performance.now() + ms;
  const startedAt = performance.now();
  let count = 0;
  const publish = async (): Promise<void> => {
    while (performance.now() < until) {
      await append(count);
      count++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, publish));
  return { appends: (1_000 * count) / (performance.now() - startedAt) };
}

async function logAppend(log: 'lmdb' | 'memory'): Promise<(n: number) => Promise<unknown>> {
  const events = await openLog({ log, history: HISTORY });
  return (n) => events.append([eventOf(n)]);
}

/** Group commit as LMDB's binding has it: what is put while a flush is under way shares the next one. */
function bareAppend(): (n: number) => Promise<unknown> {
  const database = open({
    path: join(temporaryFolder(), 'bare.lmdb'),
    encoding: 'string',
    keyEncoding: 'uint32',
  });
  let key = 0;
  return async (n) => {
    await database.put(key++, eventOf(n).data);
    await database.flushed;
  };
}

function eventOf(n: number): NewEvent {
  return { topic: 'bench', data: eventText(make(FIRST_NUMBER + n, nowMicros())) };
}
