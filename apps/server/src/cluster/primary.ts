import type { Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Broadcaster, type Client } from '@sse/core';
import type { Config } from '../config.ts';
import { createEventProducer } from '../event-producer.ts';
import type { Hub } from '../hub.ts';
import type { ServerLog } from '../logger.ts';
import { openStore } from '../store.ts';
import { Crew } from './crew.ts';
import type { ClusterState, FromWorker } from './messages.ts';

export interface PrimaryOptions {
  readonly config: Config;
  readonly log: ServerLog;
  readonly input?: Readable | undefined;
}

/** A cluster is a hub of many processes, which can be replaced one after the other. */
export interface Cluster extends Hub {
  /** Replaces every worker; settles when all are new. */
  roll(): Promise<void>;
}

/** How often the workers are told what is known of all of them. */
const STATE_MS = 100;
/** A worker that has not answered by then is left out. */
const ANSWER_MS = 1_000;

interface Question {
  readonly answers: (readonly Client[])[];
  readonly waiting: Set<Worker>;
  finish(): void;
}

/**
 * Starts the workers, which serve, and what is there once: the telemetry. The primary has no HTTP of its own, and carries
 * no event: each worker follows the store for itself.
 */
export async function startCluster({ config, log, input }: PrimaryOptions): Promise<Cluster> {
  const madeToken = config.publishToken === undefined ? randomBytes(24).toString('hex') : undefined;
  const sizes = new Map<Worker, number>();
  const questions = new Map<number, Question>();
  let asked = 0;

  const crew = new Crew({
    size: config.workers,
    env: { PUBLISH_TOKEN: config.publishToken ?? madeToken ?? '' },
    retireMs: config.drainMs,
    logger: log.logger,
    heard,
    changed() {
      const alive = new Set(crew.workers);
      for (const worker of sizes.keys()) if (!alive.has(worker)) sizes.delete(worker);
      for (const { waiting, finish } of questions.values()) {
        for (const worker of waiting) if (!alive.has(worker)) waiting.delete(worker);
        if (waiting.size === 0) finish();
      }
    },
  });
  const clientCount = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);

  function heard(worker: Worker, message: FromWorker): void {
    if (message.kind === 'size') sizes.set(worker, message.size);
    if (message.kind === 'ask')
      void firstClients(message.limit).then((clients) =>
        crew.tell(worker, { kind: 'answer', question: message.question, clients }),
      );
    if (message.kind !== 'clients') return;
    const question = questions.get(message.question);
    if (question?.waiting.delete(worker) !== true) return;
    question.answers.push(message.clients);
    if (question.waiting.size === 0) question.finish();
  }

  /** The oldest clients of all workers. */
  async function firstClients(limit: number): Promise<readonly Client[]> {
    const id = ++asked;
    const answers: (readonly Client[])[] = [];
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      const finish = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const waiting = new Set(crew.workers);
      questions.set(id, { answers, waiting, finish });
      for (const worker of waiting) crew.tell(worker, { kind: 'clients?', question: id, limit });
    });
    questions.delete(id);
    const oldestFirst = (a: Client, b: Client): number =>
      a.connectedAt - b.connectedAt || (a.id < b.id ? -1 : 1);
    return answers.flat().sort(oldestFirst).slice(0, limit);
  }

  const broadcaster = new Broadcaster({
    log: await openStore(config, log),
    maxEventBytes: config.maxBodyBytes,
    hooks: {
      onError: (error, { during }) => log.quiet.error({ err: error, during }, 'the broadcaster failed'),
    },
  });
  const events = createEventProducer({
    publish: (event) => broadcaster.publish(event),
    clientCount,
    log,
    alertRules: config.alertRules,
    metricIntervalMs: config.metricIntervalMs,
    logFile: config.logFile,
    input,
  });
  const state = (): ClusterState => ({ clients: clientCount(), eventProducer: events.status });
  const states = setInterval(() => {
    for (const worker of crew.workers) crew.tell(worker, { kind: 'state', state: state() });
  }, STATE_MS).unref();

  const url = await crew.start();
  if (config.producers === 'all') events.start();

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    log.logger.info({ clients: clientCount(), seconds: config.drainMs / 1_000 }, 'draining');
    await crew.stop();
    clearInterval(states);
    await events.stop();
    await broadcaster.close();
    log.logger.info('stopped');
  }
  return {
    url,
    madeToken,
    stop: () => (stopped ??= stop()),
    async roll() {
      log.logger.info({ workers: config.workers }, 'replacing the workers');
      await crew.roll();
      log.logger.info('all workers are new');
    },
  };
}
