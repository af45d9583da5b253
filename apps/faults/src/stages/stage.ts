import type { Fault } from '../faults/fault.ts';
import type { StorePromise } from '../history.ts';
import type { Random } from '../random.ts';

/** What a stage is built with. */
export interface StageSetting {
  /** For everything that is written. */
  readonly folder: string;
  readonly random: Random;
}

/** Servers, stores and the ways between them, all running. */
export interface Stage {
  readonly promise: StorePromise;
  /** For clients, each through a proxy that may do anything. */
  readonly streamUrls: readonly string[];
  /** For publishers. */
  readonly publishUrls: readonly string[];
  readonly faults: readonly Fault[];
  /** What to put before the command of a client that runs elsewhere. Absent: clients run here. */
  readonly clientPrefix?: readonly string[];
  stop(): Promise<void>;
}

/** A kind of stage. */
export interface StageKind {
  readonly name: string;
  /** Store and setting, for people. */
  readonly title: string;
  /** Why it can't be had on this machine, if it can't. */
  missing(): string | undefined;
  build(setting: StageSetting): Promise<Stage>;
}
