import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { findBrowser } from '../../../../scripts/browser.mjs';
import { CLIENTS } from './clients/all.ts';
import type { Feature } from './observe.ts';
import { inChromium } from './places/chromium.ts';
import { inRuntime, run } from './places/runtime.ts';
import type { Place } from './run.ts';

/** A client somewhere. */
export interface Contestant {
  readonly client: string;
  readonly version: string;
  /** With its version. */
  readonly runtime: string;
  readonly features: readonly Feature[];
  readonly place: Place;
}

export const OURS = 'FetchEventSource';
export const NATIVE = 'native EventSource';

const NODES = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];
const BUN = '1.4.5';
const DENO = '2.9.6';
/** All the npm clients support this one. */
const NODE_OF_PEERS = '24.21.0';

interface Runtime {
  readonly name: string;
  /** Runs `{script}`. */
  readonly command: string;
  readonly peers: boolean;
}

/** Every client in every runtime that can be had here. `missing` says which could not, and why. */
export async function findContestants(missing: (what: string) => void): Promise<readonly Contestant[]> {
  const runtimes: Runtime[] = [];
  for (const runtime of allRuntimes())
    await run(runtime.command.replace('{script}', '--version'), tmpdir()).then(
      () => runtimes.push(runtime),
      () => missing(runtime.name),
    );
  const contestants: Contestant[] = [];
  for (const [client, { features }] of Object.entries(CLIENTS)) {
    const version = client === OURS ? 'this repository' : await versionOf(client);
    for (const { name, command, peers } of runtimes)
      if (client === OURS || peers)
        contestants.push({ client, version, runtime: name, features, place: inRuntime(command, client) });
    const runtime = chromium();
    if (runtime !== undefined)
      contestants.push({ client, version, runtime, features, place: inChromium(client) });
  }
  const runtime = chromium();
  if (runtime === undefined) missing('Chromium');
  else
    contestants.push({
      client: NATIVE,
      version: runtime,
      runtime,
      features: CLIENTS[OURS]?.features ?? [],
      place: inChromium('native'),
    });
  return contestants;
}

function allRuntimes(): readonly Runtime[] {
  const atHand = process.versions.node;
  const platform = `${process.platform}-${process.arch}`;
  const others = NODES.filter((version) => version.split('.')[0] !== atHand.split('.')[0]);
  const npx = (what: string, command: string) => `npx --yes -p ${what} -c '${command}'`;
  const nodes = [
    { version: atHand, command: `"${process.execPath}" {script}` },
    ...others.map((version) => ({ version, command: npx(`node-${platform}@${version}`, 'node {script}') })),
  ];
  return [
    ...nodes
      .sort((a, b) => Number.parseInt(a.version, 10) - Number.parseInt(b.version, 10))
      .map(({ version, command }) => ({
        name: `Node ${version}`,
        command,
        peers: version.split('.')[0] === NODE_OF_PEERS.split('.')[0],
      })),
    { name: `Bun ${BUN}`, command: npx(`bun@${BUN}`, 'bun {script}'), peers: false },
    { name: `Deno ${DENO}`, command: npx(`deno@${DENO}`, 'deno run -A {script}'), peers: false },
  ];
}

function chromium(): string | undefined {
  const browser = findBrowser();
  if (browser === undefined) return undefined;
  const { stdout } = spawnSync(browser, ['--version'], { encoding: 'utf8' });
  return `Chromium ${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''}`;
}

async function versionOf(name: string): Promise<string> {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  const { version }: { version: string } = JSON.parse(await readFile(file, 'utf8'));
  return version;
}
