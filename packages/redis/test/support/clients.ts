import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import { createClient as createClient4 } from 'redis4';
import { createClient as createClient5 } from 'redis5';
import type { RedisClientSource } from '../../src/index.ts';

/** Each client that is supported: how to make one for a port. None of them has connected yet. */
export const CLIENTS: Readonly<Record<string, (port: number) => RedisClientSource>> = {
  redis: (port) => createClient({ url: `redis://127.0.0.1:${port}` }),
  'redis 4': (port) => createClient4({ url: `redis://127.0.0.1:${port}` }),
  'redis 5': (port) => createClient5({ url: `redis://127.0.0.1:${port}` }),
  'ioredis 5': (port) => new Redis5({ port, host: '127.0.0.1', lazyConnect: true }),
  ioredis: (port) => new Redis({ port, host: '127.0.0.1', lazyConnect: true }),
  'a function that makes one of redis': (port) => () => createClient({ socket: { port, host: '127.0.0.1' } }),
  'a function that makes one of ioredis': (port) => () => new Redis(port, '127.0.0.1'),
};
