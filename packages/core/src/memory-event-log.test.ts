import { describe, expect, test } from 'vitest';
import type { LogPage, NewEvent } from './event-log.ts';
import { MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const event = (data: string, rest: Partial<NewEvent> = {}): NewEvent => ({ topic: 'a', data, ...rest });
const events = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, index) => event(`${index + 1}`));
const texts = (page: LogPage): string[] => page.entries.map(({ data }) => data);

function create(options: MemoryEventLogOptions = {}) {
  const environment = new VirtualEnvironment();
  return { environment, log: new MemoryEventLog({ environment, ...options }) };
}

/** The position of a log before its first entry. */
async function startOf(log: MemoryEventLog): Promise<string> {
  const [first = ''] = await log.append([event('0')]);
  return first.replace(/-1$/, '-0');
}

describe('history', () => {
  test('gives what came after an id, in order, page by page', async () => {
    const { log } = create();
    const ids = await log.append(events(5));
    expect(texts(await log.read(ids[1] ?? '', 10))).toEqual(['3', '4', '5']);
    expect(texts(await log.read(ids[1] ?? '', 2))).toEqual(['3', '4']);
    expect(await log.read(ids[4] ?? '', 10)).toEqual({ kind: 'page', entries: [] });
  });

  test('an entry has its event, its id, and the time of the wall clock', async () => {
    const { log, environment } = create();
    const start = await startOf(log);
    await environment.advance(5);
    const full = event('x', { event: 'name', key: 'k', idempotencyKey: 'i' });
    const [id] = await log.append([full]);
    const page = await log.read(start, 10);
    expect(page.entries[1]).toEqual({ ...full, id, time: Date.UTC(2026, 0, 1) + 5 });
  });

  test('ids are of one random epoch a log, and count from 1', async () => {
    const { log } = create();
    expect(await log.append(events(3))).toEqual(
      [1, 2, 3].map((n) => expect.stringMatching(`^[0-9a-z]{8}-${n}$`)),
    );
    const [first] = await new MemoryEventLog().append(events(1));
    const [second] = await new MemoryEventLog().append(events(1));
    expect(first).not.toBe(second);
  });

  test('appending nothing adds nothing', async () => {
    const { log } = create();
    expect(await log.append([])).toEqual([]);
    expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
  });

  test('the four boundaries of a gap: newest, oldest, before the oldest, before that', async () => {
    const { log } = create({ maxEntries: 3 });
    const ids = await log.append(events(6));
    expect(await log.read(ids[5] ?? '', 9)).toMatchObject({ kind: 'page', entries: [] });
    expect(texts(await log.read(ids[3] ?? '', 9))).toEqual(['5', '6']);
    expect(await log.read(ids[2] ?? '', 9)).toMatchObject({ kind: 'page', entries: [{ data: '4' }, {}, {}] });
    expect(await log.read(ids[1] ?? '', 2)).toMatchObject({
      kind: 'gap',
      reason: 'evicted',
      oldest: ids[3],
      entries: [{ data: '4' }, { data: '5' }],
    });
  });

  test('after an id of another epoch, or one above the newest, there is a gap', async () => {
    const { log } = create();
    const [id = ''] = await log.append(events(1));
    for (const unknown of ['other-0', 'other-1', 'other-2', id.replace(/1$/, '2')]) {
      expect(await log.read(unknown, 9)).toMatchObject({ kind: 'gap', reason: 'unknown', oldest: id });
    }
    expect(await new MemoryEventLog().read(id, 9)).toEqual({ kind: 'gap', reason: 'unknown', entries: [] });
  });
});

describe('bounds', () => {
  test('so many entries are kept, and not one more', async () => {
    const { log } = create({ maxEntries: 3 });
    const ids = await log.append(events(3));
    expect(await log.stats()).toMatchObject({ entries: 3, oldest: ids[0], newest: ids[2] });
    const [fourth] = await log.append([event('4')]);
    expect(await log.stats()).toMatchObject({ entries: 3, oldest: ids[1], newest: fourth });
  });

  test('so many bytes are kept, and not one more; each entry costs something', async () => {
    const { log } = create({ maxBytes: 312 });
    await log.append(events(3));
    expect(await log.stats()).toMatchObject({ entries: 3, bytes: 312 });
    await log.append([event('long')]);
    expect(await log.stats()).toMatchObject({ entries: 2, bytes: 214 });
  });

  test('an entry larger than all that is kept is passed on and forgotten', async () => {
    const { log } = create({ maxBytes: 150 });
    const [first] = await log.append(events(1));
    const [id = ''] = await log.append([event('x'.repeat(1_000))]);
    expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
    expect(await log.read(id, 9)).toEqual({ kind: 'page', entries: [] });
    expect(await log.read(first ?? '', 9)).toEqual({ kind: 'gap', reason: 'evicted', entries: [] });
  });

  test('an entry is kept for its age, and not longer, even where nobody appends', async () => {
    const { log, environment } = create({ maxAgeMs: 1_000 });
    const [first = ''] = await log.append([event('1')]);
    const start = first.replace(/1$/, '0');
    await environment.advance(400);
    await log.append([event('2')]);
    await environment.advance(599);
    expect(texts(await log.read(start, 9))).toEqual(['1', '2']);
    await environment.advance(1);
    expect(await log.read(start, 9)).toMatchObject({
      kind: 'gap',
      reason: 'evicted',
      entries: [{ data: '2' }],
    });
    expect(await log.stats()).toMatchObject({ entries: 1 });
    await environment.advance(400);
    expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
  });

  test('by default an entry is kept for a day, and a thousand of them', async () => {
    const { log, environment } = create();
    await log.append(events(1_001));
    expect(await log.stats()).toMatchObject({ entries: 1_000 });
    await environment.advance(DAY_MS);
    expect(await log.stats()).toMatchObject({ entries: 0 });
  });
});

describe('idempotency keys', () => {
  const once = (data: string): NewEvent => event(data, { idempotencyKey: 'key' });

  test('a repeated key adds nothing, and answers with the id of the first', async () => {
    const { log } = create();
    const [first] = await log.append([once('1')]);
    expect(await log.append([event('2'), once('again')])).toEqual([expect.stringMatching(/-2$/), first]);
    expect(await log.stats()).toMatchObject({ entries: 2 });
  });

  test('a key repeated within one batch is added once', async () => {
    const { log } = create();
    const [first, second] = await log.append([once('1'), once('2')]);
    expect(second).toBe(first);
    expect(await log.stats()).toMatchObject({ entries: 1 });
  });

  test('a key is forgotten with its entry: by count, by bytes', async () => {
    for (const options of [{ maxEntries: 2 }, { maxBytes: 220 }]) {
      const { log } = create(options);
      const [first] = await log.append([once('1')]);
      await log.append(events(2));
      expect((await log.append([once('again')]))[0]).not.toBe(first);
    }
  });

  test('a key is forgotten with its entry: by age, even where nobody looked in between', async () => {
    const { log, environment } = create({ maxAgeMs: 1_000 });
    const [first = ''] = await log.append([once('1')]);
    await environment.advance(1_000);
    const [second = ''] = await log.append([once('again')]);
    expect(second).not.toBe(first);
    expect(texts(await log.read(first, 9))).toEqual(['again']);
  });

  test('names that every object has are keys like others', async () => {
    const { log } = create();
    const keys = ['__proto__', 'constructor', 'toString'];
    await log.append(keys.map((idempotencyKey) => event('x', { idempotencyKey })));
    expect(await log.stats()).toMatchObject({ entries: 3 });
  });
});

describe('ids', () => {
  test.each(['a-0', 'abc123-1', 'm1k2-999999999999999'])('%s can be an id', (text) => {
    expect(new MemoryEventLog().parseId(text)).toBe(text);
  });

  test.each([
    '',
    '-',
    'a',
    'a-',
    '-1',
    'a-01',
    'a--1',
    'a-1.5',
    'a-1e3',
    'a-0x10',
    'a- 1',
    ' a-1',
    'a-1\n',
    'A-1',
    'a.b-1',
    'a-1000000000000000',
    `${'a'.repeat(33)}-1`,
    '1',
    'earliest',
    '$',
    '0',
    '../a-1',
    'a-1-2',
    'ä-1',
    '١-١',
  ])('%j can be no id', (text) => {
    expect(new MemoryEventLog().parseId(text)).toBeUndefined();
  });

  test('are compared by number, not by text', () => {
    const log = new MemoryEventLog();
    expect(Math.sign(log.compare('a-9', 'a-10'))).toBe(-1);
    expect(Math.sign(log.compare('a-10', 'a-9'))).toBe(1);
    expect(log.compare('a-10', 'a-10')).toBe(0);
  });
});

test('a closed log refuses everything but being closed again', async () => {
  const { log } = create();
  await log.close();
  await log.close();
  for (const call of [() => log.append(events(1)), () => log.read('a-0', 1), () => log.stats()])
    await expect(call()).rejects.toMatchObject({ code: 'closed' });
  expect(() => log.tail(new AbortController().signal)).toThrow(expect.objectContaining({ code: 'closed' }));
});
