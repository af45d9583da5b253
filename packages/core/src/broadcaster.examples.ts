/** The examples of the doc comments, compiled and run. `broadcaster.examples.test.ts` holds the comments to them. */
import { createServer, type Server } from 'node:http';
import { Broadcaster } from './broadcaster.ts';
import { nodeSink } from './node.ts';
import { webStream } from './web.ts';

/** What the test asks of a running example. */
export interface OrdersServer {
  readonly server: Server;
  pay(id: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function serveOrders(port: number): Promise<OrdersServer> {
  //#region broadcaster
  type Topics = { 'order.created': { id: number; total: number }; 'order.paid': { id: number } };
  const sse = new Broadcaster<Topics>();

  const server = createServer((request, response) => {
    const lastEventId = String(request.headers['last-event-id'] ?? '');
    sse
      .subscribe({ topics: ['order.*'], lastEventId, open: () => nodeSink(response) })
      .catch(() => response.writeHead(503).end());
  }).listen(port);

  await sse.publish('order.created', { id: 7, total: 12.5 });
  //#endregion
  return { server, pay: (id) => sse.publish('order.paid', { id }), close: () => sse.close() };
}

export function ordersOf(sse: Broadcaster): (request: Request) => Promise<Response> {
  //#region web
  async function GET(request: Request): Promise<Response> {
    const { sink, response } = webStream({ signal: request.signal });
    const lastEventId = request.headers.get('Last-Event-ID') ?? '';
    await sse.subscribe({ topics: ['order.*'], lastEventId, open: () => sink });
    return response;
  }
  //#endregion
  return GET;
}
