import { type ConnectedEvent, type SystemEvent, sseErrorCode } from '../../src/index.ts';
import type { Forgery } from './actions.ts';
import type { Clock } from './clock.ts';
import { PeerSink } from './peer-sink.ts';
import type { ClientPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { Happening, Recorder } from './records.ts';
import type { Server } from './server.ts';
import { type Block, type ParsedBuffers, StreamParser } from './stream-parser.ts';

/** What a client needs of its world. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly buffers: ParsedBuffers;
  /** Any server that takes connections at present. */
  findServer(): Server | undefined;
  forge(how: Forgery): string;
}

/** When the transport of a server gives up a peer that is gone without a word. */
const TRANSPORT_TIMEOUT_MS = 4_000;

/** A browser's `EventSource` with its reader: it keeps the last id, waits as it was told to, and comes back to any server. */
export class Client {
  readonly #world: Surroundings;
  readonly #index: number;
  readonly #plan: ClientPlan;
  #sink: PeerSink | undefined;
  #lastEventId = '';
  #retryMs = 300;
  #forgery: Forgery | undefined;
  #state: 'away' | 'asking' | 'open' | 'waiting' | 'gone' = 'away';
  /** Reads as fast as it can, whatever its plan says. */
  #isFast = false;
  #isReadDue = false;

  constructor(world: Surroundings, index: number, plan: ClientPlan) {
    this.#world = world;
    this.#index = index;
    this.#plan = plan;
    this.#isFast = plan.reader === 'fast';
    const { topics, allowedTopics, queuePolicy } = plan;
    world.recorder.note({ kind: 'client', client: index, topics, allowedTopics, queuePolicy });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Bytes that the sink of its present stream held at most. */
  get mostHeld(): number {
    return this.#sink?.mostHeld ?? 0;
  }

  /** Asks a server for a stream after its cursor. */
  async connect(): Promise<void> {
    if (this.#state !== 'away' && this.#state !== 'waiting') return;
    const server = this.#world.findServer();
    if (server === undefined) return this.#comeBack();
    this.#state = 'asking';
    const asked = this.#forgery === undefined ? this.#lastEventId : this.#world.forge(this.#forgery);
    this.#forgery = undefined;
    const client = this.#index;
    let sink: PeerSink | undefined;
    try {
      const { topics, allowedTopics, queuePolicy, expiresMs } = this.#plan;
      await server.ask(() =>
        server.broadcaster.subscribe({
          topics,
          allowedTopics,
          queuePolicy,
          lastEventId: asked,
          expiresAt: expiresMs > 0 ? this.#world.clock.now() + expiresMs : undefined,
          open: () => {
            if (this.#state === 'gone') throw new Error('The client has left before its response began');
            // Late, so that it stands right before what the stream begins with.
            this.#note({ kind: 'ask', client, server: server.index, asked });
            sink = this.#open(server);
            return sink;
          },
        }),
      );
    } catch (error) {
      this.#note({ kind: 'turned away', client, code: sseErrorCode(error) ?? String(error) });
      if (sink === undefined && this.#state === 'asking') this.#comeBack();
    }
  }

  forge(how: Forgery): void {
    this.#forgery = how;
    this.leave();
  }

  /** The connection is lost, with all that has not been read; both ends know. */
  leave(): void {
    this.#sink?.leave();
  }

  /** Gives its connection up without a word: the server has it until its transport notices, if it does not before. */
  vanish(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    sink.stall();
    this.#world.clock.after(TRANSPORT_TIMEOUT_MS, () => sink.leave());
    this.#over(sink);
  }

  /** Leaves for good; also a stream that is about to be opened for it. */
  quit(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#state = 'gone';
    sink?.leave();
  }

  stall(): void {
    this.#isFast = false;
    this.#sink?.stall();
  }

  flow(): void {
    this.#isFast = true;
    this.#sink?.flow();
  }

  #open(server: Server): PeerSink {
    const parser = new StreamParser(this.#world.buffers);
    const { highWaterMark } = this.#plan;
    const sink: PeerSink = new PeerSink(highWaterMark, this.#isFast, (bytes) => {
      if (this.#sink !== sink) return;
      for (const block of parser.push(bytes)) this.#take(block);
    });
    const over = (): void => {
      server.sinks.delete(sink);
      this.#over(sink);
    };
    sink.signal.addEventListener('abort', over, { once: true });
    server.sinks.add(sink);
    this.#sink = sink;
    this.#state = 'open';
    if (this.#plan.reader === 'slow' && !this.#isFast) this.#readLater(sink);
    return sink;
  }

  /** Reads a little now and then, for as long as this stream lasts. */
  #readLater(sink: PeerSink): void {
    if (this.#isReadDue) return;
    this.#isReadDue = true;
    this.#world.clock.after(this.#plan.readMs, () => {
      this.#isReadDue = false;
      if (this.#sink !== sink || this.#isFast) return;
      sink.read(this.#plan.readBytes);
      this.#readLater(sink);
    });
  }

  #over(sink: PeerSink): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#note({ kind: 'over', client: this.#index });
    this.#comeBack();
  }

  #comeBack(): void {
    this.#state = 'waiting';
    const { clock, random } = this.#world;
    clock.after(this.#retryMs * (0.5 + random.next()), () => {
      if (this.#state === 'waiting') void this.connect();
    });
  }

  #take(block: Block): void {
    const client = this.#index;
    const { id, event, data, retry } = block;
    if (retry !== undefined) this.#retryMs = Number(retry);
    if (id !== undefined) this.#lastEventId = id;
    if (data === undefined) {
      if (id !== undefined) this.#note({ kind: 'checkpoint', client, id });
    } else if (event === 'system') this.#takeSystem(JSON.parse(data) as SystemEvent, id);
    else if (event === 'data' && id !== undefined) this.#note({ kind: 'event', client, id, data });
    else if (event !== 'heartbeat' || id !== undefined)
      this.#note({ kind: 'unreadable', client, text: JSON.stringify(block) });
  }

  #takeSystem(system: SystemEvent, id: string | undefined): void {
    const client = this.#index;
    if (system.type === 'connected') this.#takeConnected(system, id);
    if (system.type === 'gap') this.#note({ kind: 'gap', client, gap: system, id });
    if (system.type === 'closing') {
      const { reason, resume_from: resumeFrom } = system;
      this.#note({ kind: 'closing', client, reason, resumeFrom });
    }
  }

  #takeConnected({ resume, newest }: ConnectedEvent, id: string | undefined): void {
    this.#note({ kind: 'connected', client: this.#index, resume, id, newest });
  }

  #note(happening: Happening): void {
    this.#world.recorder.note(happening);
  }
}
