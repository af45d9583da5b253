import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** A shell with `curl -N`, as in the README. */
class Curl {
  readonly ended: Promise<void>;
  private readonly child: ChildProcessByStdio<null, Readable, null>;
  private out = '';

  constructor(url: string, ...args: readonly string[]) {
    this.child = spawn('curl', ['-s', '-N', ...args, url], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  /** Whole blocks only: half a block is for the next life to get again. */
  get blocks(): readonly string[] {
    return this.out.split('\n\n').slice(0, -1);
  }

  get numbers(): readonly number[] {
    return this.blocks.flatMap((block) => {
      const data = /^event: data\ndata: (.*)$/m.exec(block)?.[1];
      return data === undefined ? [] : [(JSON.parse(data) as { n: number }).n];
    });
  }

  get lastId(): string {
    return this.blocks.flatMap((block) => /^id: (.*)$/m.exec(block)?.[1] ?? []).at(-1) ?? '';
  }

  get text(): string {
    return this.out;
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

describe.skipIf(!hasCurl)('with curl -N', () => {
  let server: ServerProcess;
  let stopPublishing = async (): Promise<number> => 0;

  beforeEach(async () => {
    server = await startServer({ env: { HISTORY_SIZE: '100000' } });
  });
  afterEach(async () => {
    await stopPublishing();
    await killServers();
  });

  /** Publishes numbers to both topics in turns, until told to stop; answers then how many. */
  function publishNumbers(): () => Promise<number> {
    let isOver = false;
    const published = (async () => {
      let n = 0;
      while (!isOver) {
        await publishOk(server, [
          { type: 'metric', n },
          { type: 'alert.disk', n },
        ]);
        n++;
      }
      return n;
    })();
    return () => {
      isOver = true;
      return published;
    };
  }

  test('two shells with topics of their own, each killed and brought back again and again, miss nothing and repeat nothing', async () => {
    stopPublishing = publishNumbers();
    const shells = ['metric', 'alert.**'].map(async (topics) => {
      const url = `${server.url}/stream?topics=${topics}`;
      let curl = new Curl(url);
      const received: number[] = [];
      for (let life = 0; life < 4; life++) {
        await eventually(() => expect(curl.numbers.length).toBeGreaterThan(10));
        await curl.kill();
        received.push(...curl.numbers);
        const { lastId } = curl;
        const before = Number((await ask(server, '/')).body['history_size']);
        // Something happens meanwhile.
        await eventually(async () =>
          expect(Number((await ask(server, '/')).body['history_size'])).toBeGreaterThan(before + 10),
        );
        curl = new Curl(url, '-H', `Last-Event-ID: ${lastId}`);
      }
      return { curl, received };
    });
    const [metrics, alerts] = await Promise.all(shells);
    const count = await stopPublishing();
    for (const shell of [metrics, alerts]) {
      const all = (): readonly number[] => [...(shell?.received ?? []), ...(shell?.curl.numbers ?? [])];
      await eventually(() => expect(all().at(-1)).toBe(count - 1));
      const first = all()[0] ?? 0;
      expect(all()).toEqual(Array.from({ length: count - first }, (_, index) => first + index));
      expect(shell?.curl.text).not.toContain('"type":"gap"');
      await shell?.curl.kill();
    }
  });

  test('the first line of a stream comes at once, before anything is published', async () => {
    const curl = new Curl(`${server.url}/stream`);
    await eventually(() =>
      expect(curl.text).toMatch(/^retry: \d+\n\nid: \S+\nevent: system\ndata: \{"type":"connected"/),
    );
    await curl.kill();
  });

  test('the name, tags and topics of the README show up in /clients', async () => {
    const curl = new Curl(`${server.url}/stream?topics=metric,alert&client_name=dash&tags=prod,eu`);
    await eventually(async () =>
      expect((await ask(server, '/clients')).body).toMatchObject({
        count: 1,
        clients: [
          { client_name: 'dash', tags: ['prod', 'eu'], topics: expect.arrayContaining(['alert', 'metric']) },
        ],
      }),
    );
    await curl.kill();
    await eventually(async () => expect((await ask(server, '/clients')).body['count']).toBe(0));
  });

  test('curl ends by itself when the server does', async () => {
    const curl = new Curl(`${server.url}/stream`);
    await eventually(() => expect(curl.blocks.length).toBeGreaterThan(1));
    await server.stop();
    await curl.ended;
    expect(curl.text).toContain('"type":"closing","reason":"shutdown"');
  });
});
