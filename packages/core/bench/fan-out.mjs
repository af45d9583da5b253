// Publishing to many subscribers on real sockets: ours against the loop that most people write.
//
//   node packages/core/bench/fan-out.mjs [subscribers] [events] [rounds]
//
// One run measures both in turns, each in a process of its own. A figure is deliveries a second: from the first
// publish until every subscriber has every event. A run in which an event is missing fails.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const PAD = 'x'.repeat(90);
const MARK = '"p":';
const event = (n) => ({ n, t: 1_764_000_000_000, p: PAD });

const systems = {
  loop() {
    const clients = new Set();
    let id = 0;
    return {
      handle(response) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
        response.write('retry: 5000\n\n');
        clients.add(response);
      },
      publish(data) {
        const text = `id: ${++id}\nevent: data\ndata: ${JSON.stringify(data)}\n\n`;
        for (const response of clients) response.write(text);
      },
    };
  },
  async ours() {
    const { Broadcaster } = await import('../dist/index.js');
    const { nodeSink } = await import('../dist/node.js');
    // As patient as the loop, which never ends anyone.
    const broadcaster = new Broadcaster({ maxQueueSize: 1_000_000, maxQueueBytes: 2 ** 30 });
    return {
      handle: (response) => void broadcaster.subscribe({ open: () => nodeSink(response) }),
      publish: (data) => void broadcaster.publish('bench', data),
    };
  },
};

async function serve(name) {
  const system = await systems[name]();
  const server = createServer((_, response) => system.handle(response));
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', ({ events, perTurn }) => {
    let n = 0;
    const turn = () => {
      for (let i = 0; i < perTurn && n < events; i++) system.publish(event(n++));
      if (n < events) setImmediate(turn);
    };
    turn();
  });
}

async function measure(name, subscribers, events, perTurn) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', name]);
  const [{ port }] = await once(child, 'message');
  const sockets = [];
  let complete = 0;
  let done;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  for (let i = 0; i < subscribers; i++) {
    const socket = connect(port, '127.0.0.1');
    let count = 0;
    let seen;
    let rest = '';
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      seen?.();
      const parts = (rest + text).split(MARK);
      count += parts.length - 1;
      rest = parts.at(-1).slice(-MARK.length + 1); // a mark may be cut in two
      if (count >= events && ++complete === subscribers) done();
    });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => {
      seen = resolve;
    });
    seen = undefined;
    sockets.push(socket);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = performance.now();
  child.send({ events, perTurn });
  const timeout = setTimeout(() => {
    console.error(`${name}: only ${complete} of ${subscribers} subscribers got all ${events} events`);
    process.exit(1);
  }, 120_000);
  await all;
  clearTimeout(timeout);
  const seconds = (performance.now() - started) / 1_000;
  for (const socket of sockets) socket.destroy();
  child.kill();
  return (subscribers * events) / seconds;
}

if (process.argv[2] === 'serve') {
  await serve(process.argv[3]);
} else {
  const [subscribers = 1_000, events = 500, rounds = 5] = process.argv.slice(2).map(Number);
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const perTurn of [1, 10]) {
    const figures = { loop: [], ours: [] };
    for (let round = 0; round < rounds; round++)
      for (const name of Object.keys(figures))
        figures[name].push(await measure(name, subscribers, perTurn * events, perTurn));
    const [loop, ours] = [median(figures.loop), median(figures.ours)];
    console.log(
      `${subscribers} subscribers, ${perTurn} a turn: loop ${Math.round(loop)}/s, ours ${Math.round(ours)}/s, ` +
        `ratio ${(ours / loop).toFixed(2)} (medians of ${rounds})`,
    );
  }
}
