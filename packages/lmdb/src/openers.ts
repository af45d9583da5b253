import { SseError } from '@sse/core';
import type { Database } from 'lmdb';
import type { Durability } from './options.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';

interface Opener extends ProcessIdentity {
  readonly durability: Durability;
}

/**
 * Who has the database open, kept in the database itself: so that a process that is alone need not look for others'
 * entries. A record of a process that was killed is removed by whoever finds it.
 */
export class Openers {
  /** What the records are kept in. */
  readonly databases: readonly Database[];
  readonly #records: Database<Buffer, string>;
  readonly #self: string;

  constructor(records: Database<Buffer, string>, self: string) {
    this.#records = records;
    this.databases = [records];
    this.#self = self;
  }

  /**
   * Adds this one. To be called in a transaction.
   *
   * @throws SseError `invalid-option` where others have the database open with another durability.
   */
  enter(path: string, durability: Durability): void {
    for (const [key, opener] of this.#others()) {
      if (opener === undefined || !isRunning(opener)) void this.#records.remove(key);
      else if (opener.durability !== durability)
        throw new SseError(
          'invalid-option',
          `Expected \`durability\` to be \`${opener.durability}\`, as process ${opener.pid} has it for ${path}, got \`${durability}\``,
        );
    }
    const record: Opener = { ...thisProcess(), durability };
    void this.#records.put(this.#self, Buffer.from(JSON.stringify(record)));
  }

  /** Removes this one. To be called in a transaction. */
  leave(): void {
    void this.#records.remove(this.#self);
  }

  /** How many others have the database open. */
  countOthers(): number {
    return this.#others().filter(([, opener]) => opener !== undefined && isRunning(opener)).length;
  }

  #others(): (readonly [key: string, opener: Opener | undefined])[] {
    const others: (readonly [string, Opener | undefined])[] = [];
    for (const { key, value } of this.#records.getRange({}))
      if (key !== this.#self) others.push([key, parseOpener(value)]);
    return others;
  }
}

function parseOpener(record: Buffer): Opener | undefined {
  try {
    return JSON.parse(record.toString()) as Opener;
  } catch {
    return undefined;
  }
}
