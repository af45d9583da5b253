import { randomUUID } from 'node:crypto';
import { type Environment, SseError } from '@sse/core';
import { type Database, open, type RootDatabase } from 'lmdb';
import { canonicalPath } from './canonical-path.ts';
import { CommitWatch } from './commit-watch.ts';
import { FORMAT, type FormatRecord, inspectFile, NAMES } from './inspect-file.ts';
import { Openers } from './openers.ts';
import type { Durability } from './options.ts';
import { randomId } from './random-id.ts';
import { decodeState, EMPTY_STATE, encodeState, type State } from './state.ts';
import { assertRoom, notOpened } from './unavailable.ts';
import { assertFlushed, markFlushed, markUnflushed } from './unflushed-mark.ts';

/** How often what was written without a flush is flushed all the same, in milliseconds. */
const OS_FLUSH_MS = 1_000;

export interface ConnectionOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly pollMs: number;
  readonly environment: Environment;
}

// One for all copies of this module in the process (as ESM and as CommonJS): two LMDB environments on one file in one
// thread would wait for each other's write lock for ever.
const SHARED = Symbol.for('@sse/lmdb/connections/1');
const shared = globalThis as { [SHARED]?: Map<string, Connection> };

/** An open database, shared by all logs of this thread that have its path. */
export class Connection {
  readonly epoch: string;
  readonly entries: Database<Buffer, number>;
  readonly keys: Database<Buffer, Buffer>;
  readonly path: string;
  readonly #root: RootDatabase<Buffer, string>;
  readonly #meta: Database<Buffer, string>;
  readonly #openers: Openers;
  readonly #durability: Durability;
  readonly #pollMs: number;
  readonly #followers = new Set<() => void>();
  #users = 1;
  #watch: CommitWatch | undefined;
  #flusher: NodeJS.Timeout | undefined;
  #seen = 0;

  /**
   * @throws SseError `invalid-option` where the file is not ours to use, `log-unavailable` where it can't be opened.
   */
  static acquire(options: ConnectionOptions): Connection {
    const path = canonicalPath(options.path);
    shared[SHARED] ??= new Map();
    const existing = shared[SHARED].get(path);
    if (existing === undefined) {
      const connection = new Connection({ ...options, path });
      shared[SHARED].set(path, connection);
      return connection;
    }
    existing.share(options.durability);
    return existing;
  }

  private constructor({ path, durability, pollMs, environment }: ConnectionOptions) {
    this.path = path;
    this.#durability = durability;
    this.#pollMs = pollMs;
    this.#root = openRoot(path, durability);
    try {
      const binary = { encoding: 'binary' } as const;
      this.#meta = this.#root.openDB<Buffer, string>(NAMES.meta, binary);
      this.entries = this.#root.openDB<Buffer, number>(NAMES.entries, binary);
      this.keys = this.#root.openDB<Buffer, Buffer>(NAMES.keys, { ...binary, keyEncoding: 'binary' });
      this.#openers = new Openers(this.#root.openDB<Buffer, string>(NAMES.openers, binary), randomUUID());
      this.epoch = this.#root.transactionSync(() => {
        this.#openers.enter(path, durability);
        if (durability === 'os') markUnflushed(path);
        return this.#readEpoch(environment);
      });
      this.#seen = this.state().newest;
    } catch (error) {
      void this.#root.close();
      throw notOpened(path, error);
    }
    if (durability === 'os') this.#flusher = setInterval(() => void this.#flush(), OS_FLUSH_MS).unref();
  }

  /**
   * One more user.
   *
   * @throws SseError `invalid-option` for another durability.
   */
  share(durability: Durability): void {
    if (durability !== this.#durability)
      throw new SseError(
        'invalid-option',
        `Expected \`durability\` to be \`${this.#durability}\`, as this process has it for ${this.path}, got \`${durability}\``,
      );
    this.#users++;
  }

  /** Where the log stands now; within a transaction, where it stands there. */
  state(): State {
    this.refresh();
    const state = decodeState(this.#meta.get('state'));
    if (state === undefined) throw new Error('its state is missing');
    return state;
  }

  /** To be called in a transaction. */
  setState(state: State): void {
    void this.#meta.put('state', encodeState(state));
  }

  /** Makes the next read see the newest commit, also of other processes. */
  refresh(): void {
    this.#root.resetReadTxn();
  }

  /** Runs `change` in a transaction: all of it is kept, or nothing. Settles once it is as durable as was asked for. */
  async transaction<Result>(change: () => Result): Promise<Result> {
    const result = await this.#root.childTransaction(change);
    this.#look();
    return result;
  }

  /** Calls `news` whenever there are new entries, by whichever process, until the answered function is called. */
  follow(news: () => void): () => void {
    if (this.#followers.size === 0) this.#seen = this.state().newest;
    this.#followers.add(news);
    this.#watch ??= new CommitWatch(this.path, this.#pollMs, {
      look: () => this.#look(),
      countOthers: () => this.#openers.countOthers(),
    });
    return () => {
      this.#followers.delete(news);
      if (this.#followers.size > 0) return;
      this.#watch?.stop();
      this.#watch = undefined;
    };
  }

  /** Gives up one use; with the last one the database is closed. Nothing of that user's may be under way. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    const isUnflushed = this.#durability === 'os';
    if (isUnflushed) await this.#flush();
    // Someone else has come meanwhile.
    if (this.#users > 0) return;
    shared[SHARED]?.delete(this.path);
    clearInterval(this.#flusher);
    try {
      // Not in the background: whoever opens the file next in this thread would wait for the lock that this one holds.
      this.#root.transactionSync(() => {
        if (this.#openers.leave() && isUnflushed) markFlushed(this.path);
      });
    } catch {
      // A full disk. Its record is of a process that will have ended, and is removed by the next one.
    }
    await this.#root.close();
  }

  #readEpoch(environment: Environment): string {
    const record = this.#meta.get('format');
    if (record !== undefined) return (JSON.parse(record.toString()) as FormatRecord).epoch;
    const made: FormatRecord = { app: '@sse/lmdb', format: FORMAT, epoch: randomId(environment) };
    void this.#meta.put('format', Buffer.from(JSON.stringify(made)));
    this.setState(EMPTY_STATE);
    return made.epoch;
  }

  /** Tells the followers of new entries, and answers whether there were any. */
  #look(): boolean {
    if (this.#followers.size === 0) return false;
    const { newest } = this.state();
    if (newest === this.#seen) return false;
    this.#seen = newest;
    for (const news of this.#followers) news();
    return true;
  }

  #flush(): Promise<void> {
    return new Promise((resolved) => {
      (this.#root as unknown as { sync(done: () => void): void }).sync(() => resolved());
    });
  }
}

function openRoot(path: string, durability: Durability): RootDatabase<Buffer, string> {
  inspectFile(path);
  assertFlushed(path);
  assertRoom(path);
  try {
    return open<Buffer, string>({
      path,
      noSubdir: true,
      encoding: 'binary',
      maxDbs: 8,
      // A commit is flushed, then seen: what a tail has shown can't be lost any more, and its id never comes twice.
      overlappingSync: false,
      noSync: durability === 'os',
      // Where a commit fails, batches of lmdb's own reject promises that nobody can have; Node then ends the process.
      eventTurnBatching: false,
    });
  } catch (error) {
    throw notOpened(path, error);
  }
}
