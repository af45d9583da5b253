import { describe, expect, test } from 'vitest';
import { logEventOfLine, logEventOfRecord } from './log-event.ts';

const NOW = '2026-11-24T12:00:00.000Z';

describe('a line of text', () => {
  test('is a message at level info, without control characters', () => {
    expect(logEventOfLine('\u001b[32mok\u001b[0m\tserved', 'file', NOW)).toEqual({
      type: 'log',
      level: 'info',
      message: 'ok served',
      source: 'file',
      timestamp: NOW,
    });
  });

  test('with nothing to show is no event', () => {
    expect(logEventOfLine('  \u001b[0m\t', 'file', NOW)).toBeUndefined();
  });

  test('that is long is cut and marked, not within a character', () => {
    const message = logEventOfLine(`${'x'.repeat(8_191)}🎉${'y'.repeat(100)}`, 'stdin', NOW)?.message;
    expect(message).toBe(`${'x'.repeat(8_191)}… [cut]`);
  });

  test.each(['[1,2]', '{"a":1}', '{broken', '{"msg":5}', '"text"', 'null', '{}'])(
    '%s has no message of its own and stands as it is',
    (line) => {
      expect(logEventOfLine(line, 'stdin', NOW)).toMatchObject({ level: 'info', message: line });
    },
  );
});

describe('a line that is a JSON object', () => {
  test('gives its level, message, time and fields', () => {
    const line = '{"level":40,"time":1764000000000,"pid":1,"msg":"slow \\u001b[1mdisk","ms":12.5,"ok":false}';
    expect(logEventOfLine(line, 'file', NOW)).toEqual({
      type: 'log',
      level: 'warn',
      message: 'slow disk',
      source: 'file',
      timestamp: '2025-11-24T16:00:00.000Z',
      fields: { ms: 12.5, ok: false },
    });
  });

  test.each([
    ['"WARNING"', 'warn'],
    ['"critical"', 'fatal'],
    ['50', 'error'],
    ['"constructor"', 'info'],
    ['{"a":1}', 'info'],
    ['null', 'info'],
  ])('with level %s has level %s', (level, expected) => {
    expect(logEventOfLine(`{"level":${level},"message":"x"}`, 'file', NOW)?.level).toBe(expected);
  });

  test.each(['"yesterday"', '1e300', '-1', 'null', '12.5', '"+99999-01-01"'])(
    'with time %s has the time of now',
    (time) => {
      expect(logEventOfLine(`{"time":${time},"msg":"x"}`, 'file', NOW)?.timestamp).toBe(NOW);
    },
  );
});

describe('a structured line', () => {
  test('keeps texts, numbers and flags as fields, and leaves out the rest', () => {
    const record = {
      msg: 'x',
      name: 'a\nb',
      count: 2,
      on: true,
      deep: { a: 1 },
      list: [1],
      none: null,
      nan: Number.NaN,
    };
    expect(logEventOfRecord(record, 'server', NOW).fields).toEqual({ name: 'a b', count: 2, on: true });
  });

  test('keeps at most 32 fields, each cut', () => {
    const record = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`f${index}`, 'x'.repeat(1_000)]),
    );
    const event = logEventOfRecord(record, 'server', NOW);
    expect(Object.keys(event.fields ?? {})).toHaveLength(32);
    expect(JSON.stringify(event).length).toBeLessThan(10_000);
  });

  test('cannot change a prototype', () => {
    const event = logEventOfLine('{"msg":"x","__proto__":{"admin":true},"constructor":"y"}', 'file', NOW);
    expect(Object.getPrototypeOf(event?.fields)).toBe(Object.prototype);
    expect(event?.fields).toEqual({ constructor: 'y' });
  });

  test('without a message has an empty one', () => {
    expect(logEventOfRecord({ level: 'error' }, 'server', NOW)).toMatchObject({
      level: 'error',
      message: '',
    });
  });
});
