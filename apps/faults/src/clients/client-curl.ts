import { type ChildProcess, spawn } from 'node:child_process';
import { HEARTBEAT_MS } from '../plant/hub-process.ts';
import { killAtExit } from '../plant/process.ts';
import { pause } from '../wait.ts';
import { type ClientOptions, type FaultClient, streamUrl } from './client.ts';
import { FrameReader } from './frame-reader.ts';
import { Witness } from './witness.ts';

const SILENCE_MS = 3 * HEARTBEAT_MS;
const WAIT_MS = 200;

/** `curl -N`, started again with the header whenever it ends. */
export function startCurlClient(options: ClientOptions): FaultClient {
  const witness = new Witness(options.recorder, options.name, 'curl', options.topics);
  const stopping = new AbortController();
  let child: ChildProcess | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      witness.requested();
      const why = await readOnce(options, witness, (started) => {
        child = started;
      });
      witness.ended(why);
      await pause(WAIT_MS, stopping.signal);
    }
  }
  const over = run();
  return {
    stop() {
      stopping.abort();
      child?.kill('SIGKILL');
      return over;
    },
  };
}

function readOnce(
  options: ClientOptions,
  witness: Witness,
  started: (child: ChildProcess) => void,
): Promise<string> {
  const cursor = witness.cursor === '' ? [] : ['-H', `Last-Event-ID: ${witness.cursor}`];
  const command = [
    ...(options.prefix ?? []),
    'curl',
    '-sSNf',
    '--noproxy',
    '*',
    ...cursor,
    streamUrl(options).href,
  ];
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
  killAtExit(child);
  started(child);
  const frames = new FrameReader();
  let isSilent = false;
  const silence = setTimeout(() => {
    isSilent = true;
    child.kill('SIGKILL');
  }, SILENCE_MS);
  child.stdout.on('data', (bytes: Buffer) => {
    silence.refresh();
    for (const block of frames.feed(bytes)) witness.block(block);
  });
  return new Promise((resolve) => {
    const end = (why: string): void => {
      clearTimeout(silence);
      resolve(isSilent ? 'silence' : why);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(`exit ${code}`));
  });
}
