import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';

export interface PostOptions {
  readonly token?: string | undefined;
  /** @defaultValue a random one, so that a retry never publishes twice */
  readonly idempotencyKey?: string | undefined;
  readonly signal: AbortSignal;
  /** Told of each wait before another try. */
  readonly retrying?: (why: string, seconds: number) => void;
}

const TRIES = 6;
const FIRST_WAIT_S = 0.5;
const MAX_WAIT_S = 60;
const ANSWER_TIMEOUT_MS = 30_000;
/** The ids of 1,000 events take at most a seventh of it. */
const MAX_ANSWER_BYTES = 1_048_576;
const PASSING = new Set([408, 429, 502, 503, 504]);

interface Refusal {
  readonly why: string;
  readonly isPassing: boolean;
  readonly retryAfterSeconds?: number;
}

/**
 * Publishes events, all or none, and answers with their ids. Tries six times, over about 16 seconds or as `Retry-After`
 * asks, while there is no connection or the answer says that it may help.
 *
 * @throws Failure with what the server said.
 */
export async function postEvents(
  url: URL,
  lines: readonly string[],
  { token, idempotencyKey = randomUUID(), signal, retrying }: PostOptions,
): Promise<readonly string[]> {
  const headers = {
    'Content-Type': 'application/x-ndjson',
    'Idempotency-Key': idempotencyKey,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const body = lines.join('\n');
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(url, headers, body, signal);
    if ('ids' in answer) return answer.ids;
    if (signal.aborted) throw new Failure('stopped');
    if (!answer.isPassing || attempt >= TRIES) throw new Failure(answer.why);
    const seconds = Math.min(MAX_WAIT_S, answer.retryAfterSeconds ?? FIRST_WAIT_S * 2 ** (attempt - 1));
    retrying?.(answer.why, seconds);
    await delay(seconds * 1_000, undefined, { signal }).catch(() => undefined);
  }
}

async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly ids: readonly string[] } | Refusal> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // A token goes to nobody but whom it was meant for.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const { ids, detail } = await answerOf(response);
    if (response.status === 202 && Array.isArray(ids)) return { ids: ids.map(String) };
    const hint = response.status === 401 ? ' (see --token)' : '';
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      why: `status ${response.status}${typeof detail === 'string' ? `: ${detail}` : ''}${hint}`,
      isPassing: PASSING.has(response.status),
      ...(retryAfter >= 0 && { retryAfterSeconds: retryAfter }),
    };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code')) : message;
    return { why: `no answer: ${why}`, isPassing: !/redirect/.test(why) };
  }
}

/** What a JSON answer says; nothing where it is no JSON object, or too long. */
async function answerOf(response: Response): Promise<{ readonly ids?: unknown; readonly detail?: unknown }> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) return {};
    parts.push(part);
  }
  try {
    const answer: unknown = JSON.parse(Buffer.concat(parts).toString());
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
