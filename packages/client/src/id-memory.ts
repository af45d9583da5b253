const NUMBERED = /^(.*)-(\d+)$/;
const MILLISECONDS = /^\d{13}$/;

/**
 * Negative where `a` comes before `b`, positive after, 0 where they are the same; `undefined` where that can't be known.
 * Ids are `<epoch>-<number>` or `<ms>-<number>`; of two epochs, neither is older.
 */
export function compareIds(a: string, b: string): number | undefined {
  if (a === b) return 0;
  const [, epochA = '', numberA = ''] = NUMBERED.exec(a) ?? [];
  const [, epochB = '', numberB = ''] = NUMBERED.exec(b) ?? [];
  if (numberA === '' || numberB === '') return undefined;
  if (epochA === epochB) return compareDigits(numberA, numberB);
  return MILLISECONDS.test(epochA) && MILLISECONDS.test(epochB) ? compareDigits(epochA, epochB) : undefined;
}

/** Numbers of any length, without rounding. */
function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** The last ids that came, so that none is delivered twice. */
export class IdMemory {
  readonly #size: number;
  readonly #ids = new Set<string>();
  #last = '';

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes an id: `repeat` where it is remembered, `out_of_order` where it is below the one before it. */
  take(id: string): 'new' | 'repeat' | 'out_of_order' {
    if (this.#ids.has(id)) return 'repeat';
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#size) break;
      this.#ids.delete(oldest);
    }
    const order = compareIds(id, this.#last) ?? 1;
    if (order > 0) this.#last = id;
    return order > 0 ? 'new' : 'out_of_order';
  }

  /** The order begins anew, as after a gap. */
  forgetOrder(): void {
    this.#last = '';
  }
}
