import { join } from 'node:path';
import type { Fault } from '../faults/fault.ts';
import { hubFaults } from '../faults/hub-faults.ts';
import { HubProcess } from '../plant/hub-process.ts';
import { missingAfter, run, undoOnce } from './linux.ts';
import type { Stage, StageKind, StageSetting } from './stage.ts';

let made = 0;

/** A network of its own for clients, joined to this one by a cable. */
class Namespace {
  readonly name: string;
  readonly cable: string;
  readonly #net: string;
  /** Takes it away, with all that is in it. */
  readonly remove: () => void;
  #host = 2;

  constructor() {
    made += 1;
    const number = (process.pid + made * 7) % 16_000;
    this.name = `sse-faults-${process.pid}-${made}`;
    this.cable = `ssef${number}`;
    // Of 198.18.0.0/15, which is kept for tests of networks.
    this.#net = `198.18.${number % 256}`;
    run('ip', 'netns', 'add', this.name);
    this.remove = undoOnce(() => void run('ip', 'netns', 'del', this.name));
    try {
      run('ip', 'link', 'add', this.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
      run('ip', 'addr', 'add', `${this.host}/24`, 'dev', this.cable);
      run('ip', 'link', 'set', this.cable, 'up');
      this.inside('ip', 'addr', 'add', `${this.#net}.2/24`, 'dev', 'eth0');
      this.inside('ip', 'link', 'set', 'eth0', 'up');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The address of this side. */
  get host(): string {
    return `${this.#net}.1`;
  }

  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  inside(...command: readonly string[]): void {
    run('ip', 'netns', 'exec', this.name, ...command);
  }

  /** Another address: whatever was connected with the old one is half-open for ever, on both sides. */
  move(): void {
    this.inside('ip', 'addr', 'flush', 'dev', 'eth0');
    this.#host = this.#host === 2 ? 3 : 2;
    this.inside('ip', 'addr', 'add', `${this.#net}.${this.#host}/24`, 'dev', 'eth0');
  }
}

function netnsFaults(namespace: Namespace): Fault[] {
  return [
    {
      name: 'unplugged network',
      target: 'network',
      lasts: [500, 9_000],
      async begin() {
        run('ip', 'link', 'set', namespace.cable, 'down');
        return async () => void run('ip', 'link', 'set', namespace.cable, 'up');
      },
    },
    {
      name: 'half-open peers',
      target: 'network',
      lasts: [3_000, 5_000],
      async begin() {
        namespace.move();
        return () => Promise.resolve();
      },
    },
  ];
}

async function build({ folder, random }: StageSetting): Promise<Stage> {
  const namespace = new Namespace();
  const env = { STORE: 'lmdb', DATA_DIR: join(folder, 'data'), STALL_TIMEOUT: '5' };
  const start = (name: string): Promise<HubProcess> =>
    HubProcess.start({ name, folder, env, host: namespace.host });
  const hubs = [await start('server-0'), await start('server-1')] as const;
  const urls = hubs.map(({ url }) => url);
  const onNetwork = netnsFaults(namespace);
  return {
    promise: 'kept',
    streamUrls: urls,
    publishUrls: random.next() < 0.5 ? urls : [...urls].reverse(),
    faults: [...onNetwork, ...hubs.flatMap(hubFaults)],
    clientPrefix: namespace.prefix,
    async stop() {
      await Promise.all(hubs.map((hub) => hub.process.end('SIGKILL')));
      namespace.remove();
    },
  };
}

export const NETNS_STAGE: StageKind = {
  name: 'netns',
  title: 'LMDB, two servers, clients in a network of their own',
  missing: () => missingAfter(() => new Namespace().remove()),
  build,
};
