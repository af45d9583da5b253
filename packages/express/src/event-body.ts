import type { Request } from 'express';
import { splitJson } from './json-text.ts';
import { ProblemError } from './problem.ts';

/** One event of a request: its topic, its value, and its text as it came. */
export interface PublishedEvent {
  readonly topic: string;
  readonly data: unknown;
  readonly json: string;
}

export type EventFormat = 'json' | 'ndjson';

export interface EventBodyLimits {
  readonly maxEvents: number;
  readonly maxDepth: number;
}

const ACCEPTED =
  'application/json, application/*+json or application/x-ndjson, as UTF-8 and without Content-Encoding';
const NDJSON: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
]);
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]+\+)?json$/;

/**
 * What the request says that its body is.
 *
 * @throws ProblemError 415 for anything that is not JSON or NDJSON in UTF-8.
 */
export function checkContentType({ headers }: Request): EventFormat {
  const refusal = (got: string): ProblemError =>
    new ProblemError(415, `Expected ${ACCEPTED}, got ${JSON.stringify(got.slice(0, 80))}.`, {
      Accept: 'application/json, application/x-ndjson',
    });
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw refusal(encoding);
  const contentType = headers['content-type'] ?? '';
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !['utf-8', '"utf-8"', 'utf8'].includes(charset)) throw refusal(contentType);
  if (JSON_TYPE.test(type)) return 'json';
  if (NDJSON.has(type)) return 'ndjson';
  throw refusal(contentType);
}

/**
 * The events of a body: bytes, or what a body parser has made of them already.
 *
 * @throws ProblemError 400 or 413, naming the event or the line, and what was expected of it.
 */
export function readEvents(
  body: unknown,
  format: EventFormat,
  limits: EventBodyLimits,
): readonly PublishedEvent[] {
  const text = toText(body);
  const parts = format === 'json' ? jsonParts(text, limits) : ndjsonParts(text, limits);
  if (parts.length === 0) throw new ProblemError(400, 'Expected at least one event, got none.');
  return parts.map(({ name, json }) => toEvent(name, json));
}

interface Part {
  /** What a message calls it. */
  readonly name: string;
  readonly json: string;
}

function toText(body: unknown): string {
  if (!Buffer.isBuffer(body)) return typeof body === 'string' ? body : parsedToText(body);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new ProblemError(400, 'Expected the body to be UTF-8.');
  }
}

/** A body that a parser before us has taken apart; what it lost, such as the digits of big numbers, is gone. */
function parsedToText(body: unknown): string {
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    throw new ProblemError(400, 'Expected a body that can be written as JSON.');
  }
}

function jsonParts(text: string, { maxDepth, maxEvents }: EventBodyLimits): Part[] {
  if (text.trim() === '') return [];
  const texts = splitJson(text, maxDepth, maxEvents);
  const isArray = text.trimStart().startsWith('[');
  return texts.map((json, index) => ({ name: isArray ? `event ${index}` : 'the body', json: json.trim() }));
}

function ndjsonParts(text: string, { maxDepth, maxEvents }: EventBodyLimits): Part[] {
  const parts: Part[] = [];
  text.split('\n').forEach((line, index) => {
    const json = line.trim();
    if (json === '') return;
    if (parts.length >= maxEvents) throw new ProblemError(413, `Expected at most ${maxEvents} events.`);
    for (const part of splitJson(json, maxDepth, 1)) parts.push({ name: `line ${index + 1}`, json: part });
  });
  return parts;
}

function toEvent(name: string, json: string): PublishedEvent {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    throw new ProblemError(400, `Expected ${name} to be JSON.`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new ProblemError(400, `Expected ${name} to be a JSON object.`);
  const topic: unknown = Object.hasOwn(data, 'type') ? Reflect.get(data, 'type') : undefined;
  if (typeof topic !== 'string')
    throw new ProblemError(400, `Expected ${name} to have a string \`type\`: its topic.`);
  return { topic, data, json };
}
