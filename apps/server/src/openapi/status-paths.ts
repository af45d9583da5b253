import { content, json, problems } from './responses.ts';
import type { Json } from './schemas.ts';

/** What operators and their programs ask for. */
export const STATUS_PATHS: Json = {
  '/': {
    get: {
      operationId: 'status',
      summary: 'Version, counts, endpoints and features',
      responses: { 200: json('It runs', 'Status'), ...problems(503) },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether it works',
      responses: {
        200: json('It works', 'Health'),
        ...problems(),
        503: json('It starts or closes, or its log does not answer', 'Health'),
      },
    },
  },
  '/ready': {
    get: {
      operationId: 'ready',
      summary: 'Whether it takes new streams',
      responses: {
        200: json('It does', 'Readiness'),
        ...problems(),
        503: json('It does not, and why', 'Readiness'),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Metrics for Prometheus; not here where METRICS_PORT is set',
      responses: {
        200: content('The text format of Prometheus, version 0.0.4', 'text/plain'),
        ...problems(401, 404, 429),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      summary: 'This document',
      responses: {
        200: {
          description: 'An OpenAPI document',
          content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
        },
        ...problems(),
      },
    },
  },
  '/demo': {
    get: {
      operationId: 'demo',
      summary: 'The live dashboard; not here where DEMO is off',
      responses: { 200: content('A page', 'text/html'), ...problems(401, 404, 429) },
    },
  },
};
