import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchEvent } from '../bench-event.ts';
import { freePort, onCore, pidsBelow, whenListening } from './beside.ts';
import { PostConnection } from './post-connection.ts';
import type { System, SystemSettings } from './system.ts';

const MAIN = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));
const COLLECT = new URL('collect.js', import.meta.url).href;
const TOKEN = 'token-of-the-bench';

/** apps/server as its users run it, with memory as its store unless told otherwise. */
export async function startHub({ history, queueEvents, core, env }: SystemSettings): Promise<System> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sse-bench-hub-'));
  const command = [process.execPath, '--expose-gc', '--import', COLLECT, MAIN];
  const [file = '', ...rest] = onCore(core, command);
  const hub = spawn(file, rest, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLISH_TOKEN: TOKEN,
      STORE: 'memory',
      PRODUCERS: 'none',
      LOG_LEVEL: 'error',
      HISTORY_SIZE: String(history),
      ...(queueEvents !== undefined && {
        MAX_QUEUE_SIZE: String(queueEvents),
        MAX_QUEUE_BYTES: String(queueEvents * 1_000),
      }),
      ...env,
    },
  });
  const pid = hub.pid ?? 0;
  await whenListening(port);
  const postHead = `POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
  const posts = new PostConnection(port, postHead);
  return {
    port,
    path: '/stream',
    postHead,
    get pids() {
      return pidsBelow(pid);
    },
    publish(events: readonly BenchEvent[]) {
      const [first] = events;
      return posts.post(JSON.stringify(events.length === 1 ? first : events));
    },
    async remember(events) {
      return (JSON.parse(await posts.post(JSON.stringify(events))) as { ids: string[] }).ids;
    },
    collect: () => process.kill(pid, 'SIGUSR2'),
    stop() {
      posts.close();
      hub.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
