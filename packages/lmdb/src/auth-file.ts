import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { canonicalPath } from './canonical-path.ts';
import { MAGIC, readMeta } from './lmdb-format.ts';
import { refused } from './refused.ts';
import { assertRoom, notOpened } from './unavailable.ts';

/** A ticket as it lies in the file. */
export interface Ticket {
  readonly text: string;
  readonly expiresAt: number;
}

/** What an open file of authorisation holds. */
export interface AuthFile {
  readonly path: string;
  readonly meta: Database<string, string>;
  /** When each revocation is over. */
  readonly revoked: Database<number, string>;
  readonly tickets: Database<Ticket, string>;
  /** The tickets in the order in which their time is over. */
  readonly expiries: Database<true, [expiresAt: number, id: string]>;
  /** Reads from now on see what has been written until now, by whichever process. */
  refresh(): void;
  /** Gives up one use; with the last one the file is closed. */
  release(): Promise<void>;
}

const FORMAT = '@sse/lmdb auth 1';

interface Shared {
  readonly file: Omit<AuthFile, 'release'>;
  readonly root: RootDatabase<unknown, string>;
  users: number;
}

// As for event logs: one environment on a file in a process, whichever copy of this module opens it.
const SHARED = Symbol.for('@sse/lmdb/auth-files/1');
const shared = globalThis as { [SHARED]?: Map<string, Shared> };

/**
 * Opens the file, or shares it with who has it open in this process.
 *
 * @throws SseError `invalid-option` where it is not ours, `log-unavailable` where it can't be opened.
 */
export function acquireAuthFile(given: string): AuthFile {
  const path = canonicalPath(given);
  shared[SHARED] ??= new Map();
  const files = shared[SHARED];
  const found = files.get(path) ?? openFile(path);
  files.set(path, found);
  found.users++;
  return {
    ...found.file,
    async release() {
      if (--found.users > 0) return;
      files.delete(path);
      await found.root.close();
    },
  };
}

/** LMDB itself would map whatever is there into memory, and be ended by the system where that is too short. */
function assertDatabase(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > 0 && readMeta(file, 0)?.magic !== MAGIC)
      throw wrong(path, 'something that is no LMDB database');
  } finally {
    closeSync(file);
  }
}

function wrong(path: string, found: string): Error {
  return refused(path, found, undefined, 'a file of authorisation of @sse/lmdb in format 1');
}

function openFile(path: string): Shared {
  assertDatabase(path);
  assertRoom(path);
  let root: RootDatabase<unknown, string>;
  try {
    const options = {
      path,
      permissionsMode: 0o600,
      noSubdir: true,
      maxDbs: 4,
      // A commit is flushed before it is acknowledged: a revocation must not be taken back by a power cut.
      overlappingSync: false,
      eventTurnBatching: false,
    };
    root = open<unknown, string>(options);
  } catch (error) {
    throw notOpened(path, error);
  }
  const encoding = 'json' as const;
  const meta = root.openDB<string, string>('auth-meta', { encoding });
  const format = meta.get('format');
  if (format !== undefined && format !== FORMAT) {
    void root.close();
    throw wrong(path, `format ${JSON.stringify(format)}`);
  }
  if (format === undefined) void meta.put('format', FORMAT);
  const file = {
    path,
    meta,
    revoked: root.openDB<number, string>('auth-revoked', { encoding }),
    tickets: root.openDB<Ticket, string>('auth-tickets', { encoding, useVersions: true }),
    expiries: root.openDB<true, [number, string]>('auth-expiries', { encoding }),
    refresh: () => root.resetReadTxn(),
  };
  return { file, root, users: 0 };
}
