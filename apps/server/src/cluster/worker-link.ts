import type { Broadcaster } from '@sse/core';
import { type Presence, presenceOf } from '@sse/express';
import { mergeSnapshots, type Snapshot } from '../metrics/snapshot.ts';
import type { ProducerStatus } from '../producer.ts';
import type { About, Answer, ClusterState, FromPrimary, FromWorker } from './messages.ts';

/** How often a worker tells how many streams it has, where that has changed. */
const REPORT_MS = 100;
/** An answer that takes longer is not waited for. */
const ANSWER_MS = 2_000;

/** A worker's part of the talk with the primary. */
export interface WorkerLink {
  /** Of all workers. */
  readonly presence: Presence;
  readonly eventProducer: ProducerStatus;
  /** Of all workers and the primary, as text; of this one alone where the primary does not answer. */
  metrics(): Promise<string>;
  /** Says that the worker serves. */
  ready(url: string): void;
  /** Leaves its last metrics with the primary, and ends the talk. */
  close(): Promise<void>;
}

export interface WorkerLinkOptions {
  readonly broadcaster: Pick<Broadcaster, 'clients' | 'size' | 'disconnect'>;
  /** The metrics of this worker. */
  readonly snapshot: () => Promise<Snapshot>;
  /** The primary wants this worker gone, or is gone itself; may be called twice. */
  readonly onRetire: () => void;
}

export function createWorkerLink({ broadcaster, snapshot, onRetire }: WorkerLinkOptions): WorkerLink {
  const questions = new Map<number, (answer: Answer) => void>();
  const here = presenceOf(broadcaster);
  let state: ClusterState = { clients: 0, eventProducer: 'stopped' };
  let reported = 0;
  let asked = 0;

  // A primary that is gone takes nothing; its `disconnect` is on the way.
  const send = (message: FromWorker): void => {
    // Without a callback a channel that is just closing would be an error of this process.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };

  const report = setInterval(() => {
    if (broadcaster.size === reported) return;
    reported = broadcaster.size;
    send({ kind: 'size', size: reported });
  }, REPORT_MS).unref();

  async function hear(message: FromPrimary): Promise<void> {
    if (message.kind === 'state') state = message.state;
    if (message.kind === 'answer') questions.get(message.question)?.(message.answer);
    if (message.kind === 'retire') onRetire();
    if (message.kind !== 'question') return;
    send({ kind: 'reply', question: message.question, answer: await answerHere(message.about) });
  }

  async function answerHere(about: About): Promise<Answer> {
    if ('disconnect' in about) return { clients: [], found: await here.disconnect(about.disconnect) };
    if ('metrics' in about) return { clients: [], found: false, metrics: [await snapshot()] };
    return { ...(await here.page({ limit: about.clients, offset: 0 })), found: false };
  }

  /** Asks all workers, this one among them; answers for this one alone where the primary does not. */
  async function askAll(about: About): Promise<Answer> {
    const question = ++asked;
    const answer = await new Promise<Answer | undefined>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS, undefined);
      questions.set(question, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
      send({ kind: 'ask', question, about });
    });
    questions.delete(question);
    return answer ?? answerHere(about);
  }

  /** Settles when it is in the pipe: the process may end behind it. */
  async function sayFarewell(): Promise<void> {
    const message: FromWorker = { kind: 'farewell', metrics: await snapshot() };
    await new Promise<void>((resolve) => {
      if (!process.connected || process.send === undefined) resolve();
      else process.send(message, undefined, undefined, () => resolve());
    });
  }

  /** The primary's last word, with what has changed here since. */
  const count = (): number => Math.max(broadcaster.size, state.clients - reported + broadcaster.size);

  const presence: Presence = {
    async page({ limit, offset }) {
      const { clients } = await askAll({ clients: offset + limit });
      return { count: Math.max(count(), clients.length), clients: clients.slice(offset) };
    },
    count: async () => count(),
    disconnect: async (id) => (await askAll({ disconnect: id })).found,
  };

  const listener = (message: FromPrimary): void => void hear(message);
  process.on('message', listener);
  process.once('disconnect', onRetire);
  return {
    presence,
    get eventProducer() {
      return state.eventProducer;
    },
    async metrics() {
      const { metrics = [] } = await askAll({ metrics: true });
      return mergeSnapshots(metrics).metrics();
    },
    ready: (url) => send({ kind: 'ready', url }),
    async close() {
      await sayFarewell();
      clearInterval(report);
      process.removeListener('message', listener);
      process.removeListener('disconnect', onRetire);
    },
  };
}
