import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { type Answer, type ConformanceCase, requestsOf } from './case.ts';
import type { Job } from './observe.ts';
import { answerTo, preflight, reply } from './scripted-answer.ts';

/** A request as it came, its header names in lower case and its bytes one character each. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the answer before it was over; `0` for the first. */
  readonly sinceLastMs: number;
  /** The client closed its connection while the answer was not over. */
  aborted: boolean;
}

/** One client at one case. */
interface Run {
  readonly answers: readonly Answer[];
  readonly here: string;
  readonly there: string;
  readonly requests: SeenRequest[];
  readonly waiting: Set<() => void>;
  heard: number;
  lastOverAt: number | undefined;
  finished: boolean;
}

/** An address for cases, one on another origin, and one for the runner itself: browsers allow six connections each. */
export interface Lane {
  readonly here: string;
  readonly there: string;
  readonly control: string;
}

/** Plays the servers of the cases, byte for byte as their scripts say, on real sockets. */
export class ScriptedServer {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #runs = new Map<string, Run>();

  async openLane(): Promise<Lane> {
    const [here, there, control] = await Promise.all([this.#listen(), this.#listen(), this.#listen()]);
    return { here, there, control };
  }

  /** Expects a client at this case. The job is what the client's side needs to know, and plain data. */
  add(token: string, { server: answers, client = {}, expected, ...rest }: ConformanceCase, lane: Lane): Job {
    const here = `${lane.here}/${token}`;
    const there = `${lane.there}/${token}`;
    this.#runs.set(token, {
      answers,
      here,
      there,
      requests: [],
      waiting: new Set(),
      heard: 0,
      lastOverAt: undefined,
      finished: false,
    });
    const { events = [], lifecycle = [], atStart = {}, atEnd = {} } = expected;
    const requests = requestsOf({ server: answers, expected });
    return {
      token,
      home: lane.here,
      url: `${client.crossOrigin ? there : here}/stream${client.suffix ?? ''}`,
      control: lane.control,
      client,
      listen: [
        ...new Set(['message', ...(client.listen ?? []), ...events.map(({ type = 'message' }) => type)]),
      ],
      probes: [...new Set([...Object.keys(atStart), ...Object.keys(atEnd)])],
      awaited: {
        messages: events.length,
        opens: lifecycle.filter((entry) => entry.startsWith('open')).length,
        errors: lifecycle.filter((entry) => entry.startsWith('error')).length,
        requests: requests.length,
        aborted: requests.flatMap(({ aborted }, index) => (aborted ? [index] : [])),
      },
      reports: answers.some(({ heard }) => heard !== undefined),
      quietMs: rest.quietMs ?? 30,
      deadlineMs: rest.deadlineMs ?? 15_000,
    };
  }

  /** The requests of a run, and what `{here}` and `{there}` are in it. */
  seen(token: string): {
    readonly requests: readonly SeenRequest[];
    readonly here: string;
    readonly there: string;
  } {
    const run = this.#runs.get(token);
    if (run === undefined) throw new Error(`Expected a token of \`add\`, got \`${token}\``);
    return run;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
  }

  async #listen(): Promise<string> {
    const server = createServer((socket) => this.#accept(socket));
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    let head = '';
    const onData = (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      socket.resume();
      void this.#serve(socket, head);
    };
    socket.on('data', onData);
  }

  async #serve(socket: Socket, head: string): Promise<void> {
    const [requestLine = '', ...lines] = head.slice(0, head.indexOf('\r\n\r\n')).split('\r\n');
    const [method = '', target = ''] = requestLine.split(' ');
    const headers = readHeaders(lines);
    const [, token = '', path = ''] = /^\/([^/]*)\/?(.*)$/s.exec(target) ?? [];
    if (method === 'OPTIONS') return preflight(socket, headers);
    if (token === '-') return this.#control(socket, path);
    const run = this.#runs.get(token);
    if (run === undefined || run.finished) return void socket.destroy();
    const answer = run.answers[run.requests.length] ?? { instead: 'hang' as const };
    const seen: SeenRequest = {
      method,
      path,
      port: socket.localPort ?? 0,
      headers,
      sinceLastMs: run.lastOverAt === undefined ? 0 : performance.now() - run.lastOverAt,
      aborted: false,
    };
    run.requests.push(seen);
    let over = false;
    socket.on('close', () => {
      seen.aborted = !over;
      wake(run);
    });
    wake(run);
    await answerTo(socket, answer, run, async () => {
      await until(run, () => run.heard >= (answer.heard ?? 0), HEARD_MS);
      over = true;
      run.lastOverAt = performance.now();
    });
  }

  /** What a client's side asks: to be told of requests, and that its observation is over. */
  #control(socket: Socket, path: string): void {
    const { pathname, searchParams } = new URL(path, 'http://control/');
    const number = (name: string) => Number(searchParams.get(name) ?? 0);
    const run = this.#runs.get(searchParams.get('token') ?? '');
    if (pathname === '/finish' && run !== undefined) run.finished = true;
    if (pathname === '/heard' && run !== undefined) {
      run.heard++;
      wake(run);
    }
    if (pathname !== '/await' || run === undefined) return reply(socket, pathname === '/page' ? PAGE : '');
    const aborted = (searchParams.get('aborted') ?? '').split(',').filter((index) => index !== '');
    const come = () =>
      run.requests.length >= number('requests') &&
      aborted.every((index) => run.requests[Number(index)]?.aborted);
    void until(run, come, number('ms')).then(() => reply(socket, ''));
  }
}

/** A client that has not told of its messages by then has not had them. */
const HEARD_MS = 2_000;

function wake({ waiting }: Run): void {
  for (const check of waiting) check();
}

/** Waits for a condition that requests and messages bring about, for so long. */
function until({ waiting }: Run, condition: () => boolean, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      waiting.delete(check);
      resolve();
    };
    const check = () => {
      if (condition()) done();
    };
    const timer = setTimeout(done, ms);
    waiting.add(check);
    check();
  });
}

/** A page of this origin that runs the script it is given. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Conformance</title>
<script type="module">await import(new URLSearchParams(location.search).get('script'))</script>`;

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}
