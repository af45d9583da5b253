import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { accessLog, MAX_LINES_PER_SECOND } from './access-log.ts';

/** A request and its response, as far as a line of the log looks at them. */
function exchange(): { readonly request: Request; readonly response: Response } {
  const request = { method: 'GET', originalUrl: '/health', ip: '127.0.0.1', get: () => undefined };
  const response = Object.assign(new EventEmitter(), {
    headersSent: true,
    statusCode: 200,
    getHeader: () => 'id',
  });
  return { request: request as unknown as Request, response: response as unknown as Response };
}

test('a flood leaves as many lines a second as it may, and the next one says how many there were besides', () => {
  let clock = 0;
  const lines: Record<string, unknown>[] = [];
  const logger = { info: (line: Record<string, unknown>) => void lines.push(line) };
  const log = accessLog({ logger: logger as never, elapsed: () => clock });
  const ask = (): void => {
    const { request, response } = exchange();
    log(request, response, () => undefined);
    response.emit('close');
  };
  for (let n = 0; n < MAX_LINES_PER_SECOND + 50; n++) ask();
  expect(lines).toHaveLength(MAX_LINES_PER_SECOND);
  clock = 1_000;
  ask();
  ask();
  expect(lines.slice(MAX_LINES_PER_SECOND).map((line) => line['held_back'])).toEqual([50, undefined]);
});
