import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Entry, type Environment, SseError } from '@sse/core';
import type { Database, RootDatabase } from 'lmdb';
import { canonicalPath } from './canonical-path.ts';
import { CommitWatch } from './commit-watch.ts';
import { FORMAT, type FormatRecord, NAMES } from './format.ts';
import { flushFolder, openRoot } from './open-root.ts';
import { Openers } from './openers.ts';
import type { Durability } from './options.ts';
import { randomId } from './random-id.ts';
import { roomInFile, roomOnDisk, SPARE_BYTES } from './room.ts';
import { decodeState, EMPTY_STATE, encodeState, type State } from './state.ts';
import { assertRoom, diskFull, notOpened } from './unavailable.ts';
import { markUnflushed, removeDeadMarks } from './unflushed-mark.ts';

/** How often what was written without a flush is flushed all the same, in milliseconds. */
const OS_FLUSH_MS = 1_000;

export interface ConnectionOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly pollMs: number;
  readonly environment: Environment;
}

/** Someone who wants to see every entry. */
export interface Follower {
  /** There are new entries. */
  wake(): void;
  /** The entry with this number is about to be dropped by this process; it comes in the order of the numbers. */
  save(seq: number, entry: Entry | undefined, bytes: number): void;
}

/** What to write. */
export interface Plan<Result> {
  readonly result: Result;
  /** Where the log stands then; absent where nothing changes. */
  readonly state?: State;
  /** Each puts or removes one record. */
  readonly writes: readonly (() => void)[];
}

const STATE = 'state';
/** How often a plan is made anew because another process was quicker, before the lock is taken first. */
const HOPEFUL_ATTEMPTS = 20;
const ignore = (): void => undefined;

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
  readonly #states: Database<Buffer, string>;
  readonly #openers: Openers;
  readonly #durability: Durability;
  readonly #pollMs: number;
  readonly #followers = new Set<Follower>();
  #unmark = (): void => undefined;
  #users = 1;
  #watch: CommitWatch | undefined;
  #flusher: NodeJS.Timeout | undefined;
  #changing: Promise<void> = Promise.resolve();
  #flushing = Promise.resolve(true);
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
    const isNew = !existsSync(path);
    this.#root = openRoot(path, durability);
    const id = randomUUID();
    try {
      if (durability === 'os') this.#unmark = markUnflushed(path, id);
      const binary = { encoding: 'binary' } as const;
      this.#meta = this.#root.openDB<Buffer, string>(NAMES.meta, binary);
      this.#states = this.#root.openDB<Buffer, string>(NAMES.state, { ...binary, useVersions: true });
      this.entries = this.#root.openDB<Buffer, number>(NAMES.entries, binary);
      this.keys = this.#root.openDB<Buffer, Buffer>(NAMES.keys, { ...binary, keyEncoding: 'binary' });
      this.#openers = new Openers(this.#root.openDB<Buffer, string>(NAMES.openers, binary), id);
      this.epoch = this.#root.transactionSync(() => {
        this.#openers.enter(path, durability);
        return this.#readEpoch(environment);
      });
      // That transaction has flushed what others had left; without flushes, a mark of our own vouches for it.
      removeDeadMarks(path);
      if (isNew) flushFolder(path);
    } catch (error) {
      this.#unmark();
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

  /** Where the log stands now, other processes' commits included. Reads that follow in the same turn see the same. */
  state(): State {
    return this.#readState().state;
  }

  /**
   * Changes the log: `plan` is given where it stands, and answers what to write. All of it is kept, or nothing. Settles
   * once it is as durable as was asked for.
   *
   * The plan is made before the transaction, and kept if the log still stands there; otherwise another is made. Inside,
   * LMDB's thread would hold the lock of all processes until this thread's event loop has its turn: a busy process would
   * hold up the others, and one that exits meanwhile would never end. Only where others are quicker every time is it
   * done like that, so that nobody starves.
   */
  change<Result>(plan: (state: State) => Plan<Result>): Promise<Result> {
    const changed = this.#changing.then(() => this.#change(plan));
    this.#changing = changed.then(ignore, ignore);
    return changed;
  }

  /**
   * To be called before a change that may take `bytes` of room: for why, see {@link assertRoom}.
   *
   * @throws SseError `log-unavailable` where there are not as many on the disk, nor twice as many within the file.
   */
  assertRoom(bytes: number): void {
    if (roomOnDisk(this.path) >= bytes) return;
    const { entries, keys } = this;
    const inFile = roomInFile(this.path, [
      this.#root,
      entries,
      keys,
      this.#meta,
      this.#states,
      ...this.#openers.databases,
    ]);
    // Some of it is in pieces, or of the last transactions, and can't be used yet.
    if (inFile < 2 * bytes) throw diskFull(this.path, 'Writing to');
  }

  /** Tells `follower` of new entries, by whichever process, until the answered function is called. */
  follow(follower: Follower): () => void {
    if (this.#followers.size === 0) this.#seen = this.state().newest;
    this.#followers.add(follower);
    this.#watch ??= new CommitWatch(this.path, this.#pollMs, {
      look: () => this.#look(),
      countOthers: () => this.#openers.countOthers(),
    });
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      this.#watch?.stop();
      this.#watch = undefined;
    };
  }

  /** Gives an entry that is about to be dropped to the followers. */
  beforeDrop(seq: number, entry: Entry | undefined, bytes: number): void {
    for (const follower of this.#followers) follower.save(seq, entry, bytes);
  }

  /** Gives up one use; with the last one the database is closed. Nothing of that user's may be under way. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    shared[SHARED]?.delete(this.path);
    clearInterval(this.#flusher);
    try {
      assertRoom(this.path, 'Closing', SPARE_BYTES);
      // Not in the background: whoever opens the file next in this thread would wait for the lock that this one holds.
      this.#root.transactionSync(() => this.#openers.leave());
    } catch {
      // A full disk. Its record is of a process that will have ended, and is removed by the next one.
    }
    if (this.#durability === 'disk' || (await this.#flush())) this.#unmark();
    await this.#root.close();
  }

  async #change<Result>(plan: (state: State) => Plan<Result>): Promise<Result> {
    for (let attempt = 0; attempt < HOPEFUL_ATTEMPTS; attempt++) {
      const { state, version } = this.#readState();
      const planned = plan(state);
      const write = (): void => this.#write(planned, version);
      if (!(await this.#states.ifVersion(STATE, version, write))) continue;
      this.#look();
      return planned.result;
    }
    const result = await this.#root.childTransaction(() => {
      const { state, version } = this.#readState();
      const planned = plan(state);
      this.#write(planned, version);
      return planned.result;
    });
    this.#look();
    return result;
  }

  #write({ state, writes }: Plan<unknown>, version: number): void {
    for (const write of writes) write();
    if (state !== undefined) void this.#states.put(STATE, encodeState(state), version + 1);
  }

  #readState(): { readonly state: State; readonly version: number } {
    this.#root.resetReadTxn();
    const entry = this.#states.getEntry(STATE);
    const state = decodeState(entry?.value);
    if (state === undefined) throw new Error('its state is missing');
    return { state, version: entry?.version ?? 0 };
  }

  #readEpoch(environment: Environment): string {
    const record = this.#meta.get('format');
    if (record !== undefined) return (JSON.parse(record.toString()) as FormatRecord).epoch;
    const made: FormatRecord = { app: '@sse/lmdb', format: FORMAT, epoch: randomId(environment) };
    void this.#meta.put('format', Buffer.from(JSON.stringify(made)));
    void this.#states.put(STATE, encodeState(EMPTY_STATE), 1);
    return made.epoch;
  }

  /** Tells the followers of new entries, and answers whether there were any. */
  #look(): boolean {
    if (this.#followers.size === 0) return false;
    const { newest } = this.state();
    if (newest === this.#seen) return false;
    this.#seen = newest;
    for (const follower of this.#followers) follower.wake();
    return true;
  }

  /** One after the other, so that none is under way when the database is closed. Answers whether it was possible. */
  #flush(): Promise<boolean> {
    const root = this.#root as unknown as { sync(done: (error: unknown) => void): void };
    const flushed = (): Promise<boolean> =>
      new Promise((resolve) => {
        root.sync((error) => resolve(error === undefined || error === null));
      });
    this.#flushing = this.#flushing.then(flushed);
    return this.#flushing;
  }
}
