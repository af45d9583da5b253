import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHeld } from './clients/archivist.ts';
import type { FaultClient, StartClient } from './clients/client.ts';
import { startCurlClient } from './clients/client-curl.ts';
import { startRawClient } from './clients/client-raw.ts';
import { startSdkClient } from './clients/client-sdk.ts';
import { remote } from './clients/remote-client.ts';
import { HistoryFile, type HistoryRecord, now, type Recorder, readHistory } from './history.ts';
import { judge } from './judge/judge.ts';
import { asksFor } from './judge/topics.ts';
import type { Verdict } from './judge/verdict.ts';
import { Publisher } from './publisher.ts';
import { Random } from './random.ts';
import { carryOut, plan } from './schedule.ts';
import type { Stage, StageKind } from './stages/stage.ts';
import { until } from './wait.ts';

export interface RoundOptions {
  readonly kind: StageKind;
  readonly seed: number;
  readonly seconds: number;
  readonly folder: string;
  /** Mean time between the beginnings of two faults. */
  readonly faultEveryMs: number;
}

/** The verdict, and where the history lies that it was made from. */
export interface RoundResult {
  readonly verdict: Verdict;
  readonly path: string;
}

/** More often the first ones; `rare` is for clients that hear little and live by checkpoints. */
const TOPICS = ['orders.eu.created', 'orders.us.created', 'metric', 'orders.eu.created', 'metric', 'rare'];
const FILTERS: readonly (readonly string[])[] = [['orders.**'], ['orders.eu.*', 'metric'], [], ['rare']];
const KINDS = ['raw', 'sdk', 'curl', 'raw', 'sdk', 'raw', 'curl', 'sdk', 'raw', 'sdk'] as const;
const PUBLISHERS = 3;
const EVENT_EVERY_MS = 60;
/** After the last fault everything is to be in order again within this time. */
const SETTLE_MS = 60_000;
const LAST = 'last';

/** Lets everything go wrong on a stage for a while, then waits until all is well, and judges what was written down. */
export async function runRound({
  kind,
  seed,
  seconds,
  folder,
  faultEveryMs,
}: RoundOptions): Promise<RoundResult> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'history.jsonl');
  const file = new HistoryFile(path);
  const random = new Random(seed);
  const stage = await kind.build({ folder, random: random.fork(1) });
  file.add({ kind: 'round', at: now(), stage: kind.name, seed, promise: stage.promise });
  const arrivals = new Arrivals(file);
  const clients = KINDS.map((how, n) => startClient(how, n, stage, arrivals));
  try {
    await until('every client has connected', 30_000, () => arrivals.connected.size === clients.length);
    const publishing = new AbortController();
    const publishers = Array.from({ length: PUBLISHERS }, (_, n) =>
      startPublisher(n, stage, file, random.fork(10 + n)),
    );
    const published = publishers.map((publisher) => publisher.run(publishing.signal));
    await carryOut(plan(stage.faults, random.fork(2), seconds * 1_000, faultEveryMs), file, random.fork(3));
    publishing.abort();
    await Promise.all(published);
    await settle(stage, arrivals, random.fork(4));
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
    await stage.stop();
    await file.close();
  }
  return { verdict: judge(readHistory(path)), path };
}

function startClient(how: (typeof KINDS)[number], n: number, stage: Stage, recorder: Recorder): FaultClient {
  const { streamUrls, clientPrefix } = stage;
  const isHere = clientPrefix === undefined;
  const starts: Readonly<Record<typeof how, StartClient>> = {
    raw: isHere ? startRawClient : remote('raw'),
    sdk: isHere ? startSdkClient : remote('sdk'),
    curl: startCurlClient,
  };
  return starts[how]({
    name: `${how}-${n}`,
    topics: FILTERS[n % FILTERS.length] ?? [],
    url: streamUrls[n % streamUrls.length] ?? '',
    recorder,
    ...(!isHere && { prefix: clientPrefix }),
  });
}

function startPublisher(n: number, { publishUrls }: Stage, recorder: Recorder, random: Random): Publisher {
  // Each likes another way best.
  const urls = publishUrls.map((_, at) => publishUrls[(at + n) % publishUrls.length] ?? '');
  return new Publisher({ name: `p${n}`, urls, topics: TOPICS, recorder, random, everyMs: EVENT_EVERY_MS });
}

/** Publishes one last event of each topic, and waits until everyone has what they asked for. What does not come is lost. */
async function settle(stage: Stage, arrivals: Arrivals, random: Random): Promise<void> {
  const { publishUrls: urls } = stage;
  const topics = [...new Set(TOPICS)];
  const publisher = new Publisher({ name: LAST, urls, topics, recorder: arrivals, random, everyMs: 0 });
  let last: string | undefined;
  for (const topic of topics) last = await publisher.publish(topic, { giveUpMs: SETTLE_MS });
  const hasAll = ([client, patterns]: readonly [string, readonly string[]]): boolean =>
    topics.every((topic) => !asksFor(patterns, topic) || arrivals.last.has(`${client} ${topic}`));
  const url = urls.at(-1) ?? '';
  // What it can't be asked for is not judged.
  const held = readHeld({
    url,
    anId: arrivals.anId,
    last: last ?? '',
    recorder: arrivals,
    timeoutMs: SETTLE_MS,
  });
  await held.catch((error: Error) => console.error(error.message));
  await until('the last event', SETTLE_MS, () => [...arrivals.topics].every(hasAll)).catch((error: Error) =>
    console.error(
      `${error.message}: ${[...arrivals.topics].filter((one) => !hasAll(one)).map(([name]) => name)}`,
    ),
  );
}

/** Passes records on, and notes what a round waits for. */
class Arrivals implements Recorder {
  readonly topics = new Map<string, readonly string[]>();
  readonly connected = new Set<string>();
  /** `<client> <topic>` for each last event received. */
  readonly last = new Set<string>();
  anId = '';
  readonly #file: HistoryFile;

  constructor(file: HistoryFile) {
    this.#file = file;
  }

  add(record: HistoryRecord): void {
    this.#file.add(record);
    if (record.kind === 'event') this.anId = record.id;
    if (record.kind === 'client') this.topics.set(record.client, record.topics);
    if (record.kind === 'connected') this.connected.add(record.client);
    if (record.kind === 'event' && record.key.startsWith(`${LAST}-`))
      this.last.add(`${record.client} ${record.topic}`);
  }
}
