import type { Broadcaster } from '@sse/core';
import type { Presence } from '@sse/express';
import type { ProducerStatus } from '../producer.ts';
import type { ClusterState, FromPrimary, FromWorker } from './messages.ts';

/** How often a worker tells how many streams it has, where that has changed. */
const REPORT_MS = 100;
/** An answer that takes longer is not waited for. */
const ANSWER_MS = 2_000;

/** A worker's part of the talk with the primary. */
export interface WorkerLink {
  /** Of all workers. */
  readonly presence: Presence;
  readonly eventProducer: ProducerStatus;
  /** Says that the worker serves. */
  ready(url: string): void;
  close(): void;
}

/** @param onRetire - called once: the primary wants this worker gone, or is gone itself. */
export function createWorkerLink(
  broadcaster: Pick<Broadcaster, 'clients' | 'size'>,
  onRetire: () => void,
): WorkerLink {
  const questions = new Map<number, (answer: Extract<FromPrimary, { kind: 'answer' }> | undefined) => void>();
  let state: ClusterState = { clients: 0, eventProducer: 'stopped' };
  let reported = 0;
  let asked = 0;

  // A primary that is gone takes nothing; its `disconnect` is on the way.
  const send = (message: FromWorker): void => void (process.connected && process.send?.(message));

  const report = setInterval(() => {
    if (broadcaster.size === reported) return;
    reported = broadcaster.size;
    send({ kind: 'size', size: reported });
  }, REPORT_MS).unref();

  function hear(message: FromPrimary): void {
    if (message.kind === 'state') state = message.state;
    if (message.kind === 'answer') questions.get(message.question)?.(message);
    if (message.kind === 'retire') onRetire();
    if (message.kind === 'clients?') {
      const { question, limit } = message;
      send({ kind: 'clients', question, clients: broadcaster.clients({ limit, offset: 0 }) });
    }
  }

  /** The primary's last word, with what has changed here since. */
  const count = (): number => Math.max(broadcaster.size, state.clients - reported + broadcaster.size);

  async function page({ limit, offset }: { limit: number; offset: number }): ReturnType<Presence['page']> {
    const question = ++asked;
    const answer = await new Promise<Extract<FromPrimary, { kind: 'answer' }> | undefined>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS, undefined);
      questions.set(question, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
      send({ kind: 'ask', question, limit: offset + limit });
    });
    questions.delete(question);
    const all = answer?.clients ?? broadcaster.clients({ limit: offset + limit, offset: 0 });
    return { count: Math.max(count(), all.length), clients: all.slice(offset) };
  }

  process.on('message', hear);
  process.once('disconnect', onRetire);
  return {
    presence: { page, count: async () => count() },
    get eventProducer() {
      return state.eventProducer;
    },
    ready: (url) => send({ kind: 'ready', url }),
    close() {
      clearInterval(report);
      process.removeListener('message', hear);
      process.removeListener('disconnect', onRetire);
    },
  };
}
