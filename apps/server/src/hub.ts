import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { Broadcaster, type EventLog } from '@sse/core';
import { presenceOf } from '@sse/express';
import { broadcasterMetrics, type MetricsSource, measuredHooks, measuredLog } from '@sse/express/metrics';
import { isTracing, traced } from '@sse/express/tracing';
import { createAccess } from './access.ts';
import { createApp } from './app.ts';
import { clientLog } from './client-log.ts';
import { closeServer } from './close-server.ts';
import { createWorkerLink, type WorkerLink } from './cluster/worker-link.ts';
import type { Config } from './config.ts';
import { createEventProducer } from './event-producer.ts';
import { createHeartbeatProducer } from './heartbeat-producer.ts';
import { createHttpServer } from './http-server.ts';
import type { ServerLog } from './logger.ts';
import { createMetricsServer } from './metrics/metrics-server.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { openStore } from './store.ts';

export interface HubOptions {
  readonly config: Config;
  readonly log: ServerLog;
  readonly version: string;
  /** A stream whose lines become `log` events, such as piped standard input. */
  readonly input?: Readable | undefined;
  /** It is one of several on this port: told once to retire, by the primary. The telemetry is the primary's. */
  readonly onRetire?: (() => void) | undefined;
}

/** A running server. */
export interface Hub {
  /** Where it listens. */
  readonly url: string;
  /** The token for publishing where the configuration has none; shown to whoever started the server, once. */
  readonly madeToken: string | undefined;
  /**
   * Not ready at once, takes no new streams, tells each stream that it closes, and settles when all have left or the
   * drain time is over. A second call returns the promise of the first.
   */
  stop(): Promise<void>;
}

const MAX_WINDOW_SIZE = 10_000;
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;
/** Share of the drain time over which streams are ended; the rest is for the last of them to leave. */
const SPREAD_SHARE = 0.6;

/** Assembles the server, starts its producers, and listens. Rejects where the store can't be opened or the address can't be had. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { config, log, version, input, onRetire } = options;
  const madeToken = (config.publishToken ?? config.auth) ? undefined : randomBytes(24).toString('hex');
  const metrics = createServerMetrics(version);
  const store = await openStore(config, log);
  const access = await createAccess({
    config,
    log,
    publishToken: config.publishToken ?? madeToken,
    tries: store.tries,
    publishes: store.publishes,
    openStore: store.openAuthStore,
  });
  const broadcaster = createBroadcaster(config, store.log, log, metrics);
  const shared = store.sharedPresence?.(broadcaster);
  const link =
    onRetire === undefined
      ? undefined
      : createWorkerLink({ broadcaster, onRetire, snapshot: metrics.snapshot });
  const presence = shared ?? link?.presence ?? presenceOf(broadcaster);
  const source = sourceOf(metrics, link);
  const events = createEventProducer({
    publish: (event) => broadcaster.publish(event),
    clientCount: () => broadcaster.size,
    log,
    alertRules: config.alertRules,
    metricIntervalMs: config.metricIntervalMs,
    // A worker publishes the lines that it logs; everything else is there once.
    ...(link === undefined ? { logFile: config.logFile, input } : { createReaders: () => [] }),
  });
  const heartbeats = createHeartbeatProducer({
    // Where this count hangs, the broadcaster's own heartbeats take over.
    beat() {
      presence
        .count()
        .then((clients) => broadcaster.heartbeat(clients))
        .catch((error: unknown) => log.quiet.error({ err: error }, 'a heartbeat failed'));
    },
    intervalMs: config.heartbeatMs,
    logger: log.logger,
  });
  const app = createApp({
    // Where whoever started the server registered no provider, spans would cost time and come to nothing.
    broadcaster: isTracing() ? traced(broadcaster) : broadcaster,
    config,
    log,
    version,
    metrics: { registry: metrics.registry, source },
    access,
    presence,
    producers: () => ({
      event_producer: link === undefined || events.status === 'failed' ? events.status : link.eventProducer,
      heartbeat_producer: heartbeats.status,
    }),
  });
  const server = createHttpServer(app, { log, maxClients: config.maxClients, onDrop: metrics.dropped });
  const url = await listen(server, config);
  const metricsServer = await startMetricsServer(source, options);
  if (config.producers === 'all') events.start();
  heartbeats.start();
  link?.ready(url);

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    log.logger.info({ clients: broadcaster.size, seconds: config.drainMs / 1_000 }, 'draining');
    await shared?.close();
    const drained = broadcaster.close({ overMs: config.drainMs * SPREAD_SHARE });
    await closeServer(server, { drained, deadlineMs: config.drainMs, listening: link === undefined });
    await link?.close();
    metricsServer?.close();
    metricsServer?.closeAllConnections();
    await access.close();
    await Promise.all([events.stop(), heartbeats.stop()]);
    log.logger.info('stopped');
  }
  return { url, madeToken, stop: () => (stopped ??= stop()) };
}

/** Of all workers, where this is one of many. */
function sourceOf({ registry }: ServerMetrics, link: WorkerLink | undefined): MetricsSource {
  return link === undefined ? registry : { contentType: registry.contentType, metrics: link.metrics };
}

async function startMetricsServer(
  source: MetricsSource,
  { config, log: { logger } }: HubOptions,
): Promise<Server | undefined> {
  const { metricsHost: host, metricsPort: port } = config;
  if (port === undefined) return undefined;
  const server = createMetricsServer(source, (err) => logger.error({ err }, 'a scrape failed'));
  const url = await listen(server, { host, port });
  logger.info({ url: `${url}/metrics` }, 'metrics are here');
  return server;
}

function createBroadcaster(
  config: Config,
  store: EventLog,
  log: ServerLog,
  metrics: ServerMetrics,
): Broadcaster {
  const broadcaster = new Broadcaster({
    log: measuredLog(store, metrics),
    // A history on a disk or in Redis may be longer than what each process should hold in its memory.
    windowSize: Math.min(config.historySize, MAX_WINDOW_SIZE),
    windowBytes: Math.min(config.historyBytes, MAX_WINDOW_BYTES),
    maxSubscribers: config.maxClients,
    maxQueueSize: config.maxQueueSize,
    maxQueueBytes: config.maxQueueBytes,
    queuePolicy: config.queuePolicy,
    stallTimeoutMs: config.stallTimeoutMs,
    heartbeatMs: config.heartbeatMs,
    retryMs: config.retryMs,
    maxAgeMs: config.maxConnectionAgeMs,
    maxEventBytes: config.maxBodyBytes,
    maxReplayReads: config.maxReplayReads,
    maxBatchSize: config.maxBatch,
    hooks: measuredHooks(clientLog(log), metrics),
  });
  broadcasterMetrics(broadcaster, metrics);
  return broadcaster;
}

async function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return `http://${everywhere ? 'localhost' : shown}:${actual}`;
}
