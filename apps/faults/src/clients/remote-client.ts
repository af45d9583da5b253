import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CLIENT_PROCESS } from '../built.ts';
import type { HistoryRecord } from '../history.ts';
import { killAtExit } from '../plant/process.ts';
import type { StartClient } from './client.ts';

/** Runs a client of this kind as a process of its own, behind the prefix. */
export function remote(kind: 'raw' | 'sdk'): StartClient {
  return ({ name, topics, url, recorder, prefix = [] }) => {
    const [file = '', ...rest] = [
      ...prefix,
      process.execPath,
      CLIENT_PROCESS,
      kind,
      name,
      topics.join(),
      url,
    ];
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    killAtExit(child);
    createInterface(child.stdout).on('line', (line) => recorder.add(JSON.parse(line) as HistoryRecord));
    const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
    return {
      stop() {
        child.kill('SIGKILL');
        return over;
      },
    };
  };
}
