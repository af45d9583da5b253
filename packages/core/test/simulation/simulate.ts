import { getEventListeners } from 'node:events';
import { drawPlan, type Plan, TOPICS } from './plan.ts';
import { publish } from './publisher.ts';
import type { Moment } from './records.ts';
import type { Server } from './server.ts';
import { type Changes, World } from './world.ts';

/** Longest time after the end of all trouble until everybody has to be back, and of each step of the way there. */
const RECOVERY_MS = 15_000;
const STEP_MS = 250;
/** More than any pause before something is tried again, and than any stream may linger that nobody reads. */
const PAUSE_MS = 3_500;
const LINGER_MS = 4_500;
/** Every so many actions the queues are looked at. */
const LOOK_EVERY = 8;

export interface History {
  readonly plan: Plan;
  readonly moments: readonly Moment[];
}

/** Lives one world through, from its seed to its end. */
export function simulate(seed: number, changes: Changes = {}): Promise<History> {
  return live(drawPlan(seed), changes);
}

/** Lives through what is planned. The same plan gives the same history. */
export async function live(plan: Plan, changes: Changes = {}): Promise<History> {
  const world = new World(plan, changes);
  for (const [index, action] of plan.actions.entries()) {
    if (action.at > world.clock.elapsed()) await world.clock.reach(action.at);
    world.perform(action);
    if (index % LOOK_EVERY === 0) lookAtQueues(world);
  }
  await world.clock.reach(plan.durationMs);
  await recover(world);
  await rest(world);
  await end(world);
  return { plan, moments: world.recorder.moments };
}

/** All trouble ends. Time goes on until everybody is back. */
async function recover(world: World): Promise<void> {
  const { clock } = world;
  world.heal();
  const isRunning = (server: Server | undefined): boolean => server?.broadcaster.status === 'running';
  for (let waited = 0; waited < RECOVERY_MS; waited += STEP_MS) {
    await clock.reach(clock.elapsed() + STEP_MS);
    if (world.servers.every(isRunning) && world.clients.every(({ isOpen }) => isOpen)) break;
  }
  lookAtQueues(world);
}

/** Of each topic one event more is published, and some of them by each server: all that can be had is had after them. */
async function rest(world: World): Promise<void> {
  const { clock, recorder, store, servers } = world;
  for (const index of servers.keys()) {
    const topics = TOPICS.filter((_, place) => place % servers.length === index);
    const events = topics.map((topic) => ({ topic, data: `last of ${index}` }));
    void publish(world, { n: -1 - index, server: index, events });
  }
  await clock.reach(clock.elapsed() + PAUSE_MS);
  const running = servers.map((server) => server?.broadcaster.status === 'running');
  recorder.note({ kind: 'rest', newest: store.newest.id, running });
}

/** All clients leave, then all servers close; what is left of them is counted. */
async function end(world: World): Promise<void> {
  const { clock, recorder, store } = world;
  const servers = [...world.servers.filter((server) => server !== undefined), ...world.closed];
  const sinks = servers.flatMap((server) => [...server.sinks]);
  for (const client of world.clients) client.quit();
  await clock.reach(clock.elapsed() + LINGER_MS);
  const listeners = sinks
    .filter(({ signal }) => !signal.aborted)
    .reduce((sum, { signal }) => sum + getEventListeners(signal, 'abort').length, 0);
  const left = { connections: 0, subscribers: 0, groups: 0, leaving: 0, pendingReads: 0, timers: 0 };
  for (const server of servers) {
    const stats = await answer(world, server.broadcaster.stats());
    left.connections += server.sinks.size;
    for (const name of ['subscribers', 'groups', 'leaving', 'pendingReads'] as const)
      left[name] += stats[name];
    left.timers += server.pendingTimers;
  }
  recorder.note({ kind: 'left', what: { ...left, listeners } });
  const closings = servers.map(({ broadcaster }) => broadcaster.close());
  await clock.reach(clock.elapsed() + LINGER_MS);
  await Promise.race([Promise.all(closings), clock.settle()]);
  const open = servers.filter(({ broadcaster }) => broadcaster.status !== 'closed').length;
  const timers = servers.reduce((sum, { pendingTimers }) => sum + pendingTimers, 0);
  recorder.note({ kind: 'left', what: { open, tails: store.followers.size, timers } });
}

/** What a promise settles with, once time has gone on for long enough. */
async function answer<Value>({ clock }: World, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  for (let steps = 0; !isSettled && steps < 100; steps++) await clock.reach(clock.elapsed() + 100);
  if (!isSettled) throw new Error('Something was asked at the end of a world, and never answered');
  return settled;
}

/** Notes queues that are beyond their bounds; those within would only fill the history. */
function lookAtQueues(world: World): void {
  const { maxQueueSize: mostEvents = 0, maxQueueBytes = 0 } = world.plan.settings;
  for (const server of world.servers) {
    for (const { queueSize, queueBytes } of server?.broadcaster.clients() ?? []) {
      const mostBytes = Math.max(maxQueueBytes, MOST_HIGH_WATER) + ONE_WRITE;
      if (queueSize <= mostEvents && queueBytes <= mostBytes) continue;
      const queue = { queueSize, queueBytes };
      world.recorder.note({ kind: 'queue', server: server?.index ?? -1, queue, mostEvents, mostBytes });
    }
  }
}

/** What a sink takes before it says wait, at most; and one write of a replay or a burst that may come on top. */
const MOST_HIGH_WATER = 4_096;
const ONE_WRITE = 8_000;
