import { checkFirstEvent, checkLiveEvent } from './check-delay.ts';
import { checkCompression, checkCors, checkHeaders, checkStatus, checkVersion } from './check-head.ts';
import { checkHeartbeat, checkIdle } from './check-idle.ts';
import { checkResume, readConnected } from './check-resume.ts';
import { type Finding, ok, problem, unknown } from './finding.ts';
import { offersHttp2, openProbe, type Probe, type ProbeOptions } from './probe.ts';

export interface ExamineOptions {
  readonly publishUrl: URL;
  readonly token?: string | undefined;
  /** An origin whose pages should be able to read. */
  readonly origin?: string | undefined;
  readonly isInsecure?: boolean | undefined;
  /** How long to watch a quiet stream. @defaultValue `0` */
  readonly waitMs?: number | undefined;
  /** How long to wait for what should come at once. @defaultValue `5_000` */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

const TOPIC = 'sse.doctor';
const TIMEOUT_MS = 5_000;

/**
 * Connects to a stream through whatever stands in between, and tells of each thing as soon as it is known. Leaves no
 * connection open. Publishes one event of the topic `sse.doctor` where it has a token.
 */
export async function* examine(url: URL, options: ExamineOptions): AsyncGenerator<Finding> {
  const stream = new URL(url);
  stream.searchParams.set('topics', TOPIC);
  stream.searchParams.set('client_name', 'sse-doctor');
  const ending = new AbortController();
  const probing: ProbeOptions = {
    signal: AbortSignal.any([options.signal, ending.signal]),
    isInsecure: options.isInsecure ?? false,
    headers: {
      Accept: 'text/event-stream',
      ...(options.token !== undefined && { Authorization: `Bearer ${options.token}` }),
    },
  };
  try {
    yield* examineStream(stream, options, probing);
  } finally {
    ending.abort();
  }
}

async function* examineStream(
  url: URL,
  options: ExamineOptions,
  probing: ProbeOptions,
): AsyncGenerator<Finding> {
  const { timeoutMs = TIMEOUT_MS } = options;
  const soon = (): AbortSignal => AbortSignal.any([probing.signal, AbortSignal.timeout(timeoutMs)]);
  const isHttps = url.protocol === 'https:';
  const began = performance.now();
  const probe = await opened(url, probing, timeoutMs);
  if (probe instanceof Error) {
    yield problem(
      'connection',
      probe.message,
      'Either nothing answers there, or a proxy holds even the head back.',
    );
    return;
  }
  yield ok('connection', `head after ${Math.round(probe.headMs)} ms`);
  const status = checkStatus(probe);
  yield status;
  if (status.level !== 'ok') return;
  yield* checkHeaders(probe.headers);
  const hasHttp2 = isHttps && (await offersHttp2(url, { ...probing, signal: soon() }).catch(() => false));
  yield checkVersion(isHttps, hasHttp2);
  yield* offered(url, options, probing, timeoutMs);
  yield await checkFirstEvent(probe, began, soon());
  const block = await probe.blocks.find((one) => readConnected(one) !== undefined, AbortSignal.abort());
  const connected = block && readConnected(block);
  yield await checkLiveEvent(probe, { ...options, token: options.token, topic: TOPIC, signal: soon() });
  if (hasHttp2) yield await overHttp2(url, probing, timeoutMs);
  if (connected?.id === undefined) yield unknown('resuming', 'no event with an id came first');
  else yield await checkResume(url, connected.id, { ...probing, signal: soon() });
  yield checkHeartbeat(connected?.heartbeatMs);
  yield await checkIdle(probe, {
    waitMs: options.waitMs ?? 0,
    heartbeatMs: connected?.heartbeatMs,
    signal: probing.signal,
  });
}

/** A connection of its own, since compression would hide the rest. */
async function* offered(
  url: URL,
  { origin }: ExamineOptions,
  probing: ProbeOptions,
  timeoutMs: number,
): AsyncGenerator<Finding> {
  const ending = new AbortController();
  const headers = {
    ...probing.headers,
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    ...(origin !== undefined && { Origin: origin }),
  };
  const signal = AbortSignal.any([probing.signal, ending.signal]);
  const probe = await opened(url, { ...probing, headers, signal }, timeoutMs);
  ending.abort();
  if (probe instanceof Error) {
    yield problem(
      'compression',
      'no answer to a client that offers it',
      'A proxy compresses, and holds all back.',
    );
    return;
  }
  yield checkCompression(probe.headers);
  if (origin !== undefined) yield checkCors(probe.headers, origin);
}

async function overHttp2(url: URL, probing: ProbeOptions, timeoutMs: number): Promise<Finding> {
  const ending = new AbortController();
  const signal = AbortSignal.any([probing.signal, ending.signal]);
  const began = performance.now();
  const probe = await opened(url, { ...probing, isHttp2: true, signal }, timeoutMs);
  const soon = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const finding =
    probe instanceof Error
      ? problem('http/2', probe.message, 'HTTP/2 is offered, and a stream over it has no answer.')
      : await checkFirstEvent(probe, began, soon);
  ending.abort();
  return { ...finding, check: 'http/2' };
}

/** A probe whose head has to be there in time; an error says what was there instead. */
async function opened(url: URL, probing: ProbeOptions, timeoutMs: number): Promise<Probe | Error> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await openProbe(url, { ...probing, signal: AbortSignal.any([probing.signal, late.signal]) });
  } catch (error) {
    if (late.signal.aborted) return new Error(`no answer within ${timeoutMs} ms`);
    const { message, code } = error as NodeJS.ErrnoException;
    return new Error(message || code || 'no connection');
  } finally {
    clearTimeout(timer);
  }
}
