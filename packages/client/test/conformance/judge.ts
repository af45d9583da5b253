import { type ConformanceCase, type ExpectedEvent, requestsOf } from './case.ts';
import type { Entry, Feature, Observation } from './observe.ts';
import type { SeenRequest } from './server.ts';

export interface Seen {
  readonly requests: readonly SeenRequest[];
  readonly here: string;
  readonly there: string;
}

/** Timers and clocks differ by this much at most. */
const CLOCK_MS = 5;

/** What of an observation is not as the case expects; empty: the client passes. */
export function judge(one: ConformanceCase, observed: Observation, seen: Seen): readonly string[] {
  const { expected } = one;
  const faults: string[] = [];
  const compare = (what: string, actual: unknown, wanted: unknown) => {
    const [got, want] = [JSON.stringify(actual), JSON.stringify(wanted)];
    if (got !== want) faults.push(`${what}: expected ${brief(want)}, got ${brief(got)}`);
  };
  const place = (text: string) => text.replaceAll('{here}', seen.here).replaceAll('{there}', seen.there);
  const origin = (which: 'here' | 'there') => new URL(seen[which]).origin;
  const { log } = observed;

  if (observed.thrown !== undefined) faults.push(`threw ${observed.thrown}`);
  const messages = log.filter((entry) => entry.kind === 'message');
  const events = expected.events ?? [];
  compare(
    'messages',
    messages.map((message, index) => pick(message, events[index])),
    events.map(({ data, type = 'message', lastEventId = '', ...rest }) => ({
      type,
      data,
      lastEventId,
      ...(rest.origin && { origin: origin(rest.origin) }),
      ...(rest.shape && { shape: rest.shape }),
    })),
  );
  if (expected.lifecycle)
    compare(
      'open and error events',
      log.flatMap((entry) => (entry.kind === 'message' ? [] : [`${entry.kind} ${entry.state}`])),
      expected.lifecycle,
    );
  if (expected.order)
    compare(
      'order',
      log.map((entry) => (entry.kind === 'message' ? entry.data : entry.kind)),
      expected.order,
    );
  if (expected.finalState !== undefined)
    compare('readyState at the end', observed.finalState, expected.finalState);
  for (const at of ['atStart', 'atEnd'] as const)
    for (const [name, value] of Object.entries(expected[at] ?? {}))
      compare(`${name} ${at}`, observed[at][name], typeof value === 'string' ? place(value) : value);

  const requests = requestsOf(one);
  if (expected.requests !== 'any') compare('number of requests', seen.requests.length, requests.length);
  for (const [index, want] of requests.entries()) {
    const request = seen.requests[index];
    if (request === undefined) continue;
    const what = `request ${index + 1}`;
    if (want.method !== undefined) compare(`${what}, method`, request.method, want.method);
    if (want.path !== undefined) compare(`${what}, path`, request.path, want.path);
    if (want.origin) compare(`${what}, port`, String(request.port), new URL(seen[want.origin]).port);
    if (want.lastEventId !== undefined)
      compare(`${what}, Last-Event-ID`, request.headers['last-event-id'] ?? null, want.lastEventId);
    for (const [name, pattern] of Object.entries(want.headers ?? {}))
      if (!new RegExp(`^(?:${pattern.source})$`).test(request.headers[name] ?? ''))
        faults.push(`${what}, ${name}: expected ${pattern}, got ${brief(request.headers[name])}`);
    if (want.notBeforeMs !== undefined && request.sinceLastMs < want.notBeforeMs - CLOCK_MS)
      faults.push(
        `${what}: expected not before ${want.notBeforeMs} ms, got ${Math.round(request.sinceLastMs)} ms`,
      );
    if (want.aborted) compare(`${what}, ended by the client`, request.aborted, true);
  }
  return faults;
}

/** Whether the case can be put to a client with these features at all. */
export function applies({ client = {}, expected }: ConformanceCase, features: readonly Feature[]): boolean {
  const needed: Feature[] = [];
  if (client.closeOn || client.closeAtOnce) needed.push('close');
  if (client.attributes || client.withCredentials || expected.atStart || expected.atEnd)
    needed.push('interface');
  if (client.crossOrigin) needed.push('cross-origin');
  if (expected.lifecycle || expected.order || expected.finalState !== undefined) needed.push('lifecycle');
  if (expected.events?.some((event) => event.origin || event.shape)) needed.push('origin');
  return needed.every((feature) => features.includes(feature));
}

function pick(message: Extract<Entry, { kind: 'message' }>, expected: ExpectedEvent | undefined) {
  const { type, data, lastEventId, origin, shape } = message;
  return { type, data, lastEventId, ...(expected?.origin && { origin }), ...(expected?.shape && { shape }) };
}

function brief(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length <= 300 ? text : `${text.slice(0, 200)} … ${text.slice(-60)} (${text.length} characters)`;
}
