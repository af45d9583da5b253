import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { checkCountOrNone } from './check-count.ts';
import { refused } from './problem.ts';

/** How many streams may be open at the same time, of this handler; 0: any number. */
export interface StreamLimits {
  /** From one address, of IPv6 from one /64. Those of the machine itself (127.0.0.0/8, ::1) are not counted. @defaultValue 0 */
  readonly maxPerAddress: number;
  /** Of one user, as `authorize` names it. @defaultValue 0 */
  readonly maxPerUser: number;
}

/** What one household or server is given; a single address of it is free to choose. */
const IPV6_PREFIX = 64;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/i;

/**
 * The places of open streams. Streams are counted, not connections: an HTTP/2 connection has many, and one of HTTP/1.1 may
 * ask for many.
 */
export class StreamPlaces {
  readonly #limits: StreamLimits;
  readonly #taken = new Map<string, number>();

  /** @throws SseError `invalid-option` for a limit that is no whole number from 0 on. */
  constructor(limits: { readonly [Name in keyof StreamLimits]?: number | undefined }) {
    this.#limits = {
      maxPerAddress: checkCountOrNone('maxPerAddress', limits.maxPerAddress),
      maxPerUser: checkCountOrNone('maxPerUser', limits.maxPerUser),
    };
  }

  /**
   * Takes a place for one stream, and answers what gives it back; a second call of that does nothing. `undefined` where the
   * stream is not counted.
   *
   * Throws `Refused`, 429, where the address or the user has as many as it may.
   */
  take({ ip = '' }: Pick<Request, 'ip'>, user: string | undefined): (() => void) | undefined {
    const { maxPerAddress, maxPerUser } = this.#limits;
    const places: string[] = [];
    if (maxPerAddress > 0 && !LOOPBACK.test(ip)) {
      const key = `address ${ipKeyGenerator(ip, IPV6_PREFIX)}`;
      this.#check(key, maxPerAddress, 'from this address');
      places.push(key);
    }
    if (maxPerUser > 0 && user !== undefined) {
      const key = `user ${user}`;
      this.#check(key, maxPerUser, 'of this user');
      places.push(key);
    }
    if (places.length === 0) return undefined;
    for (const key of places) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    return () => {
      for (const key of places.splice(0)) this.#giveBack(key);
    };
  }

  #check(key: string, max: number, whose: string): void {
    if ((this.#taken.get(key) ?? 0) >= max)
      throw refused(
        429,
        `As many streams ${whose} are open as may be, ${max}; close one, or try again later`,
      );
  }

  #giveBack(key: string): void {
    const left = (this.#taken.get(key) ?? 1) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
  }
}
