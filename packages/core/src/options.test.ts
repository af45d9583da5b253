import { describe, expect, test } from 'vitest';
import { Broadcaster } from './broadcaster.ts';
import { BROADCASTER_DEFAULTS, type BroadcasterOptions } from './broadcaster-options.ts';
import { MEMORY_EVENT_LOG_DEFAULTS, MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.ts';
import { createStage } from './testing/stage.ts';

const broadcaster = (options: unknown): Broadcaster => new Broadcaster(options as BroadcasterOptions);
const memoryLog = (options: unknown): MemoryEventLog => new MemoryEventLog(options as MemoryEventLogOptions);
const refused = (message: string) => expect.objectContaining({ code: 'invalid-option', message });

const POSITIVE_INTEGER = 'a positive integer';
const POSITIVE = 'a positive number';
const AT_LEAST_0 = 'a number of at least 0';

const EXPECTED_OF_BROADCASTER: Record<keyof typeof BROADCASTER_DEFAULTS, string> = {
  maxSubscribers: POSITIVE_INTEGER,
  maxQueueSize: POSITIVE_INTEGER,
  maxQueueBytes: POSITIVE_INTEGER,
  queuePolicy: 'one of `disconnect`, `drop-oldest`, `latest`',
  stallTimeoutMs: POSITIVE,
  lingerMs: POSITIVE,
  windowSize: POSITIVE_INTEGER,
  windowBytes: POSITIVE_INTEGER,
  heartbeatMs: POSITIVE,
  retryMs: AT_LEAST_0,
  maxAgeMs: AT_LEAST_0,
  maxEventBytes: POSITIVE_INTEGER,
  maxBatchSize: POSITIVE_INTEGER,
  replayPageSize: POSITIVE_INTEGER,
  maxReplayReads: POSITIVE_INTEGER,
  logTimeoutMs: POSITIVE,
  afterGap: 'one of `replay`, `live`',
};
const EXPECTED_OF_LOG: Record<keyof typeof MEMORY_EVENT_LOG_DEFAULTS, string> = {
  maxEntries: POSITIVE_INTEGER,
  maxBytes: POSITIVE_INTEGER,
  maxAgeMs: POSITIVE,
  maxTailEntries: POSITIVE_INTEGER,
};

const NEVER_RIGHT: [unknown, string][] = [
  [Number.NaN, '`NaN` (number)'],
  [Number.POSITIVE_INFINITY, '`Infinity` (number)'],
  [-1, '`-1` (number)'],
  ['5', '`"5"` (string)'],
  [null, '`null` (null)'],
  [true, '`true` (boolean)'],
  [5n, '`5` (bigint)'],
  [[5], '`[5]` (object)'],
];
const ZERO: [unknown, string] = [0, '`0` (number)'];
const FRACTION: [unknown, string] = [1.5, '`1.5` (number)'];

function wrongValues(expected: string): [unknown, string][] {
  if (expected === AT_LEAST_0) return NEVER_RIGHT;
  if (expected === POSITIVE) return [...NEVER_RIGHT, ZERO];
  return [...NEVER_RIGHT, ZERO, FRACTION, [2 ** 53, '`9007199254740992` (number)']];
}

describe.each<[string, (options: unknown) => unknown, Record<string, string>, object]>([
  ['a broadcaster', broadcaster, EXPECTED_OF_BROADCASTER, BROADCASTER_DEFAULTS],
  ['a memory log', memoryLog, EXPECTED_OF_LOG, MEMORY_EVENT_LOG_DEFAULTS],
])('the options of %s', (_, create, expectedOf, defaults) => {
  test.each(Object.entries(expectedOf))('`%s` has to be %s, and the refusal says so', (name, expected) => {
    for (const [value, shown] of wrongValues(expected)) {
      expect(() => create({ [name]: value }), shown).toThrow(
        refused(`Expected \`${name}\` to be ${expected}, got ${shown}`),
      );
    }
  });

  test('the smallest that is right is taken, as are the defaults and undefined', () => {
    for (const [name, expected] of Object.entries(expectedOf)) {
      const smallest = new Map([
        [POSITIVE_INTEGER, 1],
        [POSITIVE, 0.1],
        [AT_LEAST_0, 0],
      ]).get(expected);
      expect(() => create({ [name]: smallest })).not.toThrow();
      expect(() => create({ [name]: undefined })).not.toThrow();
    }
    expect(() => create(defaults)).not.toThrow();
  });

  test('an unknown name is refused, and the known ones are named', () => {
    const known = Object.keys(expectedOf).join(', ');
    for (const name of ['maxQueueByte', 'toString', 'constructor'])
      expect(() => create({ [name]: 1 })).toThrow(refused(`Unknown option \`${name}\`; known: ${known}`));
    const hostile: unknown = JSON.parse('{"__proto__":{"maxEntries":1}}');
    expect(() => create(hostile)).toThrow(refused(`Unknown option \`__proto__\`; known: ${known}`));
  });

  test('the defaults cannot be changed by anyone', () => {
    expect(Object.isFrozen(defaults)).toBe(true);
  });
});

test('the defaults are those that are documented', () => {
  expect(BROADCASTER_DEFAULTS).toEqual({
    maxSubscribers: 20_000,
    maxQueueSize: 100,
    maxQueueBytes: 1_048_576,
    queuePolicy: 'disconnect',
    stallTimeoutMs: 30_000,
    lingerMs: 5_000,
    windowSize: 1_000,
    windowBytes: 16_777_216,
    heartbeatMs: 30_000,
    retryMs: 5_000,
    maxAgeMs: 86_400_000,
    maxEventBytes: 1_048_576,
    maxBatchSize: 10_000,
    replayPageSize: 100,
    maxReplayReads: 16,
    logTimeoutMs: 5_000,
    afterGap: 'replay',
  });
  expect(MEMORY_EVENT_LOG_DEFAULTS).toEqual({
    maxEntries: 1_000,
    maxBytes: 16_777_216,
    maxAgeMs: 86_400_000,
    maxTailEntries: 100_000,
  });
});

describe('the bounds of one subscription', () => {
  test('are checked like those of the broadcaster, and nothing is opened', async () => {
    const { broadcaster: sse } = createStage();
    const open = (): never => {
      throw new Error('opened');
    };
    await expect(sse.subscribe({ open, maxQueueBytes: 0 })).rejects.toThrow(
      refused('Expected `maxQueueBytes` to be a positive integer, got `0` (number)'),
    );
    await expect(sse.subscribe({ open, maxQueueSize: 1.5 })).rejects.toThrow(
      refused('Expected `maxQueueSize` to be a positive integer, got `1.5` (number)'),
    );
    await expect(sse.subscribe({ open, queuePolicy: 'newest' as 'latest' })).rejects.toThrow(
      refused(
        'Expected `queuePolicy` to be one of `disconnect`, `drop-oldest`, `latest`, got `"newest"` (string)',
      ),
    );
    expect(sse.size).toBe(0);
  });

  test.each([Number.NaN, '5', null, Number.POSITIVE_INFINITY])(
    'an expiry that is no time is refused, not taken for never: %s',
    async (expiresAt) => {
      const stage = createStage();
      await expect(stage.connect({ expiresAt: expiresAt as number })).rejects.toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringMatching(/^Expected `expiresAt` to be a number of at least 0, got `/),
        }),
      );
      expect(stage.broadcaster.size).toBe(0);
    },
  );
});
