import { readSync } from 'node:fs';

/**
 * As much of LMDB's file format (its data version 2, 64 bits, little-endian) as it takes to tell a database of ours from
 * anything else before LMDB itself touches the file: lmdb 3.5 ends the process with a segmentation fault where it is
 * given a file that is none of its own, and a bus error where the file is shorter than it should be.
 */
export const MAGIC = 0xbeefc0de;
export const DATA_VERSION = 2;
export const PAGE_HEADER_BYTES = 24;
/** The root of a tree without entries. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const [BRANCH, LEAF, META] = [0x01, 0x02, 0x08];
const [BIG_DATA, SUB_DATABASE] = [0x01, 0x02];

/** The file contradicts itself. */
export class Inconsistent extends Error {
  override readonly name = 'Inconsistent';
}

/** A tree of pages: the main one, or a named database in it. */
export interface Tree {
  readonly entries: number;
  readonly root: number | undefined;
}

/** One of the two places that say where the newest state of the database is. */
export interface Meta {
  readonly magic: number;
  readonly version: number;
  readonly pageBytes: number;
  readonly txnId: bigint;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

export interface Leaf {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isDatabase: boolean;
}

const META_BYTES = PAGE_HEADER_BYTES + 144;

/** Reads `bytes` at `position`; fewer where the file ends. */
function readAt(file: number, position: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, position));
}

export function parseTree(record: Buffer): Tree {
  const root = record.readBigUInt64LE(40);
  return {
    entries: Number(record.readBigUInt64LE(32)),
    root: root === NO_PAGE ? undefined : Number(root),
  };
}

/** The meta page at `position`, or `undefined` where there is none. */
export function readMeta(file: number, position: number): Meta | undefined {
  const page = readAt(file, position, META_BYTES);
  if (page.length < META_BYTES || (page.readUInt16LE(18) & META) === 0) return undefined;
  const meta = page.subarray(PAGE_HEADER_BYTES);
  return {
    magic: meta.readUInt32LE(0),
    version: meta.readUInt32LE(4) & 0xffff,
    pageBytes: meta.readUInt32LE(24),
    txnId: meta.readBigUInt64LE(128),
    lastPage: Number(meta.readBigUInt64LE(120)),
    free: parseTree(meta.subarray(24, 72)),
    main: parseTree(meta.subarray(72, 120)),
  };
}

/** The pages of one state of the database. */
export class Pages {
  readonly #file: number;
  readonly #meta: Meta;

  constructor(file: number, meta: Meta) {
    this.#file = file;
    this.#meta = meta;
  }

  /** All leaves of a tree, in order; of values that have pages of their own, the value is not read. */
  *leaves({ root }: Tree): Generator<Leaf> {
    if (root === undefined) return;
    const page = this.#read(root, 1);
    const isLeaf = (page.readUInt16LE(18) & LEAF) !== 0;
    if (!isLeaf && (page.readUInt16LE(18) & BRANCH) === 0) throw new Inconsistent(`page ${root} is no tree`);
    const count = page.readUInt16LE(20) >> 1;
    for (let index = 0; index < count; index++) {
      const node = page.subarray(
        PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + 2 * index),
        page.length,
      );
      const [low, high, flags, keyBytes] = [0, 2, 4, 6].map((at) => node.readUInt16LE(at)) as [
        number,
        number,
        number,
        number,
      ];
      if (isLeaf) {
        const key = node.subarray(8, 8 + keyBytes);
        const value = node.subarray(8 + keyBytes);
        if (flags & BIG_DATA) this.#read(Number(value.readBigUInt64LE(0)), Number(value.readBigUInt64LE(16)));
        const size = low + high * 0x1_0000;
        const isDatabase = (flags & SUB_DATABASE) !== 0;
        yield { key, value: value.subarray(0, flags & BIG_DATA ? 0 : size), isDatabase };
      } else {
        const child = low + high * 0x1_0000 + flags * 0x1_0000_0000;
        yield* this.leaves({ entries: 0, root: child });
      }
    }
  }

  /** Reads the first of `count` pages, and makes sure that all of them are in the file. */
  #read(number: number, count: number): Buffer {
    const { pageBytes, txnId, lastPage } = this.#meta;
    if (number + count - 1 > lastPage) throw new Inconsistent(`page ${number} is beyond the last one`);
    const page = readAt(this.#file, number * pageBytes, pageBytes);
    const last = count === 1 ? page : readAt(this.#file, (number + count - 1) * pageBytes, pageBytes);
    if (page.length < pageBytes || last.length < pageBytes)
      throw new Inconsistent(`it ends before page ${number + count - 1}`);
    const isItself =
      page.readBigUInt64LE(0) === BigInt(number) && page.readBigUInt64LE(8) <= txnId && number > 1;
    if (!isItself) throw new Inconsistent(`page ${number} is not what it should be`);
    return page;
  }
}
