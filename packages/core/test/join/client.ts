import type { Broadcaster, SubscribeRequest } from '../../src/index.ts';
import { FakeSink } from '../../src/testing.ts';

/** What a client has seen, in order. */
export type Seen =
  | {
      readonly kind: 'connected';
      readonly resume: string;
      readonly id: string | undefined;
      readonly asked: string;
    }
  | {
      readonly kind: 'gap';
      readonly reason: string;
      readonly oldest: string | null;
      readonly newest: string | null;
      readonly asked: string;
    }
  | { readonly kind: 'event'; readonly id: string; readonly data: string }
  | { readonly kind: 'checkpoint'; readonly id: string }
  | { readonly kind: 'closing'; readonly resumeFrom: string; readonly asked: string }
  | { readonly kind: 'malformed'; readonly text: string };

export interface ClientOptions extends Pick<SubscribeRequest, 'topics' | 'queuePolicy'> {
  readonly topics: readonly string[];
  readonly highWaterMark: number;
}

/** A browser's `EventSource`, as the standard has it, over whichever server is up: it keeps the last id it was given. */
export class Client {
  readonly seen: Seen[] = [];
  /** Last id received; what a reconnect asks with. */
  lastEventId = '';
  connecting = false;
  private sink: FakeSink | undefined;
  private parsed = 0;
  private asked = '';

  constructor(readonly options: ClientOptions) {}

  get connected(): boolean {
    return this.sink !== undefined && !this.sink.signal.aborted;
  }

  /** Opens a stream with its cursor, or with `forged` in its place. */
  async connect(broadcaster: Broadcaster, forged?: string): Promise<void> {
    if (this.connected || this.connecting) return;
    this.connecting = true;
    const asked = forged ?? this.lastEventId;
    try {
      await broadcaster.subscribe({
        ...this.options,
        lastEventId: asked,
        open: () => {
          this.parsed = 0;
          this.asked = asked;
          this.sink = new FakeSink({ highWaterMark: this.options.highWaterMark });
          return this.sink;
        },
      });
    } catch {
      // Refused: it will try again.
    } finally {
      this.connecting = false;
    }
  }

  /** The connection is lost, with all that has not been read. */
  leave(): void {
    this.look();
    this.sink?.leave();
  }

  stall(): void {
    this.sink?.stall();
  }

  flow(): void {
    this.sink?.flow();
  }

  read(bytes: number): void {
    this.sink?.read(bytes);
    this.look();
  }

  /** Takes in the blocks that have been read whole. */
  look(): void {
    const text = this.sink?.text ?? '';
    for (let end = text.indexOf('\n\n', this.parsed); end >= 0; end = text.indexOf('\n\n', this.parsed)) {
      this.take(text.slice(this.parsed, end));
      this.parsed = end + 2;
    }
  }

  private take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      const [name, value] = [line.slice(0, colon), line.slice(colon + 2)];
      fields.set(name, fields.has(name) ? `${fields.get(name)}\n${value}` : value);
    }
    const id = fields.get('id');
    const data = fields.get('data');
    if (id !== undefined) this.lastEventId = id;
    if (data === undefined) {
      if (id !== undefined) this.seen.push({ kind: 'checkpoint', id });
    } else if (fields.get('event') === 'system') {
      this.takeSystem(JSON.parse(data) as Record<string, never>, id);
    } else if (fields.get('event') === 'data' && id !== undefined) {
      this.seen.push({ kind: 'event', id, data });
    } else if (fields.get('event') !== 'heartbeat') {
      this.seen.push({ kind: 'malformed', text: block });
    }
  }

  private takeSystem(system: Record<string, never>, id: string | undefined): void {
    const { asked } = this;
    const { type, resume, reason, oldest, newest, resume_from: resumeFrom } = system;
    if (type === 'connected') this.seen.push({ kind: 'connected', resume: String(resume), id, asked });
    if (type === 'gap') {
      this.seen.push({
        kind: 'gap',
        reason: String(reason),
        oldest: oldest ?? null,
        newest: newest ?? null,
        asked,
      });
      if (id !== undefined) this.seen.push({ kind: 'checkpoint', id });
    }
    if (type === 'closing') this.seen.push({ kind: 'closing', resumeFrom: String(resumeFrom), asked });
  }
}
