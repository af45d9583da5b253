import type { HistoryRecord, StorePromise } from '../src/history.ts';

/** A history made by hand: time goes on by one with each record. */
export class Story {
  readonly records: HistoryRecord[] = [];
  #at = 0;
  #connections = 0;

  constructor(promise: StorePromise = 'kept') {
    this.records.push({ kind: 'round', at: 0, stage: 'story', seed: 1, promise });
  }

  get #now(): number {
    this.#at += 1;
    return this.#at;
  }

  sent(key: string, topic = 'a'): this {
    this.records.push({ kind: 'sent', at: this.#now, key, topic, n: 0 });
    return this;
  }

  acknowledged(key: string, id: string): this {
    this.records.push({ kind: 'answered', at: this.#now, key, outcome: 'acknowledged', id });
    return this;
  }

  answered(key: string, outcome: 'refused' | 'unknown'): this {
    this.records.push({ kind: 'answered', at: this.#now, key, outcome });
    return this;
  }

  /** Published and acknowledged at once. Each word is `<key>=<id>`. */
  published(words: string, topic = 'a'): this {
    for (const word of words.split(' ')) {
      const [key = '', id = ''] = word.split('=');
      this.sent(key, topic).acknowledged(key, id);
    }
    return this;
  }

  client(client: string, topics: readonly string[] = ['a']): this {
    this.records.push({ kind: 'client', at: this.#now, client, how: 'story', topics });
    return this;
  }

  connected(client: string, id: string | undefined, resume = 'new'): this {
    this.#connections += 1;
    this.records.push({
      kind: 'request',
      at: this.#now,
      client,
      connection: this.#connections,
      cursor: id ?? '',
    });
    const place = id === undefined ? {} : { id };
    this.records.push({ kind: 'connected', at: this.#now, client, resume, ...place });
    return this;
  }

  /** Each word is `<key>=<id>`. */
  received(client: string, words: string, topic = 'a'): this {
    for (const word of words.split(' ')) {
      const [key = '', id = ''] = word.split('=');
      this.records.push({ kind: 'event', at: this.#now, client, id, key, topic, n: 0 });
    }
    return this;
  }

  /** What the log has in the end. */
  held(words: string): this {
    for (const word of words.split(' ')) {
      const [key = '', id = ''] = word.split('=');
      this.records.push({ kind: 'held', at: this.#now, id, key });
    }
    return this;
  }

  position(client: string, id: string): this {
    this.records.push({ kind: 'position', at: this.#now, client, id });
    return this;
  }

  gap(client: string, requested: string, oldest: string | null, newest: string, reason = 'evicted'): this {
    this.records.push({ kind: 'gap', at: this.#now, client, reason, requested, oldest, newest });
    return this;
  }

  ended(client: string): this {
    this.records.push({ kind: 'ended', at: this.#now, client, why: 'cut' });
    return this;
  }

  left(client: string): this {
    this.records.push({ kind: 'left', at: this.#now, client });
    return this;
  }
}
