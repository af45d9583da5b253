import { connect, type Socket } from 'node:net';
import { FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { Arrivals } from './arrivals.ts';
import { EventScanner, MAX_REST } from './event-scanner.ts';
import { Histogram } from './histogram.ts';
import { Ledger } from './ledger.ts';
import type { Connected, ConnectRequest, Measured, Verdict } from './load-messages.ts';
import { StrictReader } from './strict-reader.ts';

/** Subscribers for each address that they connect from: below the number of ports that one address has. */
const PER_ADDRESS = 1_000;
const READ_BYTES = 65_536;

interface Subscriber {
  readonly socket: Socket;
  readonly index: number;
  readonly reader: StrictReader | undefined;
  head: string | undefined;
  /** What the last read left over. */
  rest: Buffer | undefined;
}

/** Many subscribers on raw sockets, which count what they get and check its order. */
export class Crowd {
  private readonly subscribers: Subscriber[] = [];
  private readonly ledger: Ledger;
  private readonly sampled: Ledger;
  private readonly arrivals: Arrivals;
  private readonly scanner: EventScanner;
  /** One buffer for all: a read is dealt with before the next one. What is left of the one before is put in front. */
  private readonly buffer = Buffer.alloc(MAX_REST + READ_BYTES);
  private now = 0;
  private closed = 0;
  private wrong: string | undefined;
  private over = false;

  constructor(private readonly request: ConnectRequest) {
    const { subscribers, order, first = 0, eventBytes } = request;
    this.ledger = new Ledger(subscribers, FIRST_NUMBER + first, order);
    this.sampled = new Ledger(subscribers, FIRST_NUMBER + first, order);
    this.arrivals = new Arrivals(subscribers);
    this.scanner = new EventScanner(eventBytes, (subscriber, n, t) => {
      this.ledger.note(subscriber, n);
      this.arrivals.note(n, t, this.now);
    });
  }

  /** Settles once everyone has the head of an answer; rejects where one is refused. */
  connectAll(): Promise<Connected> {
    const { subscribers, atOnce } = this.request;
    const startedAt = performance.now();
    const firstBytes = new Histogram();
    return new Promise((resolve, reject) => {
      let begun = 0;
      let open = 0;
      const next = (): void => {
        const index = begun++;
        const begunAt = nowMicros();
        const opened = (error?: Error): void => {
          if (error) return reject(error);
          firstBytes.add(nowMicros() - begunAt);
          if (++open === subscribers) {
            const seconds = (performance.now() - startedAt) / 1_000;
            resolve({
              seconds,
              perSecond: subscribers / seconds,
              firstByteP50: firstBytes.quantile(0.5),
              firstByteP99: firstBytes.quantile(0.99),
            });
          } else if (begun < subscribers) next();
        };
        this.subscribe(index, opened);
      };
      while (begun < Math.min(atOnce, subscribers)) next();
    });
  }

  /** Events that the slowest subscriber has; or all of them together, as asked for. */
  get progress(): number {
    const { received } = this.ledger;
    const { stuck = 0, progressOf } = this.request;
    if (progressOf === 'all') return received.reduce((sum, count) => sum + count, 0);
    let least = Infinity;
    for (let index = stuck; index < received.length; index++) least = Math.min(least, received[index] ?? 0);
    return least;
  }

  begin(): void {
    this.arrivals.begin();
  }

  end(): Measured {
    return this.arrivals.end();
  }

  /** @param expected - events that each subscriber that reads should have had by now. */
  verdict(expected: number): Verdict {
    const { order, stuck = 0 } = this.request;
    const faults = this.ledger.faults(order === 'all' ? expected : 0, stuck);
    const received = this.ledger.received.reduce((sum, count) => sum + count, 0);
    for (const { reader, index } of this.subscribers) {
      if (reader === undefined || index < stuck) continue;
      this.wrong ??= reader.wrong;
      if (this.sampled.received[index] !== this.ledger.received[index])
        this.wrong ??= `Expected ${this.ledger.received[index]} events read strictly, got ${this.sampled.received[index]}`;
    }
    const { closed, wrong } = this;
    return { ...faults, received, closed, ...(wrong !== undefined && { wrong }) };
  }

  close(): void {
    this.over = true;
    for (const { socket } of this.subscribers) socket.destroy();
  }

  private subscribe(index: number, opened: (error?: Error) => void): void {
    const { port, paths, lastEventId, eventBytes, strictly, stuck = 0 } = this.request;
    const address = `127.0.0.${2 + (Math.floor(index / PER_ADDRESS) % 250)}`;
    const socket = connect({
      port,
      host: '127.0.0.1',
      localAddress: address,
      noDelay: true,
      onread: {
        buffer: this.buffer.subarray(MAX_REST),
        callback: (length: number) => {
          this.read(subscriber, length, opened);
          return index >= stuck || subscriber.head !== undefined;
        },
      },
    });
    const reader =
      index >= stuck && index < stuck + strictly
        ? new StrictReader((n) => this.sampled.note(index, n), eventBytes)
        : undefined;
    const subscriber: Subscriber = { socket, index, reader, head: '', rest: undefined };
    this.subscribers.push(subscriber);
    const cursor = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
    socket.write(
      `GET ${paths[index % paths.length]} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n${cursor}\r\n`,
    );
    socket.on('error', (error) => {
      if (subscriber.head !== undefined) opened(error);
    });
    socket.on('close', () => {
      if (this.over) return;
      if (subscriber.head !== undefined) opened(new Error('A connection was closed before it was answered'));
      else if (index >= stuck) this.closed++;
    });
  }

  private read(subscriber: Subscriber, length: number, opened: (error?: Error) => void): void {
    const { buffer } = this;
    let start = MAX_REST;
    const end = MAX_REST + length;
    this.now = nowMicros();
    this.arrivals.bytes += length;
    subscriber.reader?.read(buffer.subarray(start, end));
    if (subscriber.head !== undefined) {
      const before = subscriber.head.length;
      subscriber.head += buffer.toString('latin1', start, end);
      const headEnd = subscriber.head.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      start += headEnd + 4 - before;
      const isGood = subscriber.head.startsWith('HTTP/1.1 200');
      const [status] = subscriber.head.split('\r\n');
      subscriber.head = undefined;
      opened(isGood ? undefined : new Error(`Expected the status 200, got ${status}`));
    } else if (subscriber.rest !== undefined) {
      start -= subscriber.rest.length;
      subscriber.rest.copy(buffer, start);
    }
    const rest = this.scanner.scan(buffer, start, end, subscriber.index);
    subscriber.rest = rest === end ? undefined : Buffer.from(buffer.subarray(rest, end));
  }
}
