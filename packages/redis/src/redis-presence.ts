import { type Broadcaster, type Client, SseError, type Timer } from '@sse/core';
import { checkBounds } from './checks.ts';
import type { RedisLink } from './link.ts';
import { CALL, FORGET, PAGE, UPDATE } from './presence-scripts.ts';
import { partsOf, type RedisEventLog } from './redis-event-log.ts';
import type { Script } from './scripts.ts';
import { type LogSetting, unavailable } from './session.ts';

/** Clients told of in one script call. */
const CHUNK = 500;

export interface RedisPresenceBounds {
  /** Milliseconds between two reports of this server; so old may be what the others know of it. @defaultValue 5000 */
  readonly reportMs: number;
  /** Milliseconds without a report after which a server is gone, and its clients with it. @defaultValue 20 000 */
  readonly expiryMs: number;
}

export interface RedisPresenceOptions extends Partial<RedisPresenceBounds> {
  /** The log that the servers share; its connections are used, and one more. Not closed with the presence. */
  readonly log: RedisEventLog;
  /** Whose clients are those of this server. */
  readonly broadcaster: Pick<Broadcaster, 'clients' | 'disconnect'>;
  /** Told of a report or a call that failed; there will be another. */
  readonly onError?: (error: unknown) => void;
}

export const REDIS_PRESENCE_DEFAULTS: RedisPresenceBounds = Object.freeze({
  reportMs: 5_000,
  expiryMs: 20_000,
});

type Page = { readonly count: number; readonly clients: readonly Client[] };

/**
 * Who is connected, on all servers of one log: each reports its clients, and they are gone with it.
 *
 * Answers `page`, `count` and `disconnect` as `presence` of @sse/express expects. What it says of this server is of now,
 * of the others as of their last report. While Redis is away it rejects with `log-unavailable`.
 */
export class RedisPresence {
  readonly #bounds: RedisPresenceBounds;
  readonly #broadcaster: Pick<Broadcaster, 'clients' | 'disconnect'>;
  readonly #onError: (error: unknown) => void;
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  readonly #server: string;
  /** What Redis was told of each client; an empty text where it is not certain that it took it. */
  #told = new Map<string, string>();
  #report: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopListening: () => void = () => undefined;
  #closed = false;

  /** @throws SseError `invalid-option`. */
  constructor(options: RedisPresenceOptions) {
    const { log, broadcaster, onError = () => undefined, ...given } = options;
    this.#bounds = checkBounds<RedisPresenceBounds>(given, REDIS_PRESENCE_DEFAULTS);
    const { reportMs, expiryMs } = this.#bounds;
    if (expiryMs < 2 * reportMs) {
      const message = `Expected \`expiryMs\` to be at least twice \`reportMs\` (${reportMs}), got \`${expiryMs}\` (number)`;
      throw new SseError('invalid-option', message);
    }
    ({ setting: this.#setting, link: this.#link } = partsOf(log));
    this.#broadcaster = broadcaster;
    this.#onError = onError;
    this.#server = String(Math.floor(this.#setting.environment.random() * 2 ** 52));
    void this.#keepReporting();
    void this.#keepListening();
  }

  /** Some of all clients, the oldest first, and how many there are. */
  async page({ limit, offset }: { readonly limit: number; readonly offset: number }): Promise<Page> {
    return this.#ask(async () => {
      await this.#reportNow();
      const { count, members } = await this.#look(offset, limit);
      return { count, clients: await this.#clientsOf(members) };
    });
  }

  /** How many clients there are in all. */
  async count(): Promise<number> {
    return this.#ask(async () => {
      await this.#reportNow();
      return (await this.#look(0, 0)).count;
    });
  }

  /**
   * Ends the stream of the client with this id; answers whether there is one. On another server it ends a moment
   * later, and not at all if that server goes away in between, which ends it too.
   */
  async disconnect(id: string): Promise<boolean> {
    if (this.#broadcaster.disconnect((client) => client.id === id) > 0) return true;
    return this.#ask(async () => {
      const { alive } = await this.#look(0, 0);
      const { expiryMs } = this.#bounds;
      const calls = alive.map((server) =>
        this.#run(CALL, [this.#clientsKey(server), this.#callsKey(server)], [id, String(expiryMs)]),
      );
      return (await Promise.all(calls)).includes(1);
    });
  }

  /** Takes this server's clients off the list. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#stopListening();
    await this.#report?.catch(() => undefined);
    await this.#forget(this.#server, 'bye').catch(this.#onError);
  }

  async #keepReporting(): Promise<void> {
    if (this.#closed) return;
    await this.#reportNow().catch(this.#onError);
    this.#timer = this.#setting.environment.after(this.#bounds.reportMs, () => void this.#keepReporting());
  }

  /** Whoever asks while a report is under way gets the next one: what it needs may have come too late for this one. */
  #reportNow(): Promise<void> {
    const next = (this.#report ?? Promise.resolve()).catch(() => undefined).then(() => this.#tell());
    this.#report = next;
    return next;
  }

  async #tell(): Promise<void> {
    if (this.#closed) return;
    const clients = this.#broadcaster.clients();
    const now = new Map(clients.map((client) => [client.id, JSON.stringify(client)]));
    const gone = [...this.#told.keys()].filter((id) => !now.has(id));
    const changed = clients.filter(({ id }) => this.#told.get(id) !== now.get(id));
    const wasTold = this.#told.size > 0;
    for (const { id } of changed) this.#told.set(id, '');
    const keys = [this.#key('servers'), this.#key('order'), this.#clientsKey(this.#server)];
    for (let at = 0; at === 0 || at < Math.max(gone.length, changed.length); at += CHUNK) {
      const left = gone.slice(at, at + CHUNK);
      const came = changed
        .slice(at, at + CHUNK)
        .flatMap(({ id, connectedAt }) => [id, String(connectedAt), now.get(id) ?? '']);
      const args = [this.#server, String(this.#bounds.expiryMs), String(left.length), ...left, ...came];
      const wasKnown = await this.#run(UPDATE, keys, args);
      // Redis has forgotten this server, and all that it was told: it is told all again.
      if (wasKnown === 0 && wasTold && at === 0) {
        this.#told = new Map();
        return this.#tell();
      }
    }
    this.#told = now;
  }

  async #look(
    offset: number,
    limit: number,
  ): Promise<{ count: number; members: readonly string[]; alive: readonly string[] }> {
    // An end before its start is an empty range.
    const range = limit === 0 ? ['1', '0'] : [String(offset), String(offset + limit - 1)];
    const answer = await this.#run(PAGE, [this.#key('servers'), this.#key('order')], range);
    const [dead, alive, count, members] = answer as [string[], string[], number, string[]];
    if (dead.length === 0) return { count, members, alive };
    for (const server of dead) await this.#forget(server, '');
    return this.#look(offset, limit);
  }

  async #clientsOf(members: readonly string[]): Promise<readonly Client[]> {
    const session = await this.#link.session();
    const texts = await Promise.all(
      members.map((member) => {
        const at = member.indexOf('/');
        return session.call(['HGET', this.#clientsKey(member.slice(0, at)), member.slice(at + 1)]);
      }),
    );
    // One may have gone in between.
    return texts.flatMap((text) => (typeof text === 'string' ? [JSON.parse(text) as Client] : []));
  }

  #forget(server: string, how: 'bye' | ''): Promise<unknown> {
    return this.#run(
      FORGET,
      [this.#key('servers'), this.#key('order'), this.#clientsKey(server)],
      [server, how],
    );
  }

  /** Waits for calls from other servers, on a connection of its own. */
  async #keepListening(): Promise<void> {
    const { environment, bounds } = this.#setting;
    while (!this.#closed) {
      try {
        const session = await this.#link.connected();
        const { send, close } = await session.dedicate();
        this.#stopListening = close;
        const command = ['BLPOP', this.#callsKey(this.#server), String(bounds.blockMs / 1_000)];
        while (!this.#closed) {
          const call = (await send(command)) as readonly [string, string] | null;
          if (call !== null) this.#broadcaster.disconnect((client) => client.id === call[1]);
        }
        close();
      } catch (error) {
        if (this.#closed) return;
        this.#onError(error);
        if (error instanceof SseError && error.code === 'closed') return;
        await new Promise<void>((resolve) => {
          environment.after(bounds.minRetryMs + environment.random() * bounds.maxRetryMs, resolve);
        });
      }
    }
  }

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#closed) throw new SseError('closed', 'The presence has been closed');
    try {
      return await ask();
    } catch (error) {
      throw unavailable('Redis did not answer; try again later', error);
    }
  }

  async #run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const session = await this.#link.session();
    return session.call(['EVAL', script.text, String(keys.length), ...keys, ...args]);
  }

  #key(name: string): string {
    return `${this.#setting.keys.presence}:${name}`;
  }

  #clientsKey(server: string): string {
    return this.#key(`clients:${server}`);
  }

  #callsKey(server: string): string {
    return this.#key(`calls:${server}`);
  }
}
