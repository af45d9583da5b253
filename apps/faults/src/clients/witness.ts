import { now, type Recorder } from '../history.ts';
import type { Block } from './frame-reader.ts';

type Json = Readonly<Record<string, unknown>>;

/** Writes down what one client sees, and keeps its cursor as a browser would. */
export class Witness {
  cursor = '';
  /** Connections tried. */
  requests = 0;
  /** Why the server said that it ends the stream. */
  #closing = '';
  readonly #recorder: Recorder;

  constructor(
    recorder: Recorder,
    readonly client: string,
    how: string,
    topics: readonly string[],
  ) {
    this.#recorder = recorder;
    recorder.add({ kind: 'client', at: now(), client, how, topics });
  }

  requested(): void {
    this.requests += 1;
    const { client, requests: connection, cursor } = this;
    this.#recorder.add({ kind: 'request', at: now(), client, connection, cursor });
  }

  block({ id, event, data }: Block): void {
    if (id !== undefined) this.cursor = id;
    if (data === undefined) {
      if (id !== undefined) this.#recorder.add({ kind: 'position', at: now(), client: this.client, id });
    } else if (event === 'system') this.system(parse(data), id);
    else if (event !== 'heartbeat') this.event(this.cursor, parse(data));
  }

  event(id: string, data: unknown): void {
    const { key, type, n } = toJson(data);
    this.#recorder.add({
      kind: 'event',
      at: now(),
      client: this.client,
      id,
      key: String(key),
      topic: String(type),
      n: Number(n),
    });
  }

  system(data: unknown, id?: string): void {
    const { type, resume, reason, requested, oldest, newest } = toJson(data);
    const of = { at: now(), client: this.client };
    if (type === 'connected')
      this.#recorder.add({
        kind: 'connected',
        ...of,
        resume: String(resume),
        ...(id !== undefined && { id }),
      });
    if (type === 'closing') this.#closing = String(reason);
    if (type === 'gap')
      this.#recorder.add({
        kind: 'gap',
        ...of,
        reason: String(reason),
        requested: text(requested),
        oldest: text(oldest),
        newest: text(newest),
      });
  }

  ended(how: string): void {
    const why = this.#closing === '' ? how : `${how}, after closing: ${this.#closing}`;
    this.#closing = '';
    this.#recorder.add({ kind: 'ended', at: now(), client: this.client, why });
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const toJson = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** Data that is no JSON is none of ours: it will be found to be a phantom. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}
