import type { Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Broadcaster } from '@sse/core';
import { broadcasterMetrics } from '@sse/express/metrics';
import type { Config } from '../config.ts';
import { createEventProducer } from '../event-producer.ts';
import type { Hub } from '../hub.ts';
import type { ServerLog } from '../logger.ts';
import { createServerMetrics } from '../metrics/server-metrics.ts';
import { WorkerMetrics } from '../metrics/worker-metrics.ts';
import { openStore } from '../store.ts';
import { Crew } from './crew.ts';
import type { About, Answer, ClusterState, FromWorker } from './messages.ts';
import { Survey } from './survey.ts';

export interface PrimaryOptions {
  readonly config: Config;
  readonly log: ServerLog;
  readonly version: string;
  readonly input?: Readable | undefined;
}

/** A cluster is a hub of many processes, which can be replaced one after the other. */
export interface Cluster extends Hub {
  /** Replaces every worker; settles when all are new. */
  roll(): Promise<void>;
}

/** How often the workers are told what is known of all of them. */
const STATE_MS = 100;
/**
 * Starts the workers, which serve, and what is there once: the telemetry. The primary has no HTTP of its own, and carries
 * no event: each worker follows the store for itself.
 */
export async function startCluster({ config, log, version, input }: PrimaryOptions): Promise<Cluster> {
  const madeToken = (config.publishToken ?? config.auth) ? undefined : randomBytes(24).toString('hex');
  const sizes = new Map<Worker, number>();
  const metrics = createServerMetrics(version);
  const workerMetrics = new WorkerMetrics<Worker>();
  const crew = new Crew({
    size: config.workers,
    env: { PUBLISH_TOKEN: config.publishToken ?? madeToken ?? '' },
    retireMs: config.drainMs,
    logger: log.logger,
    heard,
    changed() {
      const alive = new Set(crew.workers);
      for (const worker of sizes.keys()) if (!alive.has(worker)) sizes.delete(worker);
      survey.forget(alive);
      workerMetrics.forget(alive);
    },
  });
  const survey = new Survey(
    () => crew.workers,
    (worker, message) => crew.tell(worker, message),
  );
  const clientCount = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);

  function heard(worker: Worker, message: FromWorker): void {
    if (message.kind === 'size') sizes.set(worker, message.size);
    if (message.kind === 'farewell') workerMetrics.heard(worker, message.metrics);
    if (message.kind === 'reply') {
      const [own] = message.answer.metrics ?? [];
      if (own !== undefined && crew.workers.includes(worker)) workerMetrics.heard(worker, own);
      survey.heard(worker, message.question, message.answer);
    }
    if (message.kind !== 'ask') return;
    const { question, about } = message;
    void answerFor(about).then((answer) => crew.tell(worker, { kind: 'answer', question, answer }));
  }

  async function answerFor(about: About): Promise<Answer> {
    const answer = await survey.ask(about);
    if (!('metrics' in about)) return answer;
    return { ...answer, metrics: [...(await workerMetrics.all()), await metrics.snapshot()] };
  }

  const broadcaster = new Broadcaster({
    log: (await openStore(config, log)).log,
    maxEventBytes: config.maxBodyBytes,
    hooks: {
      onError: (error, { during }) => log.quiet.error({ err: error, during }, 'the broadcaster failed'),
    },
  });
  broadcasterMetrics(broadcaster, metrics);
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
