import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { STORM_PROCESS } from './built.ts';
import { HistoryFile, now, readHistory } from './history.ts';
import { judge } from './judge/judge.ts';
import { HubProcess } from './plant/hub-process.ts';
import { killAtExit } from './plant/process.ts';
import { Publisher } from './publisher.ts';
import { Random } from './random.ts';
import type { RoundResult } from './round.ts';
import { pause, until } from './wait.ts';

/** All of them are to be back within this time. */
const BACK_MS = 120_000;
const EVENT_EVERY_MS = 500;
/** Files that a process has open beside its sockets. */
const OTHER_FILES = 200;

/** Thousands of clients that lose their server at once, and then their connections at once, while events are published. */
export async function runStorm({
  clients,
  seed,
  folder,
}: {
  readonly clients: number;
  readonly seed: number;
  readonly folder: string;
}): Promise<RoundResult> {
  mkdirSync(folder, { recursive: true });
  const count = Math.min(clients, maxFiles() - OTHER_FILES);
  if (count < clients)
    console.log(`  ${count} clients, not ${clients}: ulimit -n allows ${maxFiles()} files`);
  const path = join(folder, 'history.jsonl');
  const file = new HistoryFile(path);
  file.add({ kind: 'round', at: now(), stage: 'storm', seed, promise: 'kept' });
  const hub = await HubProcess.start({
    name: 'server-0',
    folder,
    env: { STORE: 'lmdb', DATA_DIR: join(folder, 'data') },
  });
  const storm = new Storm(count, hub.url, file);
  const random = new Random(seed);
  const publishing = new AbortController();
  const setting = { urls: [hub.url], topics: ['storm'], recorder: file, random };
  try {
    await storm.allConnected(count);
    const published = new Publisher({ name: 'p0', ...setting, everyMs: EVENT_EVERY_MS }).run(
      publishing.signal,
    );
    const fault = async (name: string, happen: () => Promise<void>): Promise<void> => {
      await pause(random.between(1_000, 2_000));
      file.add({ kind: 'fault', at: now(), name, target: 'server-0', state: 'begins' });
      const start = performance.now();
      await happen();
      await storm.allConnected(count);
      file.add({ kind: 'fault', at: now(), name, target: 'server-0', state: 'ends' });
      console.log(
        `  ${name}: ${count} clients are back after ${((performance.now() - start) / 1_000).toFixed(1)} s`,
      );
    };
    await fault('kill -9 of a server', async () => {
      await hub.process.end('SIGKILL');
      storm.connected = 0;
      await hub.up(BACK_MS);
    });
    await fault('all connections broken at once', () => storm.break());
    await pause(1_000);
    publishing.abort();
    await published;
    await new Publisher({ name: 'last', ...setting, everyMs: 0 }).publish('storm', { giveUpMs: BACK_MS });
    await until('the last event', BACK_MS, () => storm.done === count).catch((error: Error) =>
      console.error(error.message),
    );
  } finally {
    publishing.abort();
    await storm.stop();
    await hub.process.end('SIGKILL');
    await file.close();
  }
  return { verdict: judge(readHistory(path)), path };
}

class Storm {
  connected = 0;
  done = 0;
  breaks = 0;
  readonly #child: ChildProcess;
  readonly #over: Promise<unknown>;

  constructor(count: number, url: string, file: HistoryFile) {
    const child = spawn(process.execPath, [STORM_PROCESS, String(count), url], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    killAtExit(child);
    this.#child = child;
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => file.addLine(line));
    child.on(
      'message',
      ({ connected, done, breaks }: { connected: number; done: number; breaks: number }) => {
        this.connected = connected;
        this.done = done;
        this.breaks = breaks;
      },
    );
    this.#over = new Promise((resolve) => child.once('close', resolve));
  }

  allConnected(count: number): Promise<void> {
    return until(`all ${count} clients`, BACK_MS, () => this.connected === count);
  }

  async break(): Promise<void> {
    this.#child.send('break');
    await until('the break', BACK_MS, () => this.connected === 0 || this.connected < this.done + 1).catch(
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#over;
  }
}

/** Files that one process may have open; Node raises its own limit to the hard one. */
function maxFiles(): number {
  try {
    const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return line === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line);
  } catch {
    return 4_096;
  }
}
