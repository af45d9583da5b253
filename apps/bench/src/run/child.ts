import { type ChildProcess, spawn } from 'node:child_process';
import type { Answer, Progress } from '../ipc.ts';
import { onCore } from '../systems/beside.ts';

/** Every process that was started and has not ended, so that none is left behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process of ours, bound to a core, that answers calls. */
export class Child {
  readonly pid: number;
  onProgress: (progress: number) => void = () => undefined;
  private readonly process: ChildProcess;
  private readonly waiting = new Map<
    number,
    { resolve: (output: unknown) => void; reject: (error: Error) => void }
  >();
  private calls = 0;
  private readonly gone: Promise<void>;

  constructor(core: number | undefined, command: readonly string[]) {
    const [file = '', ...rest] = onCore(core, command);
    this.process = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.pid = this.process.pid ?? 0;
    running.add(this.process);
    this.process.on('message', (message: Answer | Progress) => this.hear(message));
    this.gone = new Promise((resolve) => {
      const end = (how: unknown): void => {
        running.delete(this.process);
        for (const { reject } of this.waiting.values())
          reject(new Error(`Process ${command.at(-2)} ended: ${how}`));
        resolve();
      };
      this.process.once('exit', (code, signal) => end(signal ?? code)).once('error', end);
    });
  }

  call<Output>(name: string, input?: unknown): Promise<Output> {
    return new Promise((resolve, reject) => {
      const id = this.calls++;
      this.waiting.set(id, { resolve: resolve as (output: unknown) => void, reject });
      if (!this.tell(id, name, input)) reject(new Error(`Expected a running process for ${name}`));
    });
  }

  /** A call whose answer is of no interest. */
  say(name: string, input: unknown): void {
    this.tell(-1, name, input);
  }

  /** Ends it and waits until it is gone. A second call waits as well. */
  end(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    else this.process.kill('SIGKILL');
    return this.gone;
  }

  private tell(id: number, name: string, input: unknown): boolean {
    if (!this.process.connected) return false;
    this.process.send({ id, name, input });
    return true;
  }

  private hear(message: Answer | Progress): void {
    if ('progress' in message) return this.onProgress(message.progress);
    const caller = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error === undefined) caller?.resolve(message.output);
    else caller?.reject(new Error(message.error));
  }
}
