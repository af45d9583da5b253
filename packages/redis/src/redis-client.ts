import { SseError } from '@sse/core';
import { describe } from './checks.ts';

/** A client of `redis` or `ioredis`, as far as its type needs to be known: the rest is found out when it is used. */
export interface RedisClient {
  duplicate(...parameters: never[]): unknown;
}

/** A client, or a function that makes one; it is called for each connection, so that it may give fresh credentials. */
export type RedisClientSource = RedisClient | (() => RedisClient);

/** One connection, used for one thing and thrown away when it fails. */
export interface RedisConnection {
  /** Sends a command at once and answers what Redis does; rejects while there is no connection. Keeps order. */
  send(command: readonly string[]): Promise<unknown>;
  /** Cuts it, also towards a peer that does not answer. Safe to call twice. */
  close(): void;
}

/** Opens a connection. `onLost` is called when it has gone, at least once. */
export type ConnectRedis = (onLost: (error: unknown) => void) => Promise<RedisConnection>;

export interface ConnectSettings {
  readonly connectTimeoutMs: number;
  /** A key of the log: in a cluster it says which node is meant. */
  readonly key: string;
}

type Callback = (error?: unknown) => void;

interface Emitter {
  on(event: string, listener: Callback): unknown;
}

interface NodeRedisClient extends Emitter {
  readonly options?: { readonly socket?: object };
  duplicate(overrides: object): NodeRedisClient;
  connect(): Promise<unknown>;
  sendCommand(command: readonly string[]): Promise<unknown>;
  /** Since 5. */
  destroy?(): void;
  /** In 4 the same as `destroy`. */
  disconnect?(): unknown;
}

interface NodeRedisCluster extends Omit<NodeRedisClient, 'duplicate' | 'sendCommand'> {
  duplicate(overrides: object): NodeRedisCluster;
  sendCommand(key: string, isReadonly: boolean, command: readonly string[]): Promise<unknown>;
}

interface IoRedisClient extends Emitter {
  readonly stream?: { destroy(): void };
  duplicate(...overrides: object[]): IoRedisClient;
  connect(): Promise<unknown>;
  call(name: string, ...args: string[]): Promise<unknown>;
  disconnect(): void;
}

function quietly(work: () => unknown): void {
  try {
    const result = work();
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // It was closed already.
  }
}

/**
 * How connections are duplicated: no queue while disconnected, nothing sent a second time, no reconnect. All of that
 * is done here, where it is known what a command means. Time limits are ours as well: a blocking read would break
 * those that are meant for others. Replies are those of RESP2.
 */
const NODE_REDIS = {
  disableOfflineQueue: true,
  RESP: 2,
  maintNotifications: 'disabled',
  clientSideCache: undefined,
  commandOptions: { timeout: undefined },
  pingInterval: undefined,
};

function nodeRedis(client: NodeRedisClient, settings: ConnectSettings): ConnectRedis {
  return async (onLost) => {
    const socket = {
      ...client.options?.socket,
      reconnectStrategy: false,
      connectTimeout: settings.connectTimeoutMs,
      socketTimeout: undefined,
    };
    const copy = client.duplicate({ ...NODE_REDIS, socket });
    for (const event of ['error', 'end'])
      copy.on(event, (error) => onLost(error ?? new Error('Connection ended')));
    const close = (): void => quietly(() => (copy.destroy ?? copy.disconnect)?.call(copy));
    await copy.connect().catch((error: unknown) => {
      close();
      throw error;
    });
    return { send: (command) => copy.sendCommand(command), close };
  };
}

function nodeRedisCluster(client: NodeRedisCluster, settings: ConnectSettings): ConnectRedis {
  return async (onLost) => {
    const { maintNotifications: _, clientSideCache: __, commandOptions: ___, ...defaults } = NODE_REDIS;
    const copy = client.duplicate({ RESP: 2, defaults: { ...defaults, maintNotifications: 'disabled' } });
    for (const event of ['error', 'node-error', 'disconnect']) copy.on(event, (error) => onLost(error));
    const close = (): void => quietly(() => (copy.destroy ?? copy.disconnect)?.call(copy));
    await copy.connect().catch((error: unknown) => {
      close();
      throw error;
    });
    return { send: (command) => copy.sendCommand(settings.key, false, command), close };
  };
}

const IO_REDIS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableAutoPipelining: false,
  retryStrategy: null,
  reconnectOnError: null,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  keyPrefix: '',
  readOnly: false,
  protocol: 2,
};

function ioRedis(client: IoRedisClient, settings: ConnectSettings, isCluster: boolean): ConnectRedis {
  return async (onLost) => {
    const overrides = { ...IO_REDIS, connectTimeout: settings.connectTimeoutMs };
    const copy = isCluster
      ? client.duplicate([], {
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: null,
          keyPrefix: '',
          redisOptions: { ...overrides, lazyConnect: undefined },
        })
      : client.duplicate(overrides);
    let failure: unknown;
    copy.on('error', (error) => {
      failure = error;
      onLost(error);
    });
    copy.on('close', () => onLost(failure ?? new Error('Connection closed')));
    const close = (): void => {
      quietly(() => copy.disconnect());
      // `disconnect` asks politely; a peer that does not answer would keep the socket.
      quietly(() => copy.stream?.destroy());
    };
    await copy.connect().catch((error: unknown) => {
      close();
      throw failure ?? error;
    });
    return { send: ([name = '', ...args]) => copy.call(name, ...args), close };
  };
}

function has(client: object, ...methods: readonly string[]): boolean {
  return methods.every((name) => typeof (client as Record<string, unknown>)[name] === 'function');
}

function connectorOf(client: unknown, settings: ConnectSettings): ConnectRedis {
  if (typeof client === 'object' && client !== null && has(client, 'duplicate', 'connect', 'on')) {
    if (has(client, 'call', 'disconnect'))
      return ioRedis(
        client as IoRedisClient,
        settings,
        (client as { isCluster?: unknown }).isCluster === true,
      );
    if (has(client, 'sendCommand', 'nodeClient'))
      return nodeRedisCluster(client as NodeRedisCluster, settings);
    if (has(client, 'sendCommand', 'multi') && !has(client, 'acquire'))
      return nodeRedis(client as NodeRedisClient, settings);
  }
  throw new SseError(
    'invalid-option',
    `Expected \`client\` to be a client or a cluster of \`redis\` (4 or newer) or \`ioredis\` (5 or newer), or a function that makes one, got ${describe(client)}`,
  );
}

/** Ends a client that was made only to be duplicated: one of ioredis may have begun to connect. */
function discard(client: RedisClient): void {
  quietly(() => (client as unknown as Emitter).on('error', () => undefined));
  if (has(client, 'call')) quietly(() => (client as unknown as IoRedisClient).disconnect());
}

/**
 * How to open connections like those of `source`.
 *
 * @throws SseError `invalid-option` for what is no client; where `source` is a function, when it is called.
 */
export function connectorFor(source: RedisClientSource, settings: ConnectSettings): ConnectRedis {
  if (typeof source !== 'function') return connectorOf(source, settings);
  return (onLost) => {
    const template = source();
    const connect = connectorOf(template, settings);
    try {
      return connect(onLost);
    } finally {
      discard(template);
    }
  };
}
