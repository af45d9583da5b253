import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Milliseconds since 1970; one clock for all processes of a machine, and it never goes back within one. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** What a store promises of acknowledged events, in the words of docs/guarantees.md. */
export type StorePromise = 'kept' | 'told' | 'failover';

/** What came of one attempt to publish. `unknown`: it may be in the log, or not. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

interface Of<Kind extends string> {
  readonly kind: Kind;
  readonly at: number;
}

interface OfClient<Kind extends string> extends Of<Kind> {
  readonly client: string;
}

/** First of a history. */
export interface RoundRecord extends Of<'round'> {
  readonly stage: string;
  readonly seed: number;
  readonly promise: StorePromise;
}

/** An attempt to publish one event. The same key again is a retry. */
export interface SentRecord extends Of<'sent'> {
  readonly key: string;
  readonly topic: string;
  readonly n: number;
}

/** How an attempt ended; without one its outcome is unknown. */
export interface AnsweredRecord extends Of<'answered'> {
  readonly key: string;
  readonly outcome: Outcome;
  readonly id?: string;
}

export interface ClientRecord extends OfClient<'client'> {
  readonly how: string;
  readonly topics: readonly string[];
}

export interface RequestRecord extends OfClient<'request'> {
  readonly connection: number;
  readonly cursor: string;
}

export interface ConnectedRecord extends OfClient<'connected'> {
  readonly resume: string;
  /** Where the stream begins: the block's id, or `newest` for a client that is not shown ids of notices. */
  readonly id?: string;
}

/** An event was received. `key`, `topic` and `n` are what its data says. */
export interface EventRecord extends OfClient<'event'> {
  readonly id: string;
  readonly key: string;
  readonly topic: string;
  readonly n: number;
}

/** The log had this event when all was over. */
export interface HeldRecord extends Of<'held'> {
  readonly id: string;
  readonly key: string;
}

/** A block with nothing but an id. */
export interface PositionRecord extends OfClient<'position'> {
  readonly id: string;
}

export interface GapRecord extends OfClient<'gap'> {
  readonly reason: string;
  readonly requested: string | null;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** A connection is over; `why` is for people. */
export interface EndedRecord extends OfClient<'ended'> {
  readonly why: string;
}

/** The client went away for good: what it has not got by now is no loss. */
export type LeftRecord = OfClient<'left'>;

export interface FaultRecord extends Of<'fault'> {
  readonly name: string;
  readonly target: string;
  readonly state: 'begins' | 'ends' | 'failed';
}

export type HistoryRecord =
  | RoundRecord
  | SentRecord
  | AnsweredRecord
  | ClientRecord
  | RequestRecord
  | ConnectedRecord
  | EventRecord
  | PositionRecord
  | GapRecord
  | EndedRecord
  | LeftRecord
  | HeldRecord
  | FaultRecord;

/** Where records go. */
export interface Recorder {
  add(record: HistoryRecord): void;
}

/** Writes records to a file, one JSON object a line, so that a run can be judged again. */
export class HistoryFile implements Recorder {
  readonly #stream: WriteStream;

  constructor(readonly path: string) {
    this.#stream = createWriteStream(path, { flags: 'wx' });
  }

  add(record: HistoryRecord): void {
    this.#stream.write(`${JSON.stringify(record)}\n`);
  }

  /** A line that another process wrote of itself. */
  addLine(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}

export function readHistory(path: string): HistoryRecord[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryRecord);
}
