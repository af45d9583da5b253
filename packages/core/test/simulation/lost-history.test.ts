import { expect, test } from 'vitest';
import type { BroadcasterOptions } from '../../src/index.ts';
import { type Peer, Stage } from '../../src/testing/stage.ts';
import { VirtualEnvironment } from '../../src/testing.ts';
import type { Link } from './link.ts';
import { perfectLog, perfectStore } from './perfect-store.ts';
import type { Store } from './store.ts';
import type { StoreLog } from './store-log.ts';

// What the simulation found, each reduced to what it takes.

interface Scene {
  readonly stage: Stage<StoreLog>;
  readonly store: Store;
  readonly link: Link;
  /** Appends as another server would, and waits until ours has shown it or has recovered from its loss. */
  append(...texts: readonly string[]): Promise<readonly string[]>;
}

async function createScene(options: BroadcasterOptions): Promise<Scene> {
  const environment = new VirtualEnvironment();
  const store = perfectStore();
  const { log, link } = perfectLog(store);
  const stage = new Stage(environment, log, options);
  await environment.settle();
  const append = async (...texts: readonly string[]): Promise<readonly string[]> => {
    const ids = store.append(texts.map((data) => ({ topic: data, data })));
    await environment.advance(1_000);
    return ids;
  };
  return { stage, store, link, append };
}

async function stalled({ stage, append }: Scene): Promise<Peer> {
  const peer = await stage.connect({ sink: { highWaterMark: 1 } });
  peer.sink.stall();
  await append('given');
  return peer;
}

/** Data of events and reasons of gaps, in the order of arrival. */
const sequence = (peer: Peer): string[] =>
  peer.blocks.flatMap(({ event, data = '' }) => {
    if (event === 'data') return [data];
    const { type, reason } = (event === 'system' ? JSON.parse(data) : {}) as Record<
      string,
      string | undefined
    >;
    return type === 'gap' ? [`gap: ${reason}`] : [];
  });

test('of two losses in a row a slow client with `latest` is told before what came in between', async () => {
  const scene = await createScene({ queuePolicy: 'latest', maxQueueSize: 3 });
  const peer = await stalled(scene);
  scene.store.lose();
  await scene.append('between');
  scene.store.lose();
  await scene.append('after');
  peer.sink.flow();
  await scene.stage.environment.settle();
  expect(sequence(peer)).toEqual(['given', 'gap: overflow', 'between', 'gap: trimmed', 'after']);
});

test('an overflow right before a loss names an entry to go on with, and not the notice of the loss', async () => {
  const scene = await createScene({ queuePolicy: 'drop-oldest', maxQueueSize: 2 });
  const peer = await stalled(scene);
  await scene.append('dropped');
  scene.store.lose();
  const [after] = await scene.append('after');
  peer.sink.flow();
  await scene.stage.environment.settle();
  expect(sequence(peer)).toEqual(['given', 'gap: overflow', 'gap: trimmed', 'after']);
  expect(peer.systems('gap')).toMatchObject([{ oldest: after }, { oldest: after }]);
});

test('a store that loses its newest entries while a server catches up makes no silent hole', async () => {
  const scene = await createScene({ replayPageSize: 2 });
  const { stage, store, link, append } = scene;
  const peer = await stage.connect();
  await append('1');
  link.set('refuses');
  store.append(['2', '3', '4', '5', '6'].map((data) => ({ topic: data, data })));
  const read = stage.log.read.bind(stage.log);
  let reads = 0;
  stage.log.read = async (after, limit) => {
    const page = await read(after, limit);
    if (reads++ > 0) return page;
    store.append([{ topic: '7', data: '7' }]); // fetched by the new tail, which began at 6
    store.lose(4);
    return page;
  };
  link.set('mended');
  await append();
  await append('8');
  expect(sequence(peer)).toEqual(['1', '2', '3', '8']);
});
