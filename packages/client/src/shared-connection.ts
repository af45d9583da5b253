import { openOwn } from './connection.ts';
import { StreamError } from './errors.ts';
import { compareIds } from './id-memory.ts';
import { parseData } from './json.ts';
import type { Link, LinkListener, OpenLink, PauseReason } from './link.ts';
import { isMessage, RecentEvents } from './recent-events.ts';
import type { StreamRequest } from './request.ts';
import type { RawEvent } from './source.ts';
import { gapAfter, type Note } from './tab-notes.ts';
import { isWithin, matchesTopic, topicOf, unionOfTopics } from './topics.ts';
import type { StreamStatus } from './types.ts';

/** A new leader waits this long for the others to say what they want, so that it need not connect twice. */
const GATHER_MS = 50;
/** How often the others are told of a cursor that moved without an event, so that any of them could take over. */
const CURSOR_MS = 5_000;

/**
 * One connection for all tabs of an origin. Whoever holds the Web Lock of its name leads: it connects for the topics of
 * all, and passes on what comes over a BroadcastChannel. When it goes, the next in line holds the lock, and resumes by
 * the cursor of what it was passed. Each tab holds a lock of its own, too, so that the leader learns when it is gone.
 */
class SharedConnection implements Link {
  readonly #request: StreamRequest;
  readonly #listener: LinkListener;
  readonly #name: string;
  /** Another one with each start: a leader that still waits for the end of the one before must not see this one off. */
  #tab = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  #recent = new RecentEvents();
  readonly #pauses = new Set<PauseReason>();
  readonly #names = new Set<string>();
  #topics: readonly string[] | undefined;
  #cursor: string;
  #status: StreamStatus = { state: 'connecting', reason: 'start', attempt: 0 };
  /** Only of the leader. */
  #own: Link | undefined;
  readonly #members = new Map<string, readonly string[] | undefined>();
  /** What the connection brings: all of it is in the recent events, and nothing else. */
  #union: readonly string[] | undefined = [];
  /** The leader knows this tab: what it passes on now comes after what this tab missed. */
  #isAdmitted = false;
  /** What the server said of the connection, for tabs that join it later. */
  #connected: RawEvent | undefined;
  /** Aborts the wait for a lock and the watch over other tabs; its locks are given back with it. */
  #stay = new AbortController();

  constructor(...[request, topics, cursor, listener]: Parameters<OpenLink>) {
    this.#request = request;
    this.#listener = listener;
    this.#topics = topics;
    this.#cursor = cursor;
    this.#name = `sse:${request.url}:${request.withCredentials}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<Note>) => this.#heard(data);
  }

  get cursor(): string {
    return this.#own?.cursor || this.#cursor;
  }

  start(): void {
    this.#stay = new AbortController();
    this.#tab = crypto.randomUUID();
    this.#isAdmitted = false;
    this.#hold(this.#tab, () => undefined);
    this.#hold('', () => this.#lead());
    this.#join();
  }

  listen(event: string): void {
    if (this.#names.has(event)) return;
    this.#names.add(event);
    if (this.#own !== undefined) this.#own.listen(event);
    else this.#join();
  }

  setTopics(topics: readonly string[] | undefined): void {
    this.#topics = topics;
    if (this.#members.size > 0) return this.#admit(this.#tab, topics);
    if (this.#pauses.size > 0) return;
    this.#tell({ state: 'connecting', reason: 'topics', attempt: 1 });
    this.#join();
  }

  reconnect(cursor?: string): void {
    if (this.#own !== undefined) this.#own.reconnect(cursor);
    else this.#post({ kind: 'reconnect', cursor });
  }

  pause(reason: PauseReason): void {
    if (this.#status.state === 'closed') return;
    if (this.#pauses.size === 0) this.#depart();
    this.#pauses.add(reason);
    this.#tell({ state: 'paused', reason, attempt: 0 });
  }

  resume(reason: PauseReason): void {
    if (this.#status.state === 'closed' || !this.#pauses.delete(reason) || this.#pauses.size > 0) return;
    this.#tell({ state: 'connecting', reason, attempt: 1 });
    this.start();
  }

  wake(): void {
    if (this.#own !== undefined) this.#own.wake();
    else this.#post({ kind: 'wake' });
  }

  close(): void {
    if (this.#status.state === 'closed') return;
    this.#depart();
    this.#tell({ state: 'closed', reason: 'closed', attempt: this.#status.attempt });
  }

  /** Leaves: gives the locks back, and the lead with them. */
  #depart(): void {
    this.#cursor = this.cursor;
    if (this.#own === undefined) this.#post({ kind: 'leave', tab: this.#tab });
    const own = this.#own;
    this.#own = undefined;
    own?.close();
    this.#members.clear();
    this.#stay.abort();
  }

  /** Waits for a lock, calls `got` with it, and keeps it for as long as this tab stays. */
  #hold(part: string, got: () => void): void {
    const { signal } = this.#stay;
    navigator.locks
      .request(`${this.#name}#${part}`, { signal }, () => {
        got();
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      })
      .catch(() => undefined); // aborted: no longer wanted
  }

  #lead(): void {
    const stay = this.#stay;
    this.#post({ kind: 'lead' });
    this.#members.set(this.#tab, this.#topics);
    setTimeout(() => {
      if (stay.signal.aborted) return;
      this.#ask(unionOfTopics(this.#members.values()));
      this.#own = openOwn(this.#request, this.#union, this.#cursor, {
        received: (raw) => {
          if (raw.data.includes('"connected"') && raw.event === 'system') this.#connected = raw;
          this.#post({ kind: 'received', raw });
          this.#received(raw);
        },
        changed: (status) => this.#changed(status),
        failed: (error) => {
          const { code, message, httpStatus } = error;
          this.#post({ kind: 'failed', code, message, httpStatus });
          this.#listener.failed(error);
        },
      });
      for (const name of this.#names) this.#own.listen(name);
      this.#own.start();
      const cursors = setInterval(() => this.#tellCursor(), CURSOR_MS);
      stay.signal.addEventListener('abort', () => clearInterval(cursors));
    }, GATHER_MS);
  }

  #tellCursor(): void {
    const id = this.cursor;
    if (id === this.#cursor) return;
    this.#moveTo(id);
    this.#post({ kind: 'cursor', id });
  }

  #moveTo(id: string): void {
    this.#cursor = id;
    this.#recent.add({ event: 'system', data: '', id });
  }

  /** The leader's own connection. One that was refused is refused for all. */
  #changed(status: StreamStatus): void {
    if (this.#own === undefined) return; // stepping down closes it
    this.#post({ kind: 'status', status });
    this.#tell({ ...status, role: 'leader' });
  }

  #heard(note: Note): void {
    if (this.#status.state === 'closed' || this.#pauses.size > 0) return;
    if ('to' in note && note.to !== undefined && note.to !== this.#tab) return;
    if ('to' in note) this.#isAdmitted = true;
    const leads = this.#members.size > 0;
    if (leads) this.#heardAsLeader(note);
    // Until a new leader connects, it still hears the last words of the one before.
    if (this.#own !== undefined) return;
    if (note.kind === 'lead') this.#join();
    if (note.kind === 'asked') this.#asked(note.topics);
    if (note.kind === 'received' && this.#isAdmitted) this.#received(note.raw);
    if (note.kind === 'cursor' && this.#isAdmitted) this.#moveTo(note.id);
    if (note.kind === 'status' && (!leads || note.status.state === 'closed'))
      this.#tell({ ...note.status, role: 'follower' });
    if (note.kind === 'failed') this.#listener.failed(new StreamError(note.code, note.message, note));
  }

  #heardAsLeader(note: Note): void {
    if (note.kind === 'leave') this.#members.delete(note.tab);
    if (note.kind === 'reconnect') this.#own?.reconnect(note.cursor);
    if (note.kind === 'wake') this.#own?.wake();
    if (note.kind !== 'join') return;
    const { tab, topics, cursor, names } = note;
    for (const name of names) this.listen(name);
    const isNew = !this.#members.has(tab);
    if (isNew) this.#watch(tab);
    this.#admit(tab, topics);
    this.#post({ kind: 'asked', topics: this.#union, to: tab });
    if (this.#own === undefined) this.#cursor ||= cursor;
    else this.#post({ kind: 'status', status: this.#status, to: tab });
    if (isNew) this.#catchUp(tab, cursor);
  }

  /** A tab that comes with a cursor gets what it missed, or is told that it missed something. */
  #catchUp(tab: string, cursor: string): void {
    const newest = this.cursor;
    if (this.#connected !== undefined) {
      // One without a cursor begins here, and has to be able to take over from here.
      const raw = { ...this.#connected, id: cursor === '' ? newest : '' };
      this.#post({ kind: 'received', raw, to: tab });
      if (cursor === '') this.#recent.add(raw);
    }
    if (cursor === '' || (compareIds(cursor, newest) ?? -1) >= 0) return;
    const missed = this.#recent.after(cursor) ?? [gapAfter(cursor, newest)];
    for (const raw of missed) this.#post({ kind: 'received', raw, to: tab });
  }

  #watch(tab: string): void {
    const { signal } = this.#stay;
    navigator.locks
      .request(`${this.#name}#${tab}`, { signal }, () => void this.#members.delete(tab))
      .catch(() => undefined);
  }

  /** Connects anew where a tab wants what the connection does not bring. What nobody wants any more goes with the next. */
  #admit(tab: string, topics: readonly string[] | undefined): void {
    this.#members.set(tab, topics);
    if (this.#own === undefined) return;
    const union = unionOfTopics(this.#members.values());
    if (isWithin(union, this.#union)) return;
    this.#ask(union);
    this.#own.setTopics(union);
  }

  #ask(topics: readonly string[] | undefined): void {
    this.#asked(topics);
    this.#post({ kind: 'asked', topics });
  }

  /** With more topics, nobody can say what the recent events lack of them. */
  #asked(topics: readonly string[] | undefined): void {
    if (!isWithin(topics, this.#union)) this.#recent = new RecentEvents();
    this.#union = topics;
  }

  #join(): void {
    this.#post({
      kind: 'join',
      tab: this.#tab,
      topics: this.#topics,
      cursor: this.#cursor,
      names: [...this.#names],
    });
  }

  #received(raw: RawEvent): void {
    // What comes after a gap must not look as if it came right after what was before.
    if (raw.event === 'system' && raw.data.includes('"gap"')) this.#recent = new RecentEvents();
    this.#recent.add(raw);
    if (raw.id !== '') this.#cursor = raw.id;
    if (isMessage(raw) && !matchesTopic(this.#topics, topicOf(raw.event, parseData(raw.data)))) return;
    this.#listener.received(raw);
  }

  #post(note: Note): void {
    if (this.#status.state !== 'closed') this.#channel.postMessage(note);
  }

  #tell(status: StreamStatus): void {
    this.#status = Object.freeze(status);
    if (status.state === 'closed') {
      this.#stay.abort();
      this.#channel.close();
    }
    this.#listener.changed(this.#status);
  }
}

/** A connection shared with the other tabs of this origin; one of its own where there are no tabs, or no Web Locks. */
export const openSharedConnection: OpenLink = (request, topics, cursor, listener) => {
  const canShare = globalThis.navigator?.locks !== undefined && 'BroadcastChannel' in globalThis;
  return canShare
    ? new SharedConnection(request, topics, cursor, listener)
    : openOwn(request, topics, cursor, listener);
};
