import { existsSync } from 'node:fs';
import { NCHAN_MODULE, NGINX } from './nchan-files.ts';
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

// Imported when they are run: a server's process loads nothing of the others.
export const SYSTEMS: Readonly<Record<SystemName, SystemKind>> = {
  core: here('@sse/core on node:http', async (settings) => (await import('./core.ts')).startCore(settings)),
  express: here('@sse/express', async (settings) => (await import('./core.ts')).startExpress(settings)),
  hub: {
    title: 'apps/server, published to over HTTP',
    isExternal: true,
    start: async (settings) => (await import('./hub.ts')).startHub(settings),
  },
  'better-sse': here('better-sse', async () => (await import('./better-sse.ts')).startBetterSse()),
  'sse-channel': here('sse-channel', async (settings) =>
    (await import('./sse-channel.ts')).startSseChannel(settings),
  ),
  'express-sse': here('express-sse', async () => (await import('./express-sse.ts')).startExpressSse()),
  loop: here('a loop over response.write in Express', async (settings) =>
    (await import('./loop.ts')).startLoop(settings),
  ),
  bare: here('bare Node: a shared framed buffer to each socket', async (settings) =>
    (await import('./bare.ts')).startBare(settings),
  ),
  'bare-joined': here('bare Node, joined once a turn', async (settings) =>
    (await import('./bare.ts')).startBareJoined(settings),
  ),
  'empty-express': here('Express with an empty handler', async () =>
    (await import('./loop.ts')).startEmptyExpress(),
  ),
  nchan: {
    title: 'nginx with Nchan, published to over HTTP',
    isExternal: true,
    start: async (settings) => (await import('./nchan.ts')).startNchan(settings),
    missing: () =>
      existsSync(NGINX) && existsSync(NCHAN_MODULE)
        ? undefined
        : 'needs nginx and libnginx-mod-nchan (apt install nginx-light libnginx-mod-nchan)',
  },
};
