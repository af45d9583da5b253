import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, type SseReader } from './support/sse-reader.ts';

const HISTORY = 10;

let server: ServerProcess;
/** The first is below the history, the last ten are in it. */
let ids: readonly string[];

beforeAll(async () => {
  server = await startServer({ env: { HISTORY_SIZE: String(HISTORY), HEARTBEAT_INTERVAL: '0.05' } });
  ids = await publishOk(
    server,
    Array.from({ length: 30 }, (_, n) => ({ type: n % 2 ? 'odd' : 'even', n })),
  );
});
afterAll(killServers);

const epoch = (): string => ids[0]?.split('-')[0] ?? '';
const idAt = (index: number): string => ids.at(index) ?? '';
const numbers = (reader: SseReader): readonly unknown[] => reader.events().map(({ n }) => n);

/** Waits for what is replayed, then checks that something new still comes, once, and what notices there were. */
async function expectToGoOn(reader: SseReader, replayed: readonly number[], gaps: number): Promise<void> {
  await eventually(() => expect(numbers(reader)).toEqual(replayed));
  // Heartbeats are no entries of the history: what is compared with stays as it is.
  await eventually(() => expect(reader.events('heartbeat')).not.toEqual([]));
  expect(numbers(reader)).toEqual(replayed);
  expect(reader.system('gap')).toHaveLength(gaps);
  expect(reader.over).toBe(false);
}

const LATEST = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29];

/** How a cursor is sent. */
const WAYS = [
  ['in the header', (cursor: string) => open('', cursor)],
  ['in the query', (cursor: string) => open(`?last_event_id=${encodeURIComponent(cursor)}`)],
] as const;

function open(query: string, header?: string): Promise<SseReader> {
  // As `fetch` and browsers send it: the bytes of UTF-8.
  const bytes = header === undefined ? undefined : Buffer.from(header, 'utf8').toString('latin1');
  return openStream(
    `${server.url}/stream${query}`,
    bytes === undefined ? {} : { headers: { 'Last-Event-ID': bytes } },
  );
}

describe.each(WAYS)('a cursor %s', (_, openWith) => {
  test('in the history brings what came after it, and no gap', async () => {
    const reader = await openWith(idAt(-4));
    expect(reader.system('connected')).toMatchObject([{ resume: 'resumed' }]);
    await expectToGoOn(reader, [27, 28, 29], 0);
    expect(reader.blocks.flatMap(({ id, event }) => (event === 'data' ? [id] : []))).toEqual(ids.slice(-3));
    reader.close();
  });

  test('that is the newest brings nothing, and no gap', async () => {
    const reader = await openWith(idAt(-1));
    expect(reader.system('connected')).toMatchObject([{ resume: 'resumed' }]);
    await expectToGoOn(reader, [], 0);
    reader.close();
  });

  test('just below the oldest that is kept brings all that is kept, and no gap', async () => {
    const reader = await openWith(idAt(-HISTORY - 1));
    await expectToGoOn(reader, LATEST, 0);
    reader.close();
  });

  const gaps: readonly (readonly [
    name: string,
    cursor: () => string,
    reason: string,
    replayed: readonly number[],
  ])[] = [
    ['below the history', () => idAt(0), 'evicted', LATEST],
    ['one below what would do', () => idAt(-HISTORY - 2), 'evicted', LATEST],
    ['of another epoch', () => 'zzzzzzzz-29', 'unknown', LATEST],
    ['above the history', () => `${epoch()}-9000`, 'unknown', LATEST],
    ['that is one too new', () => `${epoch()}-${Number(idAt(-1).split('-')[1]) + 1}`, 'unknown', LATEST],
    [
      'with a number that no double holds',
      () => `${epoch()}-99999999999999999999`,
      'unknown or malformed',
      LATEST,
    ],
    ['that is a word', () => 'hello', 'malformed', []],
    ['of 5,000 characters', () => 'x'.repeat(5_000), 'malformed', []],
    ['with spaces', () => 'a b', 'malformed', []],
    ['of other letters', () => 'курсор-🚀', 'malformed', []],
    ['with a leading zero', () => `${epoch()}-029`, 'malformed', []],
    ['with a sign', () => `${epoch()}--1`, 'malformed', []],
    ['with an exponent', () => `${epoch()}-1e1`, 'malformed', []],
    ['as the pattern `$`', () => '$', 'malformed', []],
    ['as the pattern `*`', () => '*', 'malformed', []],
    ['as the word `0`', () => '0', 'malformed', []],
    ['as the word `0-0`', () => '0-0', 'unknown', LATEST],
    ['as the word `-`', () => '-', 'malformed', []],
    ['as the word `null`', () => 'null', 'malformed', []],
    ['as the word `undefined`', () => 'undefined', 'malformed', []],
    ['as the word `__proto__`', () => '__proto__', 'malformed', []],
  ];

  test.each(gaps.map(([name, cursor, reason, replayed]) => ({ name, cursor, reason, replayed })))(
    '$name brings exactly one gap and then goes on',
    async ({ cursor, reason, replayed }) => {
      const reader = await openWith(cursor());
      expect(reader.status).toBe(200);
      await eventually(() => expect(reader.system('gap')).toHaveLength(1));
      expect(reader.system('connected')).toMatchObject([{ resume: 'reset' }]);
      const [gap] = reader.system('gap');
      expect(reason).toContain(gap?.['reason']);
      expect(gap).toMatchObject({ requested: cursor().slice(0, 128), newest: idAt(-1) });
      await expectToGoOn(reader, gap?.['reason'] === 'malformed' ? [] : replayed, 1);
      expect(reader.lastId).toBe(idAt(-1));
      reader.close();
    },
  );
});

test('an empty cursor is none', async () => {
  for (const reader of [await open('?last_event_id='), await open('', '')]) {
    expect(reader.system('connected')).toMatchObject([{ resume: 'new' }]);
    reader.close();
  }
});

test('the header wins over the query', async () => {
  const reader = await open(`?last_event_id=${idAt(-9)}`, idAt(-2));
  await expectToGoOn(reader, [29], 0);
  reader.close();
});

test('an empty header leaves the query its word', async () => {
  const reader = await open(`?last_event_id=${idAt(-2)}`, '');
  await expectToGoOn(reader, [29], 0);
  reader.close();
});

test('a malformed header wins over a good query, and is told of', async () => {
  const reader = await open(`?last_event_id=${idAt(-2)}`, 'nonsense');
  await eventually(() =>
    expect(reader.system('gap')).toMatchObject([{ reason: 'malformed', requested: 'nonsense' }]),
  );
  reader.close();
});

test('the replay keeps to the topics, and the cursor is at the end of the history behind it', async () => {
  const reader = await open('?topics=odd', idAt(-6));
  await eventually(() => expect(numbers(reader)).toEqual([25, 27, 29]));
  reader.close();
  const even = await open('?topics=even', idAt(-6));
  await eventually(() => expect(numbers(even)).toEqual([26, 28]));
  await eventually(() => expect(even.lastId).toBe(idAt(-1)));
  even.close();
});

test('after a restart an old cursor brings one gap, and the one given then is good', async () => {
  const first = await startServer();
  const [old = ''] = await publishOk(first, { type: 'a', n: 1 });
  await first.stop('SIGKILL');
  const second = await startServer();
  await publishOk(second, { type: 'a', n: 2 });
  const reader = await openStream(`${second.url}/stream`, { headers: { 'Last-Event-ID': old } });
  await eventually(() => expect(numbers(reader)).toEqual([2]));
  expect(reader.system('gap')).toMatchObject([{ reason: 'unknown', requested: old }]);
  reader.close();
  await publishOk(second, { type: 'a', n: 3 });
  const next = await openStream(`${second.url}/stream`, { headers: { 'Last-Event-ID': reader.lastId } });
  await eventually(() => expect(numbers(next)).toEqual([3]));
  expect(next.system('gap')).toEqual([]);
});
