import { createServer, type Server } from 'node:http';
import { notFound, problems } from '@sse/express';
import { type MetricsSource, metrics } from '@sse/express/metrics';
import express from 'express';

/** The metrics on a port of their own, and nothing else there. Not listening yet. */
export function createMetricsServer(source: MetricsSource, onError: (error: unknown) => void): Server {
  const app = express();
  app.disable('x-powered-by');
  app.all('/metrics', metrics(source));
  app.use(notFound());
  app.use(problems({ onError }));
  return createServer(app);
}
