import { closeSync, fstatSync, openSync } from 'node:fs';
import { SseError } from '@sse/core';
import { FORMAT, type FormatRecord, NAMES } from './format.ts';
import {
  DATA_VERSION,
  Inconsistent,
  MAGIC,
  type Meta,
  Pages,
  parseTree,
  readMeta,
  type Tree,
} from './lmdb-format.ts';
import { refused } from './refused.ts';
import { decodeState } from './state.ts';

/** How often a file is looked at that others write at the same time, before it is taken to be in order. */
const ATTEMPTS = 200;

/**
 * Makes sure that `path` is a database of ours that is whole, or not there yet. Only reads.
 *
 * @throws SseError `invalid-option`, in one line that names the path, what was expected and what was found.
 */
export function inspectFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw refused(path, message, error);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw refused(path, 'that is a folder, or no file');
    // A file that is there and empty is what LMDB itself takes for a new one.
    if (stats.size > 0) inspectPages(path, file);
  } finally {
    closeSync(file);
  }
}

function inspectPages(path: string, file: number): void {
  for (let attempt = 1; ; attempt++) {
    const meta = newestMeta(path, file);
    try {
      return inspectState(path, file, meta);
    } catch (error) {
      if (error instanceof SseError) throw error;
      // Another process may have given these pages to something else meanwhile; then they say nothing.
      if (newestMeta(path, file).txnId === meta.txnId)
        throw refused(path, `a damaged one: ${(error as Error).message}`, error);
      if (attempt === ATTEMPTS) return;
    }
  }
}

function newestMeta(path: string, file: number): Meta {
  const first = readMeta(file, 0);
  if (first?.magic !== MAGIC) throw refused(path, 'something that is no LMDB database');
  if (first.version !== DATA_VERSION)
    throw refused(path, `an LMDB database of data version ${first.version} instead of ${DATA_VERSION}`);
  const second = readMeta(file, first.pageBytes);
  if (second?.magic !== MAGIC || second.version !== DATA_VERSION)
    throw refused(path, 'a damaged one: its second page is missing');
  return second.txnId > first.txnId ? second : first;
}

function inspectState(path: string, file: number, meta: Meta): void {
  const pages = new Pages(file, meta);
  const trees = new Map<string, Tree>();
  for (const { key, value, isDatabase } of pages.leaves(meta.main))
    trees.set(key.toString('latin1').replace(/\0$/, ''), isDatabase ? parseTree(value) : EMPTY);
  const ours: readonly string[] = Object.values(NAMES);
  const isOurs = [...trees.keys()].every((name) => ours.includes(name));
  if (!isOurs) throw refused(path, 'another LMDB database');
  const format = find(pages, trees.get(NAMES.meta), 'format');
  // Whoever made it was stopped before it was ready.
  if (format === undefined && (trees.get(NAMES.entries) ?? EMPTY).entries === 0) return;
  checkFormat(path, format);
  // A version of eight bytes stands before it.
  const state = decodeState(find(pages, trees.get(NAMES.state), 'state')?.subarray(8));
  const held = trees.get(NAMES.entries)?.entries;
  if (state === undefined || held !== state.newest - state.evictedThrough)
    throw new Inconsistent('its parts do not fit together');
  // LMDB leaves away free pages at the end, so that a shorter file alone proves nothing.
  if (fstatSync(file).size < (meta.lastPage + 1) * meta.pageBytes)
    for (const tree of [meta.free, ...trees.values()]) for (const _ of pages.leaves(tree));
}

function find(pages: Pages, tree: Tree = EMPTY, name: string): Buffer | undefined {
  for (const { key, value } of pages.leaves(tree)) if (key.toString('latin1') === name) return value;
  return undefined;
}

const EMPTY: Tree = { entries: 0, root: undefined };

function checkFormat(path: string, record: Buffer | undefined): void {
  let found: unknown;
  try {
    found = JSON.parse(record?.toString() ?? 'null');
  } catch {
    found = undefined;
  }
  const { app, format, epoch } = (found ?? {}) as Partial<Record<keyof FormatRecord, unknown>>;
  if (app !== '@sse/lmdb' || typeof epoch !== 'string') throw refused(path, 'another LMDB database');
  if (format !== FORMAT) throw refused(path, `format ${String(format)}, made by a later version`);
}
