import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { VARIABLES } from './variables.ts';

function refusal(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error(`${JSON.stringify(env)} was accepted`);
}

test('an empty environment gives the documented defaults', () => {
  expect(loadConfig({})).toEqual({
    host: '0.0.0.0',
    port: 8000,
    workers: 1,
    logLevel: 'info',
    maxQueueSize: 100,
    maxQueueBytes: 1_048_576,
    queuePolicy: 'disconnect',
    stallTimeoutMs: 30_000,
    store: 'lmdb',
    dataDir: 'data',
    durability: 'disk',
    redisUrl: 'redis://localhost:6379',
    redisPrefix: 'sse',
    historySize: 1_000,
    historyBytes: 16_777_216,
    historyMaxAgeMs: 86_400_000,
    heartbeatMs: 30_000,
    retryMs: 5_000,
    maxConnectionAgeMs: 86_400_000,
    maxClients: 20_000,
    maxClientsPerAddress: 1_000,
    maxClientsPerUser: 1_000,
    maxReplayReads: 16,
    corsOrigin: '*',
    corsCredentials: false,
    publishToken: undefined,
    auth: undefined,
    maxAuthTries: 60,
    trustProxy: undefined,
    allowedHosts: [],
    maxBodyBytes: 262_144,
    maxBatch: 1_000,
    maxPublishes: 0,
    drainMs: 5_000,
    producers: 'all',
    logFile: undefined,
    metricIntervalMs: 1_000,
    alertRules: [
      { name: 'cpu_usage', raise: 90, clear: 75 },
      { name: 'memory_usage', raise: 90, clear: 85 },
      { name: 'event_loop_lag_ms', raise: 200, clear: 100 },
    ],
    demo: 'on',
    accessLog: 'off',
    metricsHost: '127.0.0.1',
    metricsPort: undefined,
  } satisfies Config);
});

test('an empty text counts as unset, for every variable', () => {
  const empty = Object.fromEntries(VARIABLES.map(({ name }) => [name, '']));
  expect(loadConfig(empty)).toEqual(loadConfig({}));
});

test('every variable of the table is read, and nothing else is', () => {
  const read = new Set<string>();
  loadConfig(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
  expect([...read]).toEqual(VARIABLES.map(({ name }) => name));
  for (const { name } of VARIABLES) expect(() => loadConfig({ [name]: '\0' }), name).toThrow(`\`${name}\``);
});

test('every variable can be set', () => {
  const config = loadConfig({
    HOST: '::1',
    PORT: '0',
    LOG_LEVEL: 'DEBUG',
    QUEUE_POLICY: 'drop-oldest',
    HEARTBEAT_INTERVAL: '0.05',
    CORS_ORIGIN:
      'https://App.example.com:443, http://localhost:3000,capacitor://localhost,http://localhost:3000',
    CORS_CREDENTIALS: '1',
    PUBLISH_TOKEN: 'sixteen-letters!',
    JWT_SECRET: 'x'.repeat(64),
    JWT_ALGORITHMS: 'HS256, HS512',
    JWT_AUDIENCE: 'hub',
    AUTH_COOKIE: '__Host-sse',
    TRUST_PROXY: 'loopback,10.0.0.0/8,2001:db8::/32',
    ALLOWED_HOSTS: 'events.example.com,hub',
    DRAIN_SECONDS: '0',
    PRODUCERS: 'none',
    LOG_FILE: '/var/log/app.log',
    METRIC_INTERVAL: '0.25',
    ALERT_RULES: 'none',
    DEMO: 'off',
  });
  expect(config).toMatchObject({
    host: '::1',
    port: 0,
    logLevel: 'debug',
    queuePolicy: 'drop-oldest',
    heartbeatMs: 50,
    corsOrigin: ['https://app.example.com', 'http://localhost:3000', 'capacitor://localhost'],
    corsCredentials: true,
    publishToken: 'sixteen-letters!',
    auth: {
      tokens: { secret: 'x'.repeat(64), algorithms: ['HS256', 'HS512'], audience: ['hub'] },
      cookie: '__Host-sse',
    },
    trustProxy: ['loopback', '10.0.0.0/8', '2001:db8::/32'],
    allowedHosts: ['events.example.com', 'hub'],
    drainMs: 0,
    producers: 'none',
    logFile: '/var/log/app.log',
    metricIntervalMs: 250,
    alertRules: [],
    demo: 'off',
  });
});

describe('a wrong value', () => {
  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '0x10'],
    ['PORT', '1e3'],
    ['PORT', ' 5'],
    ['PORT', '5\n'],
    ['PORT', '08'],
    ['PORT', '٣'],
    ['HOST', 'a b'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_LEVEL', 'constructor'],
    ['MAX_QUEUE_SIZE', '0'],
    ['MAX_QUEUE_SIZE', '1.5'],
    ['MAX_QUEUE_SIZE', '99999999999999999999'],
    ['HISTORY_SIZE', '0'],
    ['HEARTBEAT_INTERVAL', '0'],
    ['HEARTBEAT_INTERVAL', '0.04'],
    ['HEARTBEAT_INTERVAL', '.5'],
    ['HEARTBEAT_INTERVAL', '5s'],
    ['HEARTBEAT_INTERVAL', 'Infinity'],
    ['RETRY_MS', '2147483648'],
    ['CORS_ORIGIN', 'null'],
    ['CORS_ORIGIN', 'https://example.com/'],
    ['CORS_ORIGIN', 'https://example.com/app'],
    ['CORS_ORIGIN', 'https://user@example.com'],
    ['CORS_ORIGIN', 'https://*.example.com'],
    ['CORS_ORIGIN', 'example.com'],
    ['CORS_ORIGIN', 'https://example.com,*'],
    ['CORS_ORIGIN', 'https://example.com,'],
    ['CORS_CREDENTIALS', 'yes'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '0'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '::/0'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'proxy.example.com'],
    ['ALLOWED_HOSTS', 'example.com:80'],
    ['ALLOWED_HOSTS', 'https://example.com'],
    ['AUTH_COOKIE', 'a b'],
    ['MAX_AUTH_TRIES', '0'],
    ['PRODUCERS', 'some'],
    ['ALERT_RULES', 'cpu_usage:90'],
  ])('%s=%j is refused with one line that names it', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(/^Expected `[A-Z_]+` to be .+, got `.*`$/);
    expect(message).toContain(`\`${name}\``);
    expect(message).toContain(`got \`${JSON.stringify(value)}\``);
  });

  test('is told with what was expected', () => {
    expect(refusal({ PORT: 'abc' })).toBe('Expected `PORT` to be an integer from 0 to 65535, got `"abc"`');
  });

  test('is shown escaped and cut', () => {
    const message = refusal({ LOG_LEVEL: `\u001b[31m\u009b\u2028${'x'.repeat(1_000)}` });
    expect(message).toContain('"\\u001b[31m\\u009b\\u2028xxx');
    expect(message).toMatch(/^[\x20-\x7e…]+$/);
    expect(message.length).toBeLessThan(220);
  });

  test('of PUBLISH_TOKEN is never shown', () => {
    for (const value of ['hunter2hunter2', 'hunter2 hunter2 hunter2', `hunter2${'x'.repeat(2_000)}`]) {
      const message = refusal({ PUBLISH_TOKEN: value });
      expect(message).not.toContain('hunter2');
      expect(message).toContain(`got a secret of ${value.length} characters`);
    }
  });

  test('is found in the order of the table', () => {
    expect(refusal({ MAX_BATCH: 'x', PORT: 'x' })).toContain('`PORT`');
  });
});

test('credentials are refused together with every origin', () => {
  expect(refusal({ CORS_CREDENTIALS: 'true' })).toBe(
    'Expected `CORS_CREDENTIALS` to be `false` while `CORS_ORIGIN` is `*`, got `true`',
  );
});

test('no duration is longer than a timer can hold, and the age of history needs no timer', () => {
  const config = loadConfig({
    HEARTBEAT_INTERVAL: '99999999',
    DRAIN_SECONDS: '99999999',
    HISTORY_MAX_AGE: '2592000',
  });
  expect(config.heartbeatMs).toBe(2 ** 31 - 1);
  expect(config.drainMs).toBe(2 ** 31 - 1);
  expect(config.historyMaxAgeMs).toBe(2_592_000_000);
});
