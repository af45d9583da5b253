import type { CorsOptions } from 'cors';
import type { Config } from './config.ts';

/** Seconds that a browser may remember the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;

/** Any frontend by default, without credentials; the configuration refuses both together. */
export function corsOptions(config: Pick<Config, 'corsOrigin' | 'corsCredentials'>): CorsOptions {
  return {
    origin: config.corsOrigin === '*' ? '*' : [...config.corsOrigin],
    credentials: config.corsCredentials,
    methods: ['GET', 'HEAD', 'POST'],
    // `Last-Event-ID`: a client over `fetch` sends it itself, and long ones make even EventSource ask first.
    allowedHeaders: [
      'Authorization',
      'Cache-Control',
      'Content-Type',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Request-Id',
    ],
    exposedHeaders: ['Link', 'Retry-After', 'X-Request-Id'],
    maxAge: PREFLIGHT_SECONDS,
    optionsSuccessStatus: 204,
  };
}
