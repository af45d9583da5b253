import { matchesTopic } from '../../src/topics.ts';
import { connected, idOf, message, system } from './frames.ts';
import { type Answer, type Exchange, head, type ScriptedServer, scriptedServer } from './scripted-server.ts';

interface Entry {
  readonly n: number;
  readonly topic: string;
}

/** A hub that keeps to docs/wire.md: a log, replay from the cursor, topics. Its ids are `e-1`, `e-2`, … */
export interface FakeHub extends ScriptedServer {
  readonly log: readonly Entry[];
  publish(topic: string, count?: number): void;
  /** Forgets all events up to this one. */
  trim(n: number): void;
  /** Ends all streams. */
  cut(): void;
}

export async function fakeHub(greeting: object = {}): Promise<FakeHub> {
  const log: Entry[] = [];
  const live = new Map<Exchange, readonly string[] | undefined>();
  let oldest = 1;
  const newest = (): number => log.at(-1)?.n ?? 0;
  const send = (exchange: Exchange, entries: readonly Entry[]): void => {
    const topics = live.get(exchange);
    const frames = entries.filter(({ topic }) => matchesTopic(topics, topic));
    if (frames.length > 0)
      exchange.response.write(frames.map(({ n, topic }) => message(n, { type: topic })).join(''));
  };
  const answer: Answer = (exchange) => {
    const { cursor, query, response } = exchange;
    const topics = query.get('topics')?.split(',');
    head(exchange);
    live.set(exchange, topics);
    response.on('close', () => live.delete(exchange));
    const n = cursor === undefined ? newest() : Number(/^e-(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
    const isHeld = n >= oldest - 1 && n <= newest();
    const resume = cursor === undefined ? 'new' : isHeld ? 'resumed' : 'reset';
    response.write(connected({ topics, resume, ...greeting }, isHeld ? idOf(n) : undefined));
    if (isHeld) return send(exchange, log.slice(n));
    const gap = { reason: 'evicted', requested: cursor, oldest: idOf(oldest), newest: idOf(newest()) };
    response.write(system('gap', gap));
    send(exchange, log.slice(oldest - 1));
  };
  const server = await scriptedServer(answer);
  return {
    ...server,
    log,
    publish(topic, count = 1) {
      const entries = Array.from({ length: count }, (_, index) => ({ n: newest() + 1 + index, topic }));
      log.push(...entries);
      for (const exchange of live.keys()) send(exchange, entries);
    },
    trim(n) {
      oldest = n + 1;
    },
    cut() {
      for (const { response } of live.keys()) response.destroy();
    },
  };
}
