import { createClient } from 'redis';
import type { RedisClient } from '../../src/index.ts';

/** What a log says to Redis, and what of it gets there. */
export type Rewrite = (command: readonly string[]) => readonly string[];

interface Real {
  readonly options?: object;
  duplicate(overrides: object): Real;
  on(event: string, listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(command: readonly string[]): Promise<unknown>;
  destroy(): void;
}

/** A client of a real Redis that changes the commands of whoever uses it: a log with one thing done wrong. */
export function lyingClient(port: number, rewrite: Rewrite): RedisClient {
  const wrap = (real: Real): object => ({
    options: real.options,
    multi: () => undefined,
    on: (event: string, listener: (error: unknown) => void) => real.on(event, listener),
    connect: () => real.connect(),
    destroy: () => real.destroy(),
    sendCommand: (command: readonly string[]) => real.sendCommand([...rewrite(command)]),
    duplicate: (overrides: object) => wrap(real.duplicate(overrides)),
  });
  return wrap(createClient({ url: `redis://127.0.0.1:${port}` }) as unknown as Real) as RedisClient;
}

/** Replaces a part of the scripts; one that is in none of them would be a mutant that lives for ever. */
export function replacing(
  found: string,
  by: string,
): { readonly rewrite: Rewrite; readonly wasUsed: () => boolean } {
  let used = false;
  return {
    rewrite: (command) => {
      if (command[0] !== 'EVAL' || command[1]?.includes(found) !== true) return command;
      used = true;
      return ['EVAL', command[1].replaceAll(found, by), ...command.slice(2)];
    },
    wasUsed: () => used,
  };
}
