import { createHash } from 'node:crypto';

/** Under what an idempotency key is stored: LMDB's own keys are short, and have an order that is of no use here. */
export function hashKey(idempotencyKey: string): Buffer {
  return createHash('sha256').update(idempotencyKey).digest().subarray(0, 16);
}

export function writeSeq(seq: number): Buffer {
  const record = Buffer.allocUnsafe(8);
  record.writeDoubleBE(seq, 0);
  return record;
}

export function readSeq(record: Buffer | undefined): number | undefined {
  return record?.length === 8 ? record.readDoubleBE(0) : undefined;
}
