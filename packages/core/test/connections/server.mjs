// A server of its own process, so that its heap, descriptors, timers and listeners are its alone.
// Needs the built package, and `node --expose-gc`.
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Broadcaster } from '../../dist/index.js';
import { nodeSink } from '../../dist/node.js';

const broadcaster = new Broadcaster({ heartbeatMs: 2_000 });
const sockets = new Set();
const server = createServer((request, response) => {
  const client = { name: `client ${request.url}`, tags: ['idle', 'test'], remoteAddress: '127.0.0.1' };
  broadcaster
    .subscribe({ open: () => nodeSink(response), topics: ['rare', 'heartbeat'], client })
    .catch((error) => response.writeHead(503).end(error.message));
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
  process.send({ port: server.address().port }),
);

async function report() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await wait(20);
  }
  const { subscribers, groups, leaving, disconnects } = await broadcaster.stats();
  const resources = process.getActiveResourcesInfo();
  return {
    subscribers,
    groups,
    leaving,
    disconnects,
    sockets: sockets.size,
    heapUsed: process.memoryUsage().heapUsed,
    descriptors: readdirSync('/proc/self/fd').length,
    timers: resources.filter((name) => name === 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

process.on('message', async (message) => {
  if (message === 'publish') await broadcaster.publish('rare', { n: 1 });
  process.send(await report());
});
process.on('disconnect', () => process.exit(0));
