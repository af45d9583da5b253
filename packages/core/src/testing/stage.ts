import { Broadcaster } from '../broadcaster.ts';
import type { BroadcasterOptions } from '../broadcaster-options.ts';
import type { Client } from '../client.ts';
import type { EventId, EventLog } from '../event-log.ts';
import { MemoryEventLog } from '../memory-event-log.ts';
import type { SubscribeRequest, Subscription } from '../subscription.ts';
import { FakeSink, type FakeSinkOptions } from './fake-sink.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

/** One block of a stream, as its lines say. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** The blocks of a stream that core's own encoder wrote; `frame.test.ts` holds it against a parser of others. */
export function readBlocks(text: string): Block[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const fields = new Map<string, string>();
      for (const line of block.split('\n')) {
        const at = line.indexOf(':');
        const name = line.slice(0, at) || 'comment';
        const value = line.slice(at + 2);
        const earlier = fields.get(name);
        fields.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
      }
      return Object.fromEntries(fields);
    });
}

/** The other end of one stream: what it was sent, and when it reads. */
export class Peer {
  constructor(
    readonly sink: FakeSink,
    readonly subscription: Subscription,
  ) {}

  get client(): Client {
    return this.subscription.client;
  }

  get blocks(): Block[] {
    return readBlocks(this.sink.text);
  }

  /** The data of what publishers sent, in the order of arrival. */
  get received(): string[] {
    return this.blocks.flatMap(({ event, data }) =>
      event === 'system' || event === 'heartbeat' || data === undefined ? [] : [data],
    );
  }

  /** The data of `event: system`, of one `type` or of all. */
  systems(type?: string): Record<string, unknown>[] {
    const all = this.blocks.flatMap(({ event, data }) =>
      event === 'system' && data !== undefined ? [JSON.parse(data) as Record<string, unknown>] : [],
    );
    return type === undefined ? all : all.filter((system) => system['type'] === type);
  }

  /** What a browser would send as `Last-Event-ID`. */
  get lastId(): string | undefined {
    return this.blocks.flatMap(({ id }) => id ?? []).at(-1);
  }
}

export interface ConnectOptions extends Partial<Omit<SubscribeRequest, 'open'>> {
  readonly sink?: FakeSinkOptions | FakeSink;
}

/** A broadcaster on virtual time, with peers whose every byte can be seen. */
export class Stage<Log extends EventLog = MemoryEventLog> {
  readonly errors: { readonly error: unknown; readonly during: string }[] = [];
  readonly broadcaster: Broadcaster;

  constructor(
    readonly environment: VirtualEnvironment,
    readonly log: Log,
    options: BroadcasterOptions = {},
  ) {
    this.broadcaster = new Broadcaster({
      environment,
      log,
      ...options,
      hooks: {
        onError: (error, { during }) => {
          this.errors.push({ error, during });
        },
        ...options.hooks,
      },
    });
  }

  async connect({ sink, ...request }: ConnectOptions = {}): Promise<Peer> {
    const opened = sink instanceof FakeSink ? sink : new FakeSink(sink);
    const subscription = await this.broadcaster.subscribe({ ...request, open: () => opened });
    await this.environment.settle();
    return new Peer(opened, subscription);
  }

  /** Publishes each text as an event of its own on `topic`, all in one turn, and waits until they are out. */
  async publish(topic: string, ...texts: readonly string[]): Promise<readonly EventId[]> {
    const ids = await this.broadcaster.publish(texts.map((data) => ({ topic, data })));
    await this.environment.settle();
    return ids;
  }

  /** Publishes each text in a turn of its own. */
  async publishEach(topic: string, texts: readonly string[]): Promise<readonly EventId[]> {
    const ids: EventId[] = [];
    for (const text of texts) ids.push(...(await this.publish(topic, text)));
    return ids;
  }
}

export function createStage(options: BroadcasterOptions = {}, seed = 1): Stage {
  const environment = new VirtualEnvironment(seed);
  return new Stage(environment, new MemoryEventLog({ environment }), options);
}

/** `count` short texts: `1`, `2`, ... */
export function numbers(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}
