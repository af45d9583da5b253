import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './repository.ts';

/** A site with one empty page, whose `window.client` is the built @sse/client. */
export interface ClientSite {
  readonly url: string;
  close(): Promise<void>;
}

export async function startClientSite(): Promise<ClientSite> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'packages/client/dist/index.js')],
    bundle: true,
    format: 'iife',
    globalName: 'client',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  const page = '<!doctype html><title>client</title><script src="/client.js"></script>';
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/client.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
