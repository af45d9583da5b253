import type { Block } from './block-scanner.ts';
import { type Finding, ok, problem, unknown } from './finding.ts';
import { openProbe, type ProbeOptions } from './probe.ts';

export interface Connected {
  readonly id: string | undefined;
  readonly resume: string;
  readonly heartbeatMs: number | undefined;
}

/** What a hub says first, if this block is that. */
export function readConnected({ id, event, data }: Block): Connected | undefined {
  if (event !== 'system' || data === undefined) return undefined;
  try {
    const { type, resume, heartbeat_ms: heartbeatMs } = JSON.parse(data) as Record<string, unknown>;
    if (type !== 'connected') return undefined;
    return {
      id,
      resume: String(resume),
      heartbeatMs: typeof heartbeatMs === 'number' ? heartbeatMs : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Whether a client that comes back after the event `cursor` is given what it missed. */
export async function checkResume(url: URL, cursor: string, options: ProbeOptions): Promise<Finding> {
  const byHeader = await resumeOf(url, {
    ...options,
    headers: { ...options.headers, 'Last-Event-ID': cursor },
  });
  if (byHeader === 'resumed') return ok('resuming', 'Last-Event-ID is passed through');
  if (byHeader === 'reset')
    return problem(
      'resuming',
      'another history answered, or a gap',
      'Servers behind one address need one store (STORE=redis), and a history that is long enough.',
    );
  if (byHeader === undefined) return unknown('resuming', 'no answer to the second connection');
  const inQuery = new URL(url);
  inQuery.searchParams.set('last_event_id', cursor);
  const byQuery = await resumeOf(inQuery, options);
  return problem(
    'resuming',
    `Last-Event-ID does not reach the server (last_event_id in the query ${byQuery === 'resumed' ? 'does' : 'neither'})`,
    'Let the proxy pass the header on: without it each reconnect loses events in silence.',
  );
}

async function resumeOf(url: URL, options: ProbeOptions): Promise<string | undefined> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  try {
    const probe = await openProbe(url, { ...options, signal });
    const block = await probe.blocks.find((one) => readConnected(one) !== undefined, signal);
    return block && readConnected(block)?.resume;
  } catch {
    return undefined;
  } finally {
    ending.abort();
  }
}
