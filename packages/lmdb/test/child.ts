import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EventId } from '@sse/core';
import { build } from 'esbuild';
import type { ChildCalls, ChildMessage } from './child-main.ts';
import { temporaryDatabase } from './temporary-database.ts';

const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Each is built once for a file of tests. */
const programs = new Map<string, Promise<string>>();

/** A file of this folder, with the sources that it needs, as one that Node runs. */
export function programOf(name: string): Promise<string> {
  const program = programs.get(name) ?? bundle(name);
  programs.set(name, program);
  return program;
}

async function bundle(name: string): Promise<string> {
  const outfile = join(dirname(temporaryDatabase()), 'program.mjs');
  await build({
    entryPoints: [local(`./${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    alias: { '@sse/core': local('../../core/src/index.ts') },
    plugins: [
      {
        name: 'lmdb-as-installed',
        setup({ onResolve }) {
          const path = pathToFileURL(createRequire(import.meta.url).resolve('lmdb')).href;
          onResolve({ filter: /^lmdb$/ }, () => ({ path, external: true }));
        },
      },
    ],
  });
  return outfile;
}

/** Another process with logs of its own. */
export class Child {
  readonly acknowledged: EventId[] = [];
  /** Called with each batch of a tail, and when it came, by the machine's monotonic clock. */
  onMessage: (message: ChildMessage) => void = () => undefined;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: unknown): void }>();
  readonly #ended: Promise<void>;
  #calls = 0;

  private constructor(file: string) {
    this.#process = fork(file, { serialization: 'advanced' });
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.on('message', (message: ChildMessage) => this.#take(message));
  }

  static async start(): Promise<Child> {
    return new Child(await programOf('child-main'));
  }

  call<Name extends keyof ChildCalls>(
    name: Name,
    ...args: Parameters<ChildCalls[Name]>
  ): ReturnType<ChildCalls[Name]> {
    const call = this.#calls++;
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#process.send({ call, name, args });
    });
    return answer as ReturnType<ChildCalls[Name]>;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process.kill(signal);
    await this.#ended;
  }

  #take(message: ChildMessage): void {
    if (message.kind === 'acknowledged') this.acknowledged.push(...message.ids);
    if (message.kind === 'answer') this.#waiting.get(message.call)?.resolve(message.value as never);
    if (message.kind === 'failure') {
      const { code, message: text } = message;
      this.#waiting.get(message.call)?.reject(Object.assign(new Error(text), { code }));
    }
    this.onMessage(message);
  }
}
