import { compareIds, IdMemory } from './id-memory.ts';
import { fieldsOf, parseData } from './json.ts';
import type { RawEvent } from './source.ts';
import { topicOf } from './topics.ts';
import type { StreamMessage } from './types.ts';

/** What an event means to the stream. */
export type ReadEvent =
  | {
      readonly kind: 'message';
      readonly message: StreamMessage;
      readonly replayed: boolean;
      readonly inOrder: boolean;
    }
  | { readonly kind: 'system'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'heartbeat'; readonly data: unknown }
  | { readonly kind: 'repeat' };

/** Tells messages from what the server says of the stream, and repeats from what is new. */
export class EventReader {
  readonly #ids: IdMemory;
  #previousId = '';
  #isHub = false;
  /** The newest id of the log when the connection began: up to it, messages are replayed. */
  #replayUntil: string | undefined;

  /** @param memory - ids to remember. */
  constructor(memory: number) {
    this.#ids = new IdMemory(memory);
  }

  read({ event, data: text, id, hasOwnId, traceparent }: RawEvent): ReadEvent {
    const data = parseData(text);
    // The native transport does not tell whether an event came with an id, or bears the one before it. A hub numbers all.
    const isNumbered = id !== '' && (hasOwnId ?? (this.#isHub || id !== this.#previousId));
    this.#previousId = id;
    if (event === 'system') return this.#readSystem(fieldsOf(data));
    if (event === 'heartbeat') return { kind: 'heartbeat', data };
    const verdict = isNumbered ? this.#ids.take(id) : 'new';
    if (verdict === 'repeat') return { kind: 'repeat' };
    return {
      kind: 'message',
      message: { id, topic: topicOf(event, data), event, data, traceparent },
      replayed: this.#isReplayed(id),
      inOrder: verdict === 'new',
    };
  }

  #readSystem(fields: Readonly<Record<string, unknown>>): ReadEvent {
    const { type, resume, newest } = fields;
    if (type === 'connected') {
      this.#isHub = true;
      this.#replayUntil = undefined;
    }
    if ((type === 'gap' || resume === 'resumed') && typeof newest === 'string') this.#replayUntil = newest;
    if (type === 'gap') this.#ids.forgetOrder();
    return { kind: 'system', fields };
  }

  #isReplayed(id: string): boolean {
    if (this.#replayUntil === undefined) return false;
    const replayed = (compareIds(id, this.#replayUntil) ?? 1) <= 0;
    if (!replayed) this.#replayUntil = undefined;
    return replayed;
  }
}
