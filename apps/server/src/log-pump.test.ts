import { expect, test, vi } from 'vitest';
import type { LogEvent } from './log-event.ts';
import { createLogPump } from './log-pump.ts';
import type { ProducedEvent } from './publisher.ts';

function collect(): { readonly events: LogEvent[]; send(event: ProducedEvent): Promise<boolean> } {
  const events: LogEvent[] = [];
  return {
    events,
    send({ topic, data }) {
      expect(topic).toBe('log');
      events.push(data as LogEvent);
      return Promise.resolve(true);
    },
  };
}

test('lines are published in order, as they were logged', async () => {
  const { events, send } = collect();
  const pump = createLogPump({ send, elapsed: () => 0 });
  const time = '2026-11-24T12:00:00.000Z';
  pump.push({ level: 'warn', time, msg: 'one', client_id: 'c1' });
  pump.push({ level: 'info', time, msg: 'two' });
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(events).toEqual([
    {
      type: 'log',
      level: 'warn',
      message: 'one',
      source: 'server',
      timestamp: time,
      fields: { client_id: 'c1' },
    },
    { type: 'log', level: 'info', message: 'two', source: 'server', timestamp: time },
  ]);
});

test('lines beyond the rate are dropped and counted, and the next one that passes says so', async () => {
  let clock = 0;
  const { events, send } = collect();
  const pump = createLogPump({ send, elapsed: () => clock, perSecond: 10, burst: 2 });
  for (let count = 0; count < 5; count++) pump.push({ msg: `line ${count}` });
  expect(pump.droppedLines).toBe(3);
  clock = 100;
  pump.push({ msg: 'later' });
  pump.push({ msg: 'too soon' });
  await vi.waitFor(() => expect(events).toHaveLength(4));
  expect(events.map(({ message }) => message)).toEqual([
    'line 0',
    'line 1',
    'log lines were not published',
    'later',
  ]);
  expect(events[2]).toMatchObject({ level: 'warn', fields: { count: 3 } });
  expect(pump.droppedLines).toBe(4);
});

test('what waits behind a publish that does not settle is bounded', () => {
  const pump = createLogPump({
    send: () => new Promise(() => undefined),
    elapsed: () => 0,
    burst: 1_000,
    capacity: 10,
  });
  for (let count = 0; count < 100; count++) pump.push({ msg: 'x' });
  // One is under way and ten wait.
  expect(pump.droppedLines).toBe(89);
});

test('a line that could not be published does not hold up the next', async () => {
  const send = vi.fn(() => Promise.resolve(false));
  const pump = createLogPump({ send, elapsed: () => 0 });
  pump.push({ msg: 'one' });
  pump.push({ msg: 'two' });
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(2));
});
