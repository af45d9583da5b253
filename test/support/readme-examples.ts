import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { publishedPackages, ROOT } from './repository.ts';

const EXAMPLE = /<!-- example: ([a-z][a-z0-9-]*) -->\n```tsx?\n([\s\S]*?)```/g;

/** The examples of a README, by the names in the marks before them. */
export async function readExamples(readme: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(ROOT, readme), 'utf8');
  return new Map([...text.matchAll(EXAMPLE)].map(([, name = '', code = '']) => [name, code]));
}

/** What a user has beside our packages, by the package of ours that has it. */
const BESIDE = {
  express: ['express', '@types/express', '@types/node', 'prom-client'],
  client: ['react', '@types/react'],
  redis: ['redis', 'ioredis'],
};

/** Gives `folder` what a user has installed: our packages as they are built, and what goes with them. */
export async function linkPackages(folder: string): Promise<void> {
  const others = Object.entries(BESIDE).flatMap(([owner, names]) => {
    const { resolve } = createRequire(join(ROOT, 'packages', owner, 'package.json'));
    return names.map((name) => ({ name, folder: dirname(resolve(`${name}/package.json`)) }));
  });
  for (const { name, folder: target } of [...(await publishedPackages()), ...others]) {
    const place = join(folder, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(target, place, 'dir');
  }
}

/** A port that was free a moment ago; the examples do not say which one they got. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** An example as a running server. */
export class RunningExample {
  readonly url: string;
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private output = '';

  constructor(file: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    const env = { ...process.env, PORT: String(port) };
    this.child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  get printed(): string {
    return this.output;
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Reads a stream until its text holds `wanted`, or it ends. Answers with all that came; the stream is then left alone. */
export async function readUntil(body: ReadableStream<Uint8Array> | null, wanted: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  while (!text.includes(wanted)) {
    const part = await reader?.read();
    if (part?.value === undefined) break;
    text += decoder.decode(part.value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}
