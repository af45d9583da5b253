import type { Request } from 'express';
import { bodyFormat } from '../media-type.ts';
import { refused } from '../problem.ts';
import { readBody } from '../read-body.ts';

const BOUNDS = Object.freeze({ maxBodyBytes: 16 * 1024, bodyTimeoutMs: 10_000 });

/**
 * The members of the JSON object in a body of at most 16 KiB; none for an empty one. `undefined` where the client has
 * left. Anything else is refused with 400, 408, 413 or 415.
 */
export async function readJsonObject(request: Request): Promise<ReadonlyMap<string, unknown> | undefined> {
  const text = await readBody(request, BOUNDS);
  if (text === undefined || text === '') return text === undefined ? undefined : new Map();
  if (bodyFormat(request.get('Content-Type')) !== 'json') throw notAnObject();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAnObject();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject();
  return new Map(Object.entries(value));
}

function notAnObject(): Error {
  return refused(400, 'Expected the body to be a JSON object');
}
