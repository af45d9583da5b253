import type { ClientScript, EventShape } from './case.ts';

/** One handler called. */
export type Entry =
  | { readonly kind: 'open' | 'error'; readonly state: number }
  | {
      readonly kind: 'message';
      readonly type: string;
      readonly data: unknown;
      readonly lastEventId: string;
      readonly origin?: string;
      readonly shape?: EventShape;
    };

/** What a client can be asked at all. A case that needs more has no meaning for it. */
export type Feature = 'close' | 'cross-origin' | 'interface' | 'lifecycle' | 'origin';

export interface OpenSource {
  readonly close: () => void;
  readonly state: () => number;
  /** A property of the source, or an answer to a question; see clients/event-source.ts. */
  readonly probe?: (name: string) => unknown;
}

/** Drives one client. It gives the client its best chance: what its documentation tells users to do is done. */
export interface ClientAdapter {
  readonly features: readonly Feature[];
  readonly open: (
    url: string,
    job: Pick<Job, 'client' | 'listen'>,
    record: (entry: Entry) => void,
  ) => OpenSource;
}

/** One case, as far as the client's side needs it; plain data, for it may run elsewhere. */
export interface Job {
  readonly token: string;
  /** The origin that the case is on. */
  readonly home: string;
  readonly url: string;
  readonly control: string;
  readonly client: ClientScript;
  readonly listen: readonly string[];
  readonly probes: readonly string[];
  /** What has to come before the quiet begins. */
  readonly awaited: {
    readonly messages: number;
    readonly opens: number;
    readonly errors: number;
    readonly requests: number;
    readonly aborted: readonly number[];
  };
  /** Tells the server of each message. */
  readonly reports: boolean;
  readonly quietMs: number;
  readonly deadlineMs: number;
}

export interface Observation {
  readonly log: readonly Entry[];
  readonly atStart: Readonly<Record<string, unknown>>;
  readonly atEnd: Readonly<Record<string, unknown>>;
  readonly finalState: number;
  /** What the client threw, which no case expects. */
  readonly thrown?: string;
}

/** Opens a client at one case and answers what it did. Runs in Node, browsers, Bun and Deno alike. */
export async function observe(adapter: ClientAdapter, job: Job): Promise<Observation> {
  const { client, awaited, control, token } = job;
  const startedAt = performance.now();
  const log: Entry[] = [];
  const counts = { open: 0, error: 0, message: 0 };
  let check = () => {};
  let source: OpenSource | undefined;

  const record = (entry: Entry) => {
    log.push(entry);
    counts[entry.kind]++;
    const { closeOn } = client;
    if (closeOn?.entry === entry.kind && counts[entry.kind] === (closeOn.nth ?? 1)) {
      if (closeOn.later) setTimeout(() => source?.close(), 0);
      else source?.close();
    }
    if (job.reports && entry.kind === 'message') fetch(`${control}/-/heard?token=${token}`).catch(() => {});
    check();
  };

  try {
    const opened = adapter.open(job.url, job, record);
    source = opened;
    const ask = () => Object.fromEntries(job.probes.map((name) => [name, opened.probe?.(name)]));
    const atStart = ask();
    if (client.closeAtOnce) opened.close();
    const leftMs = () => Math.max(0, Math.round(startedAt + job.deadlineMs - performance.now()));
    await new Promise<void>((done) => {
      const timer = setTimeout(done, leftMs());
      check = () => {
        if (counts.message < awaited.messages || counts.open < awaited.opens || counts.error < awaited.errors)
          return;
        clearTimeout(timer);
        done();
      };
      check();
    });
    // Whoever was answered has sent a request: only what is beyond the first has to be asked for.
    if (awaited.requests > 1 || awaited.aborted.length > 0 || log.length === 0)
      await fetch(
        `${control}/-/await?token=${token}&requests=${awaited.requests}&aborted=${awaited.aborted}&ms=${leftMs()}`,
      );
    await new Promise((done) => setTimeout(done, job.quietMs));
    const observation = { log: [...log], atStart, atEnd: ask(), finalState: opened.state() };
    await fetch(`${control}/-/finish?token=${token}`);
    return observation;
  } catch (error) {
    return { log: [...log], atStart: {}, atEnd: {}, finalState: -1, thrown: String(error) };
  } finally {
    source?.close();
  }
}

/** Of its six connections to a host a browser keeps one for what a case opens besides. */
export const CONCURRENCY = 5;

/** Observes each job, so many at a time, in their order. */
export async function observeAll(
  adapter: ClientAdapter,
  jobs: readonly Job[],
  concurrency: number,
): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  const queue = jobs.entries();
  const work = async () => {
    for (const [index, job] of queue) observations[index] = await observe(adapter, job);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return observations;
}
