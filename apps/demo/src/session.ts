import {
  type EventStream,
  type GapEvent,
  openEventStream,
  type StreamCounters,
  type StreamMessage,
  type StreamStatus,
  type SystemEvent,
} from '@sse/client';
import type { StreamQuery } from './curl.ts';
import type { Plug } from './plug.ts';

/** What the page hears of its stream, whichever connection it comes over. */
export interface SessionListener {
  heard(message: StreamMessage): void;
  heardSystem(event: SystemEvent): void;
  /** `isStart`: the answer to the question for all the history, with which the page begins. */
  heardGap(gap: GapEvent, isStart: boolean): void;
  heardHeartbeat(): void;
  changed(status: StreamStatus): void;
  failed(error: Error): void;
}

type Counts = Pick<StreamCounters, 'connections' | 'gaps'>;

/** No server has given this id, so it answers with all the history that it still has, and says that there may have been more. */
const FROM_THE_BEGINNING = 'history-0';
const FORGOTTEN = 'forgotten-0';
/** How long the network is away when the plug is pulled. The client waits for as long as the server asked, some 5 s. */
const PULL_MS = 3_000;
/** Ids that are remembered to drop repeats: more than a usual history, as forgetting the cursor brings all of it again. */
const DEDUPE_SIZE = 20_000;

/** The page's one stream: under a name, with tags and topics that can change without losing an event. */
export class Session {
  readonly #listener: SessionListener;
  readonly #plug: Plug;
  #query: StreamQuery;
  #stream: EventStream | undefined;
  #cursor = FROM_THE_BEGINNING;
  #awaitsStart = true;
  /** What the streams before this one counted. */
  #before: Counts = { connections: 0, gaps: 0 };

  constructor(query: StreamQuery, plug: Plug, listener: SessionListener) {
    this.#query = query;
    this.#plug = plug;
    this.#listener = listener;
  }

  get query(): StreamQuery {
    return this.#query;
  }

  get status(): StreamStatus | undefined {
    return this.#stream?.status;
  }

  get isConnected(): boolean {
    return this.#stream !== undefined && this.#stream.status.state !== 'closed';
  }

  get isOffline(): boolean {
    return this.#stream?.status.state === 'paused';
  }

  get lastEventId(): string {
    const id = this.#stream?.lastEventId ?? this.#cursor;
    return id === FROM_THE_BEGINNING ? '' : id;
  }

  get counters(): Counts {
    const now = this.#stream?.counters;
    return {
      connections: this.#before.connections + (now?.connections ?? 0),
      gaps: this.#before.gaps + (now?.gaps ?? 0),
    };
  }

  /** Opens the stream where it was left; the first time, at the beginning of the history. */
  connect(): void {
    if (this.isConnected) return;
    this.#leave();
    const { topics, name, tags } = this.#query;
    const stream = openEventStream(new URL('/stream', location.href).href, {
      topics,
      clientName: name === '' ? undefined : name,
      tags: tags.length === 0 ? undefined : tags,
      lastEventId: this.#cursor,
      fetch: this.#plug.fetch,
      dedupeSize: DEDUPE_SIZE,
    });
    this.#stream = stream;
    stream.on('*', (_payload, message) => this.#listener.heard(message));
    stream.on('system', (event) => this.#listener.heardSystem(event));
    stream.on('gap', (gap) => this.#heardGap(gap));
    stream.on('heartbeat', () => this.#listener.heardHeartbeat());
    stream.on('error', (error) => this.#listener.failed(error));
    stream.on('status', (status) => {
      if (stream === this.#stream) this.#listener.changed(status);
    });
    this.#listener.changed(stream.status);
  }

  /** Ends the stream. The cursor is kept for `connect`. */
  disconnect(): void {
    this.#stream?.close();
  }

  /** Another name and other tags need another connection; it goes on where this one was. */
  setIdentity(name: string, tags: readonly string[]): void {
    this.#query = { ...this.#query, name, tags };
    if (!this.isConnected) return;
    this.#leave();
    this.connect();
  }

  /** Asks for other topics from the next event on. */
  async setTopics(topics: readonly string[]): Promise<void> {
    this.#query = { ...this.#query, topics };
    if (this.isConnected) await this.#stream?.setTopics(topics);
  }

  goOffline(): void {
    this.#stream?.pause();
  }

  comeBack(): void {
    this.#stream?.resume();
  }

  /** Breaks the connection as a network would; the client comes back by itself. */
  drop(): void {
    this.#plug.pull(PULL_MS);
  }

  /** Comes back with a cursor that no server gave. */
  forgetCursor(): void {
    this.#stream?.reconnect({ lastEventId: FORGOTTEN });
  }

  #leave(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#cursor = stream.lastEventId === '' ? this.#cursor : stream.lastEventId;
    this.#before = this.counters;
    this.#stream = undefined;
    stream.close();
  }

  #heardGap(gap: GapEvent): void {
    const isStart = this.#awaitsStart && gap.requested === FROM_THE_BEGINNING;
    this.#awaitsStart = false;
    if (isStart) this.#before = { ...this.#before, gaps: this.#before.gaps - 1 };
    this.#listener.heardGap(gap, isStart);
  }
}
