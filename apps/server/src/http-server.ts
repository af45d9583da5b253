import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientErrors } from './client-errors.ts';
import { connectionLimit } from './connection-limit.ts';
import { createLogLimiter } from './log-limiter.ts';
import type { ServerLog } from './logger.ts';

/** Times are milliseconds. */
const HTTP_BOUNDS = Object.freeze({
  /** For a whole request: a body that comes more slowly is cut with 408. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** For the next request on a connection. Longer than proxies keep theirs, or they would send one into its end. */
  keepAliveTimeout: 65_000,
  /** How often the three are looked at: one that is over is cut so much later at the most. */
  connectionsCheckingInterval: 5_000,
  /** Bytes of a request's line and headers; more are answered with 431. */
  maxHeaderSize: 16_384,
  /** Probes of the system on a connection that is silent: they find a peer that is gone where nothing is sent to it. */
  keepAlive: true,
  keepAliveInitialDelay: 15_000,
});
/** Requests on one connection, after which it is closed, so that connections spread over servers anew. */
const MAX_REQUESTS_PER_SOCKET = 10_000;
const DROP_LOG_MS = 10_000;

export interface HttpServerOptions {
  readonly log: ServerLog;
  /** Streams that may be open; only for the log. */
  readonly maxClients: number;
  /** A connection was closed because there were as many as there may be. */
  readonly onDrop: () => void;
}

/** The server's HTTP/1.1, with bounds on all that a peer may take its time with. Not listening yet. */
export function createHttpServer(app: RequestListener, options: HttpServerOptions): Server {
  const { log, maxClients, onDrop } = options;
  const server = createServer(HTTP_BOUNDS, app);
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  answerClientErrors(server);
  const limit = connectionLimit();
  if (limit === undefined) return server;
  server.maxConnections = limit.connections;
  server.once('listening', () =>
    log.logger.info({ ...limit, max_clients: maxClients }, 'limit of connections'),
  );
  const mayLog = createLogLimiter(() => performance.now(), DROP_LOG_MS);
  server.on('drop', () => {
    onDrop();
    const held_back = mayLog('dropped');
    if (held_back !== undefined)
      log.quiet.warn({ ...limit, held_back }, 'closed a connection: there are as many as may be');
  });
  return server;
}
