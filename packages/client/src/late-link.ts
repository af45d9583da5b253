import { openOwn } from './connection.ts';
import type { Link, LinkListener, OpenLink, PauseReason } from './link.ts';

/** A link whose code is loaded on demand. What is asked of it before is asked as soon as it is there. */
class LateLink implements Link {
  readonly #cursor: string;
  readonly #listener: LinkListener;
  #link: Link | undefined;
  #calls: ((link: Link) => void)[] = [];
  #isClosed = false;

  constructor(loaded: Promise<Link>, cursor: string, listener: LinkListener) {
    this.#cursor = cursor;
    this.#listener = listener;
    void loaded.then((link) => {
      if (this.#isClosed) return;
      this.#link = link;
      for (const call of this.#calls) call(link);
    });
  }

  get cursor(): string {
    return this.#link?.cursor ?? this.#cursor;
  }

  start(): void {
    this.#ask((link) => link.start());
  }

  listen(event: string): void {
    this.#ask((link) => link.listen(event));
  }

  setTopics(topics: readonly string[] | undefined): void {
    this.#ask((link) => link.setTopics(topics));
  }

  reconnect(cursor?: string): void {
    this.#ask((link) => link.reconnect(cursor));
  }

  pause(reason: PauseReason): void {
    this.#ask((link) => link.pause(reason));
  }

  resume(reason: PauseReason): void {
    this.#ask((link) => link.resume(reason));
  }

  wake(): void {
    this.#ask((link) => link.wake());
  }

  close(): void {
    if (this.#link !== undefined) return this.#link.close();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.changed({ state: 'closed', reason: 'closed', attempt: 0 });
  }

  #ask(call: (link: Link) => void): void {
    if (this.#link !== undefined) call(this.#link);
    else this.#calls.push(call);
  }
}

/**
 * A connection shared with the other tabs of this origin. Most streams are not shared, and do not load what it takes.
 *
 * Where it can't be loaded, as with a page that is older than what the server has now, the stream has a connection alone.
 */
export const openShared: OpenLink = (request, topics, cursor, listener) =>
  new LateLink(loadShared(request, topics, cursor, listener), cursor, listener);

async function loadShared(...given: Parameters<OpenLink>): Promise<Link> {
  const open = await import('./shared-connection.ts').then(
    ({ openSharedConnection }) => openSharedConnection,
    () => openOwn,
  );
  return open(...given);
}
