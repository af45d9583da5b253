import type { Client } from '@sse/core';
import { expect, test } from 'vitest';
import { clientLog } from './client-log.ts';
import { createLogger } from './logger.ts';

const client = (id: string): Client => ({
  id,
  name: 'dash',
  tags: [],
  topics: ['**'],
  connectedAt: Date.now(),
  eventsReceived: 1,
  queueSize: 100,
  queueBytes: 1,
});

test('a client is called too slow once a connection, however much it loses', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const { onOverflow, onDisconnect } = clientLog(log);
  const said = (): number => lines.filter((line) => line.includes('too slow')).length;
  for (let event = 0; event < 50; event++) onOverflow?.(client('a'), 1);
  onOverflow?.(client('b'), 1);
  expect(said()).toBe(2);
  onDisconnect?.(client('a'), 'gone');
  onOverflow?.(client('a'), 1);
  expect(said()).toBe(3);
});
