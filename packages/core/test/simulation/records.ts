import type { Client, GapEvent, QueuePolicy, Resume } from '../../src/index.ts';

/** What a publisher sends, or a store keeps, of one event. */
export interface EventText {
  readonly topic: string;
  readonly data: string;
  readonly key?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** What a client asks for. */
export interface Wish {
  readonly topics: readonly string[];
  readonly allowedTopics: readonly string[] | undefined;
  readonly queuePolicy: QueuePolicy;
}

/** One thing that happened in a world. A history is these in the order in which they happened, and nothing else. */
export type Happening =
  // The store: what is in it, and what it loses.
  | { readonly kind: 'begin'; readonly id: string }
  | ({ readonly kind: 'append'; readonly id: string; readonly after: string } & EventText)
  | { readonly kind: 'evict'; readonly ids: readonly string[] }
  | { readonly kind: 'lose'; readonly ids: readonly string[]; readonly newest: string }
  // Publishers.
  | {
      readonly kind: 'publish';
      readonly n: number;
      readonly server: number;
      readonly events: readonly EventText[];
    }
  | { readonly kind: 'acknowledge'; readonly n: number; readonly ids: readonly string[] }
  | { readonly kind: 'refuse'; readonly n: number; readonly code: string }
  // Clients: what they read, and how their streams began and ended.
  | ({ readonly kind: 'client'; readonly client: number } & Wish)
  | { readonly kind: 'ask'; readonly client: number; readonly server: number; readonly asked: string }
  | { readonly kind: 'turned away'; readonly client: number; readonly code: string }
  | {
      readonly kind: 'connected';
      readonly client: number;
      readonly resume: Resume;
      readonly id: string | undefined;
      readonly newest: string;
    }
  | { readonly kind: 'event'; readonly client: number; readonly id: string; readonly data: string }
  | { readonly kind: 'checkpoint'; readonly client: number; readonly id: string }
  | { readonly kind: 'gap'; readonly client: number; readonly gap: GapEvent; readonly id: string | undefined }
  | {
      readonly kind: 'closing';
      readonly client: number;
      readonly reason: string;
      readonly resumeFrom: string;
    }
  | { readonly kind: 'unreadable'; readonly client: number; readonly text: string }
  | { readonly kind: 'over'; readonly client: number }
  // What the world sees from outside.
  | {
      readonly kind: 'queue';
      readonly server: number;
      readonly queue: Pick<Client, 'queueSize' | 'queueBytes'>;
      readonly mostEvents: number;
      readonly mostBytes: number;
    }
  | { readonly kind: 'fault'; readonly what: string }
  | { readonly kind: 'rest'; readonly newest: string; readonly running: readonly boolean[] }
  | { readonly kind: 'left'; readonly what: Readonly<Record<string, number>> };

/** A happening with its virtual time in milliseconds. */
export type Moment = Happening & { readonly at: number };

/** Writes a history. */
export class Recorder {
  readonly moments: Moment[] = [];
  readonly #elapsed: () => number;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  note(happening: Happening): void {
    this.moments.push(Object.assign(happening, { at: this.#elapsed() }));
  }
}
