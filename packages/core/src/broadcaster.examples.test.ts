import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ordersOf, serveOrders } from './broadcaster.examples.ts';
import { Broadcaster } from './broadcaster.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The lines between `//#region name` and `//#endregion`, without their indentation. */
function region(name: string): string {
  const [, rest = ''] = read('broadcaster.examples.ts').split(`//#region ${name}\n`);
  const [body = ''] = rest.split(/\n *\/\/#endregion/);
  return body.replace(/^ {2}/gm, '');
}

/** The code of the `@example` that names the region. */
function documented(file: string, name: string): string {
  const [, rest = ''] = read(file).split(` * \`\`\`ts source="broadcaster.examples.ts#${name}"\n`);
  const [body = ''] = rest.split('\n * ```\n');
  return body.replace(/^ \* ?/gm, '');
}

test.each([
  ['broadcaster.ts', 'broadcaster'],
  ['web.ts', 'web'],
])('the example in the doc comment of %s is the code that is compiled and run', (file, name) => {
  expect(region(name)).not.toBe('');
  expect(documented(file, name)).toBe(region(name));
});

/** Reads until `text` has come. */
async function readUntil(body: AsyncIterable<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let seen = '';
  for await (const chunk of body) {
    seen += decoder.decode(chunk, { stream: true });
    if (seen.includes(text)) break;
  }
  return seen;
}

test('the example of the broadcaster serves what was missed and what is new', async () => {
  const { server, pay, close } = await serveOrders(0);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await close();
  });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [id = ''] = await pay(7);
  const headers = { 'Last-Event-ID': id.replace(/-\d+$/, '-0') };
  const [response] = (await once(get({ port, headers }), 'response')) as [IncomingMessage];
  const seen = await readUntil(response, '{"type":"order.paid","id":7}');
  expect(response.headers['content-type']).toBe('text/event-stream');
  expect(seen).toContain('data: {"type":"order.created","id":7,"total":12.5}\n\n');
});

test('the example of the web stream serves what is new, for as long as the request lasts', async () => {
  const sse = new Broadcaster();
  onTestFinished(() => sse.close());
  const request = new AbortController();
  const response = await ordersOf(sse)(new Request('http://localhost/', { signal: request.signal }));
  await sse.publish('order.paid', { id: 7 });
  const { body } = response;
  if (body === null) throw new Error('The response has no body');
  expect(await readUntil(body, '"order.paid"')).toContain('"type":"connected"');
  request.abort();
  await expect.poll(() => sse.size).toBe(0);
});
