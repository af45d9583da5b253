import { describe, expect, test } from 'vitest';
import { createLogger, type LogRecord, type ServerLog } from './logger.ts';

interface Captured extends ServerLog {
  readonly lines: string[];
  readonly copies: LogRecord[];
}

function capture(level: 'trace' | 'info' | 'silent' = 'trace'): Captured {
  const lines: string[] = [];
  const copies: LogRecord[] = [];
  const log = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  log.listen((record) => copies.push(record));
  return { ...log, lines, copies };
}

describe('a log line', () => {
  test('is one JSON object with level, ISO time, fields and message', () => {
    const { logger, lines } = capture();
    logger.info({ client_id: 'c1', seconds: 1.5 }, 'client connected');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      client_id: 'c1',
      seconds: 1.5,
      msg: 'client connected',
    });
  });

  test('below the level is not written', () => {
    const { logger, lines } = capture('info');
    logger.debug('no');
    logger.info('yes');
    expect(lines).toHaveLength(1);
    const silent = capture('silent');
    silent.logger.fatal('no');
    expect(silent.lines).toEqual([]);
  });

  test('is not broken, nor a terminal driven, by control characters', () => {
    const { logger, lines } = capture();
    const hostile = 'a\r\nb\0\u001b[31m\u007f\u009b2J\u2028\u2029c';
    logger.info({ client_name: hostile, [hostile]: 1 }, hostile);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ client_name: hostile, msg: hostile });
  });

  test('holds no secrets, up to two objects deep', () => {
    const { logger, lines, copies } = capture();
    const secrets = {
      authorization: 'Bearer s3cret',
      token: 's3cret',
      cookie: 'a=s3cret',
      'set-cookie': 's3cret',
    };
    logger.info({ ...secrets, headers: secrets, req: { headers: secrets } }, 'request');
    logger.child({ token: 's3cret' }).warn('child');
    expect(lines).toHaveLength(2);
    expect(`${lines.join('')}${JSON.stringify(copies)}`).not.toContain('s3cret');
    expect(lines[0]).toContain('"authorization":"[redacted]"');
  });
});

describe('a listener', () => {
  test('is given each line from info on, parsed', () => {
    const { logger, copies } = capture();
    logger.trace('no');
    logger.debug('no');
    logger.info({ client_id: 'c1' }, 'one');
    logger.child({ part: 'x' }).error(new Error('boom'), 'two');
    expect(copies).toMatchObject([
      { level: 'info', client_id: 'c1', msg: 'one' },
      { level: 'error', part: 'x', msg: 'two', err: { message: 'boom' } },
    ]);
  });

  test('is not given what is logged quietly, though it is written', () => {
    const { quiet, lines, copies } = capture();
    quiet.error('cannot publish');
    expect(lines).toHaveLength(1);
    expect(copies).toEqual([]);
  });

  test('that logs is not called again for it', () => {
    const { logger, lines, listen } = capture();
    let calls = 0;
    listen(() => {
      calls++;
      logger.info('again');
    });
    logger.info('once');
    expect(calls).toBe(1);
    expect(lines).toHaveLength(2);
    logger.info('twice');
    expect(calls).toBe(2);
  });

  test('that throws does not disturb who logs', () => {
    const { logger, lines, listen } = capture();
    listen(() => {
      throw new Error('no');
    });
    logger.info('one');
    expect(lines).toHaveLength(1);
  });

  test('that has ended is called no more', () => {
    const { logger, listen } = capture();
    const messages: unknown[] = [];
    const end = listen((record) => messages.push(record['msg']));
    logger.info('one');
    end();
    end();
    logger.info('two');
    expect(messages).toEqual(['one']);
  });

  test('is told of a line that is too long to be copied', () => {
    const { logger, lines, copies } = capture();
    logger.info('x'.repeat(100_000));
    expect(lines[0]?.length).toBeGreaterThan(100_000);
    expect(copies).toEqual([{ level: 'warn', msg: expect.stringContaining('too long to be copied') }]);
  });
});
