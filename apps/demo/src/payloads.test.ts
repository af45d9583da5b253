import { expect, test } from 'vitest';
import { AlertBoard, MAX_ALERTS } from './alert-board.ts';
import { clientsOf } from './clients-poll.ts';
import { alertOf, logOf, metricOf } from './payloads.ts';

const TIMESTAMP = '2026-11-24T12:00:00.000Z';
const TIME = Date.parse(TIMESTAMP);

test('a metric has a name, a number and a time', () => {
  const metric = { type: 'metric', name: 'cpu_usage', value: 12.5, timestamp: TIMESTAMP };
  expect(metricOf(metric)).toEqual({ name: 'cpu_usage', value: 12.5, time: TIME });
});

test.each([
  null,
  undefined,
  'text',
  7,
  [],
  {},
  { name: 'cpu_usage', value: '12', timestamp: TIMESTAMP },
  { name: 'cpu_usage', value: Number.NaN, timestamp: TIMESTAMP },
  { name: ['cpu_usage'], value: 1, timestamp: TIMESTAMP },
  { name: 'cpu_usage', value: 1, timestamp: 'yesterday' },
  JSON.parse('{"__proto__":{"name":"cpu_usage","value":1,"timestamp":"2026-11-24T12:00:00.000Z"}}'),
])('%j is no metric, and no alert', (data) => {
  expect(metricOf(data)).toBeUndefined();
  expect(alertOf(data, 0)).toBeUndefined();
});

test('whatever is published as a log line is a line', () => {
  const fields = { port: 80, ok: true };
  expect(logOf({ level: 'warn', message: 'hot', source: 'file', timestamp: TIMESTAMP, fields }, 0)).toEqual({
    level: 'warn',
    source: 'file',
    text: 'hot  port=80  ok=true',
    time: TIME,
  });
  expect(logOf('<b>text</b>', 5)).toEqual({ level: 'info', source: '', text: '<b>text</b>', time: 5 });
  expect(logOf({ level: {}, message: 7 }, 5)).toMatchObject({
    level: 'info',
    text: '{"level":{},"message":7}',
  });
  expect(logOf(undefined, 5)).toMatchObject({ text: '' });
});

test('an alert that is replayed does not put back a newer one', () => {
  const board = new AlertBoard();
  const alert = { name: 'cpu_usage', value: 1, threshold: 2 };
  board.add({ ...alert, state: 'raised', time: 5 });
  board.add({ ...alert, state: 'cleared', time: 4 });
  expect(board.list()).toMatchObject([{ state: 'raised', time: 5 }]);
  expect(board.raisedCount).toBe(1);
});

test('alerts that are raised come first, and only so many are kept', () => {
  const board = new AlertBoard();
  for (let time = 0; time < MAX_ALERTS * 2; time++)
    board.add({
      name: `n${time}`,
      state: time === 80 ? 'raised' : 'cleared',
      value: 1,
      threshold: undefined,
      time,
    });
  expect(board.list()).toHaveLength(MAX_ALERTS);
  expect(board.list()[0]).toMatchObject({ name: 'n80' });
});

test('an answer that is no list of clients is told as a problem', () => {
  expect(clientsOf({ error: 1 })).toMatchObject({ kind: 'problem' });
  expect(
    clientsOf({ count: 300, clients: [{}, { client_id: 'a', tags: ['x'], queue_size: 3 }] }),
  ).toMatchObject({
    kind: 'clients',
    count: 300,
    rows: [
      { id: '', tags: [] },
      { id: 'a', tags: ['x'], queueSize: 3 },
    ],
  });
});
