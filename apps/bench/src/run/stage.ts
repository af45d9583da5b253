import { fileURLToPath } from 'node:url';
import { EVENT_BYTES } from '../bench-event.ts';
import type { Connected, ConnectRequest, Measured, Verdict } from '../load/load-messages.ts';
import type { Posted, PostRequest } from '../load/poster.ts';
import type { Published, PublishRequest } from '../server/publishing.ts';
import { systemOf } from '../systems/all-systems.ts';
import type { System, SystemSettings } from '../systems/system.ts';
import { Child } from './child.ts';
import { cpuSeconds, machineSeconds, memoryBytes, peakBytes } from './proc.ts';

const built = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Cores: one for the server, one for the load. */
export const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** Time that what is under way has to arrive once publishing is over. */
const ARRIVAL_MS = 20_000;
/** A load that uses more of its core than this was the limit itself. */
const LOAD_LIMIT = 0.9;

/** CPU time in the measured part of a run, as shares of one core. */
export interface Usage {
  readonly serverCpu: number;
  readonly loadCpu: number;
  /** What the rest of the machine used meanwhile, stolen time included: the noise of the run. */
  readonly otherCpu: number;
  readonly loadLimited: boolean;
}

export interface StageOptions extends Partial<SystemSettings> {
  /** Load processes, each with subscribers of its own: the first one's are measured. */
  readonly loads?: number;
  /** Flags of the Node that serves. */
  readonly nodeFlags?: readonly string[];
  /** Leaves server and load on whatever core the system chooses. */
  readonly unpinned?: boolean;
}

/** What a server's process says of its system. */
type Where = Pick<System, 'port' | 'path' | 'pids' | 'postHead'>;

/** One system, running, with processes of subscribers in front of it. */
export class Stage {
  private constructor(
    readonly name: string,
    private readonly server: Child,
    private readonly loads: readonly Child[],
    readonly port: number,
    readonly path: string,
    private readonly postHead: string,
  ) {}

  static async open(name: string, options: StageOptions = {}): Promise<Stage> {
    const { loads: count = 1, unpinned = false, nodeFlags = [], history = 1_000, ...settings } = options;
    const { isExternal } = systemOf(name);
    const serverCore = unpinned ? undefined : SERVER_CORE;
    const loadCore = unpinned ? undefined : LOAD_CORE;
    const given = { history, ...(serverCore !== undefined && { core: serverCore }), ...settings };
    const server = new Child(isExternal ? loadCore : serverCore, [
      process.execPath,
      '--expose-gc',
      ...nodeFlags,
      built('server-process.js'),
      name,
      JSON.stringify(given),
    ]);
    const loads = Array.from(
      { length: count },
      () => new Child(loadCore, [process.execPath, built('load-process.js'), name, '{}']),
    );
    const { port, path, postHead = '' } = await server.call<Where>('where');
    return new Stage(name, server, loads, port, path, postHead);
  }

  /** Connects subscribers of one load process, instead of those that it had. */
  connect(
    request: Partial<ConnectRequest> & { readonly subscribers: number },
    load = 0,
  ): Promise<Connected & Usage> {
    const full: ConnectRequest = {
      port: this.port,
      paths: [this.path],
      atOnce: 100,
      eventBytes: EVENT_BYTES,
      order: 'all',
      progressOf: 'slowest',
      strictly: 4,
      ...request,
    };
    return this.observe(() => this.load(load).call<Connected>('connect', full));
  }

  /**
   * Publishes in a rhythm; where that waits for what has been read, it hears of it. `eventsForEach` says how many
   * events have been published for each one that counts as read.
   */
  async publish(request: PublishRequest, eventsForEach = 1): Promise<void> {
    if (request.publishing.kind === 'burst') {
      const load = this.load();
      load.onProgress = (progress) => this.server.say('progress', progress * eventsForEach);
      await load.call('follow');
    }
    await this.server.call('publish', request);
  }

  /** Posts from the second load process, for some time. */
  post(request: Omit<PostRequest, 'port' | 'postHead'>): Promise<Posted & Usage> {
    const { port, postHead } = this;
    return this.observe(() => this.load(1).call<Posted>('post', { ...request, port, postHead }));
  }

  /** Measures for some time: what arrived, and who used how much of which core. */
  measure(ms: number): Promise<Measured & Usage> {
    return this.observe(async () => {
      await this.load().call('begin');
      await new Promise((resolve) => setTimeout(resolve, ms));
      return this.load().call<Measured>('end');
    });
  }

  /** Ends publishing, waits for what is under way, and judges what every subscriber got. */
  async finish(
    progressOf: (published: number) => number = (published) => published,
  ): Promise<Verdict & Published> {
    const load = this.load();
    const { published } = await this.server.call<Published>('stop');
    await load.call('arrived', { progress: progressOf(published), ms: ARRIVAL_MS });
    return { ...(await load.call<Verdict>('verdict', { expected: published })), published };
  }

  /** Events published so far. */
  async published(): Promise<number> {
    return (await this.server.call<Published>('published')).published;
  }

  /** Settles when so much has arrived at the first load process, or after `ms`; answers how much has. */
  arrived(progress: number, ms: number): Promise<number> {
    return this.load().call('arrived', { progress, ms });
  }

  /** What the first load process got, where each should have had `expected` events. */
  verdict(expected: number): Promise<Verdict> {
    return this.load().call('verdict', { expected });
  }

  call<Output>(name: string, input?: unknown): Promise<Output> {
    return this.server.call(name, input);
  }

  /** Bytes of memory after garbage has been collected. */
  async memory(): Promise<number> {
    for (let times = 0; times < 2; times++) {
      await this.server.call('collect');
      // A server beside the process is only sent a signal.
      if (systemOf(this.name).isExternal) await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return memoryBytes(await this.pids());
  }

  async peak(): Promise<number> {
    return peakBytes(await this.pids());
  }

  /** Asked anew each time: workers come and go. */
  async pids(): Promise<readonly number[]> {
    return (await this.server.call<Where>('where')).pids;
  }

  /** Who used how much of which core while something was done. */
  private async observe<Result extends { readonly seconds: number }>(
    action: () => Promise<Result>,
  ): Promise<Result & Usage> {
    const pids = await this.pids();
    const loadPids = this.loads.map(({ pid }) => pid);
    const used = (): readonly [number, number, number] => {
      const { busy, stolen } = machineSeconds();
      return [cpuSeconds(pids), cpuSeconds(loadPids), busy + stolen];
    };
    const [server, load, machine] = used();
    const startedAt = performance.now();
    const result = await action();
    const seconds = (performance.now() - startedAt) / 1_000;
    const [serverAfter, loadAfter, machineAfter] = used();
    const serverCpu = (serverAfter - server) / seconds;
    const loadCpu = (loadAfter - load) / seconds;
    const otherCpu = Math.max(0, (machineAfter - machine) / seconds - serverCpu - loadCpu);
    return { ...result, serverCpu, loadCpu, otherCpu, loadLimited: loadCpu > LOAD_LIMIT };
  }

  private load(index = 0): Child {
    return this.loads[index] as Child;
  }

  async close(): Promise<void> {
    await Promise.all([this.server, ...this.loads].map((child) => child.end()));
  }
}
