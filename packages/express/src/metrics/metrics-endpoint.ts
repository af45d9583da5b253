import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, granted } from '../authorize.ts';
import { type EndpointOptions, endpoint } from '../endpoint.ts';

/** What is to be shown: a `Registry` of prom-client is one. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsEndpointOptions extends EndpointOptions {
  /** Asked for each request; what it grants does not matter. @defaultValue everybody may look */
  readonly authorize?: Authorize | undefined;
}

/**
 * The metrics as text for Prometheus: `GET`. Those who ask while an answer is being made get the same one, so that
 * many scrapers cost no more than one.
 */
export function metrics(source: MetricsSource, options: MetricsEndpointOptions = {}): RequestHandler {
  const { authorize } = options;
  let current: Promise<string> | undefined;

  async function answer(request: Request, response: Response): Promise<void> {
    if (authorize !== undefined) await granted(authorize, request);
    current ??= source.metrics().finally(() => {
      current = undefined;
    });
    const text = await current;
    response.set('Cache-Control', 'no-store').set('Content-Type', source.contentType);
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  return endpoint(['GET', 'HEAD'], answer, options);
}
