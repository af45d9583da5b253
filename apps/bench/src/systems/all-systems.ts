import { existsSync } from 'node:fs';
import { startBare, startBareJoined } from './bare.ts';
import { startCore, startExpress } from './core.ts';
import { startHub } from './hub.ts';
import { startEmptyExpress, startLoop } from './loop.ts';
import { NCHAN_MODULE, NGINX, startNchan } from './nchan.ts';
import { startBetterSse, startExpressSse, startSseChannel } from './peers.ts';
import type { StartSystem } from './system.ts';

export type SystemName =
  | 'core'
  | 'express'
  | 'hub'
  | 'better-sse'
  | 'sse-channel'
  | 'express-sse'
  | 'loop'
  | 'bare'
  | 'bare-joined'
  | 'empty-express'
  | 'nchan';

export interface SystemKind {
  readonly title: string;
  /** A server of its own that is published to over HTTP; the publisher then runs beside the load. */
  readonly isExternal: boolean;
  readonly start: StartSystem;
  /** Why it can't run on this machine; absent where it can. */
  missing?(): string | undefined;
}

const here = (title: string, start: StartSystem): SystemKind => ({ title, isExternal: false, start });

/** @throws Error for a name that is not a system's. */
export function systemOf(name: string): SystemKind {
  const kind = (SYSTEMS as Readonly<Record<string, SystemKind>>)[name];
  if (kind === undefined) throw new Error(`Expected one of ${Object.keys(SYSTEMS)}, got ${name}`);
  return kind;
}

/** Why a system can't run on this machine; absent where it can, and for what is no system. */
export function missingSystem(name: string): string | undefined {
  return (SYSTEMS as Readonly<Record<string, SystemKind>>)[name]?.missing?.();
}

export const SYSTEMS: Readonly<Record<SystemName, SystemKind>> = {
  core: here('@sse/core on node:http', startCore),
  express: here('@sse/express', startExpress),
  hub: { title: 'apps/server, published to over HTTP', isExternal: true, start: startHub },
  'better-sse': here('better-sse', startBetterSse),
  'sse-channel': here('sse-channel', startSseChannel),
  'express-sse': here('express-sse', startExpressSse),
  loop: here('a loop over response.write in Express', startLoop),
  bare: here('bare Node: a shared framed buffer to each socket', startBare),
  'bare-joined': here('bare Node, joined once a turn', startBareJoined),
  'empty-express': here('Express with an empty handler', startEmptyExpress),
  nchan: {
    title: 'nginx with Nchan, published to over HTTP',
    isExternal: true,
    start: startNchan,
    missing: () =>
      existsSync(NGINX) && existsSync(NCHAN_MODULE)
        ? undefined
        : 'needs nginx and libnginx-mod-nchan (apt install nginx-light libnginx-mod-nchan)',
  },
};
