import type { Broadcaster } from '@sse/core';
import { notFound, type Presence, problems, requestId, requestIdOf, router } from '@sse/express';
import { countRefusals, type MetricsSource, metrics as metricsEndpoint } from '@sse/express/metrics';
import cors from 'cors';
import express from 'express';
import type { Registry } from 'prom-client';
import { type Access, hostCheck } from './access.ts';
import { accessLog } from './access-log.ts';
import type { Config } from './config.ts';
import { corsOptions } from './cors-options.ts';
import { demoPage, isDemoBuilt } from './demo-page.ts';
import { jsonPage } from './json-page.ts';
import { createLogLimiter } from './log-limiter.ts';
import type { ServerLog } from './logger.ts';
import { openapiDocument } from './openapi/openapi-document.ts';
import type { ProducerStatus } from './producer.ts';

export interface AppOptions {
  readonly broadcaster: Broadcaster;
  readonly config: Config;
  readonly log: ServerLog;
  readonly access: Access;
  readonly version: string;
  readonly metrics: {
    /** Where this app counts. */
    readonly registry: Registry;
    /** What `/metrics` shows. */
    readonly source: MetricsSource;
  };
  /** Who is connected, here and elsewhere. */
  readonly presence: Presence;
  readonly producers: () => Readonly<Record<string, ProducerStatus>>;
}

const ENDPOINTS = Object.freeze({
  stream: '/stream',
  health: '/health',
  clients: '/clients',
  ready: '/ready',
  events: '/events',
  openapi: '/openapi.json',
});
const FEATURES = Object.freeze([
  'cors',
  'topic_subscriptions',
  'client_metadata',
  'event_replay',
  'publishing',
  'openapi',
]);

const FAILURE_LOG_MS = 1_000;

/** The hub's HTTP: its own front page, and the routes of @sse/express. Starts nothing and listens to nothing. */
export function createApp(options: AppOptions): express.Express {
  const { broadcaster, config, log, access, version, presence, producers, metrics } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (config.trustProxy !== undefined) app.set('trust proxy', config.trustProxy);
  app.use(requestId());
  if (config.accessLog === 'on') app.use(accessLog({ logger: log.quiet }));
  app.use(countRefusals(metrics));
  const checkHost = hostCheck(config);
  if (checkHost !== undefined) app.use(checkHost);
  app.use(cors(corsOptions(config)));
  // A page can't be asked for with a token, and what it shows could not be read without one.
  const isDemoOn = config.demo === 'on' && config.auth === undefined;
  if (isDemoOn) app.use('/demo', demoPage());
  const hasDemo = isDemoOn && isDemoBuilt();
  const hasMetrics = config.metricsPort === undefined;
  if (hasMetrics) app.all('/metrics', metricsEndpoint(metrics.source, { authorize: access.observe }));
  app.all('/openapi.json', jsonPage(openapiDocument(version)));
  const endpoints = {
    ...ENDPOINTS,
    ...access.endpoints,
    ...(hasMetrics && { metrics: '/metrics' }),
    ...(hasDemo && { demo: '/demo' }),
  };
  const features = [
    ...FEATURES,
    ...access.features,
    ...(hasMetrics ? ['metrics'] : []),
    ...(hasDemo ? ['demo'] : []),
  ];
  app.get('/', async (_request, response) => {
    const [{ log: history }, count] = await Promise.all([broadcaster.stats(), presence.count()]);
    response.set('Cache-Control', 'no-store').json({
      status: 'running',
      version,
      clients: count,
      history_size: history.entries,
      endpoints,
      features,
    });
  });
  app.use(access.routes);
  app.use(
    router(broadcaster, {
      stream: {
        authorize: access.subscribe,
        maxPerAddress: config.maxClientsPerAddress,
        maxPerUser: config.maxClientsPerUser,
      },
      publish: {
        authorize: access.publish,
        maxBodyBytes: config.maxBodyBytes,
        maxEvents: config.maxBatch,
      },
      clients: { presence, authorize: access.observe },
      disconnect: { authorize: access.admin, presence },
      health: { producers, presence },
    }),
  );
  app.use(notFound());
  app.use(problems({ onError: failureLog(log) }));
  return app;
}

/** One line a second at most, however many requests fail. */
function failureLog({ logger }: ServerLog): (error: unknown, request: express.Request) => void {
  const mayLog = createLogLimiter(() => performance.now(), FAILURE_LOG_MS);
  return (err, { res }) => {
    const held_back = mayLog('failed');
    if (held_back === undefined) return;
    const request_id = res === undefined ? undefined : requestIdOf(res);
    logger.error({ err, request_id, held_back }, 'a request failed');
  };
}
