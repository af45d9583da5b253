import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { type AlertRule, parseAlertRules } from './alert-rules.ts';
import { type AuthConfig, readAuthConfig } from './auth-config.ts';
import { ConfigError } from './config-error.ts';
import {
  choice,
  field,
  flag,
  hosts,
  integer,
  list,
  MAX_TIMER_MS,
  matching,
  origins,
  seconds,
  secret,
  trustedProxies,
} from './config-fields.ts';
import { shownValue } from './shown-value.ts';
import { VARIABLES } from './variables.ts';

export { ConfigError } from './config-error.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type QueuePolicy = 'disconnect' | 'drop-oldest' | 'latest';

/** The server's settings, checked. Durations are milliseconds, and a timer can hold each but `historyMaxAgeMs`. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly logLevel: LogLevel;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly queuePolicy: QueuePolicy;
  readonly stallTimeoutMs: number;
  readonly store: 'memory' | 'lmdb' | 'redis';
  readonly dataDir: string;
  readonly durability: 'disk' | 'os';
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly historySize: number;
  readonly historyBytes: number;
  readonly historyMaxAgeMs: number;
  readonly heartbeatMs: number;
  readonly retryMs: number;
  readonly maxConnectionAgeMs: number;
  readonly maxClients: number;
  /** 0: any number; so of the next, and of `maxPublishes`. */
  readonly maxClientsPerAddress: number;
  readonly maxClientsPerUser: number;
  readonly maxReplayReads: number;
  readonly corsOrigin: '*' | readonly string[];
  readonly corsCredentials: boolean;
  /** `undefined`: the server is to make one. */
  readonly publishToken: string | undefined;
  /** `undefined`: there are no tokens, and reading is open. */
  readonly auth: AuthConfig | undefined;
  readonly maxAuthTries: number;
  /** How many proxies stand before the server, or which; `undefined` for none. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxBatch: number;
  /** Requests of one user in a minute. */
  readonly maxPublishes: number;
  readonly drainMs: number;
  readonly producers: 'all' | 'none';
  readonly logFile: string | undefined;
  readonly metricIntervalMs: number;
  readonly alertRules: readonly AlertRule[];
  readonly demo: 'on' | 'off';
  readonly accessLog: 'on' | 'off';
  readonly metricsHost: string;
  /** `undefined`: `/metrics` is on the port of everything else. */
  readonly metricsPort: number | undefined;
}

const MIN_SECONDS = 0.05;
const PATH = /^[^\0]{1,4096}$/;
const HOST = matching('an address or a host name', /^[A-Za-z0-9._:%-]{1,255}$/);
/** Variables whose values are not for logs. */
const SECRETS = new Set(['PUBLISH_TOKEN', 'REDIS_URL', 'JWT_SECRET', 'JWT_KEY', 'JWT_JWKS_URL']);

const SCHEMA = z.object({
  HOST,
  PORT: integer(0, 65_535),
  WORKERS: field('`auto` or an integer from 1 to 256', (text) => {
    const count = text.toLowerCase() === 'auto' ? Math.min(availableParallelism(), 256) : Number(text);
    return /^(auto|[1-9]\d{0,2})$/i.test(text) && count <= 256 ? count : undefined;
  }),
  LOG_LEVEL: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  MAX_QUEUE_SIZE: integer(1),
  MAX_QUEUE_BYTES: integer(1),
  QUEUE_POLICY: choice('disconnect', 'drop-oldest', 'latest'),
  STALL_TIMEOUT: seconds(MIN_SECONDS),
  STORE: choice('memory', 'lmdb', 'redis'),
  DATA_DIR: matching('a path', PATH),
  DURABILITY: choice('disk', 'os'),
  REDIS_URL: matching(
    'an URL such as `redis://localhost:6379` or `rediss://…`',
    /^rediss?:\/\/[\x21-\x7e]{1,2000}$/,
  ),
  REDIS_PREFIX: matching('1 to 64 of the characters A-Z a-z 0-9 . _ : -', /^[A-Za-z0-9._:-]{1,64}$/),
  HISTORY_SIZE: integer(1),
  HISTORY_BYTES: integer(1),
  HISTORY_MAX_AGE: seconds(MIN_SECONDS, Number.MAX_SAFE_INTEGER), // compared with clocks, never a timer
  HEARTBEAT_INTERVAL: seconds(MIN_SECONDS),
  RETRY_MS: integer(1, MAX_TIMER_MS),
  MAX_CONNECTION_AGE: seconds(MIN_SECONDS),
  MAX_CLIENTS: integer(1),
  MAX_CLIENTS_PER_ADDRESS: integer(0),
  MAX_CLIENTS_PER_USER: integer(0),
  MAX_REPLAY_READS: integer(1),
  CORS_ORIGIN: origins(),
  CORS_CREDENTIALS: flag(),
  PUBLISH_TOKEN: secret().optional(),
  JWT_SECRET: matching('a secret of at most 4096 characters', /^[^\0]{1,4096}$/s).optional(),
  JWT_KEY: matching('a PEM or JWK, or the path of a file with one', /^[^\0]{1,16384}$/s).optional(),
  JWT_JWKS_URL: matching('an https URL', /^https?:\/\/[\x21-\x7e]{1,2000}$/).optional(),
  JWT_ALGORITHMS: list('a comma-separated list such as `RS256,ES256`', /^[A-Za-z0-9]{1,16}$/).optional(),
  JWT_ISSUER: list('one or several comma-separated issuers', /^[\x21-\x7e]{1,1024}$/).optional(),
  JWT_AUDIENCE: list('one or several comma-separated audiences', /^[\x21-\x7e]{1,1024}$/).optional(),
  AUTH_COOKIE: matching('the name of a cookie', /^[\w!#$%&'*+.^`|~-]{1,128}$/).optional(),
  MAX_AUTH_TRIES: integer(1),
  TRUST_PROXY: trustedProxies().optional(),
  ALLOWED_HOSTS: hosts().optional(),
  MAX_BODY_BYTES: integer(1),
  MAX_BATCH: integer(1),
  MAX_PUBLISHES: integer(0),
  DRAIN_SECONDS: seconds(0),
  PRODUCERS: choice('all', 'none'),
  LOG_FILE: matching('a path', PATH).optional(),
  METRIC_INTERVAL: seconds(MIN_SECONDS),
  ALERT_RULES: field(
    '`none` or a comma-separated list of metric:raise:clear such as `cpu_usage:90:75`, each metric known and named once, raise >= clear > 0',
    parseAlertRules,
  ),
  DEMO: choice('on', 'off'),
  METRICS_HOST: HOST,
  ACCESS_LOG: choice('on', 'off'),
  METRICS_PORT: integer(0, 65_535).optional(),
});

/**
 * The settings that an environment asks for; an absent or empty variable has its default.
 *
 * A duration that no timer can hold counts as the longest that one can, 24.8 days.
 *
 * @throws ConfigError for the first wrong value, in the order of `VARIABLES`.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, string | undefined> = {};
  for (const variable of VARIABLES)
    given[variable.name] = env[variable.name] || variable.default || undefined;

  const parsed = SCHEMA.safeParse(given);
  if (!parsed.success) throw toConfigError(parsed.error, given);
  const values = parsed.data;
  if (values.CORS_CREDENTIALS && values.CORS_ORIGIN === '*')
    throw new ConfigError('CORS_CREDENTIALS', '`false` while `CORS_ORIGIN` is `*`', '`true`');
  if (values.WORKERS > 1 && values.STORE === 'memory')
    throw new ConfigError(
      'WORKERS',
      '`1` while `STORE` is `memory`, where each process has a history of its own',
      `\`${values.WORKERS}\``,
    );
  if (values.METRICS_PORT === values.PORT && values.PORT !== 0)
    throw new ConfigError('METRICS_PORT', 'another port than `PORT`', `\`${values.PORT}\``);

  return {
    host: values.HOST,
    port: values.PORT,
    workers: values.WORKERS,
    logLevel: values.LOG_LEVEL,
    maxQueueSize: values.MAX_QUEUE_SIZE,
    maxQueueBytes: values.MAX_QUEUE_BYTES,
    queuePolicy: values.QUEUE_POLICY,
    stallTimeoutMs: values.STALL_TIMEOUT,
    store: values.STORE,
    dataDir: values.DATA_DIR,
    durability: values.DURABILITY,
    redisUrl: values.REDIS_URL,
    redisPrefix: values.REDIS_PREFIX,
    historySize: values.HISTORY_SIZE,
    historyBytes: values.HISTORY_BYTES,
    historyMaxAgeMs: values.HISTORY_MAX_AGE,
    heartbeatMs: values.HEARTBEAT_INTERVAL,
    retryMs: values.RETRY_MS,
    maxConnectionAgeMs: values.MAX_CONNECTION_AGE,
    maxClients: values.MAX_CLIENTS,
    maxClientsPerAddress: values.MAX_CLIENTS_PER_ADDRESS,
    maxClientsPerUser: values.MAX_CLIENTS_PER_USER,
    maxReplayReads: values.MAX_REPLAY_READS,
    corsOrigin: values.CORS_ORIGIN,
    corsCredentials: values.CORS_CREDENTIALS,
    publishToken: values.PUBLISH_TOKEN,
    auth: readAuthConfig(values),
    maxAuthTries: values.MAX_AUTH_TRIES,
    trustProxy: values.TRUST_PROXY,
    allowedHosts: values.ALLOWED_HOSTS ?? [],
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxBatch: values.MAX_BATCH,
    maxPublishes: values.MAX_PUBLISHES,
    drainMs: values.DRAIN_SECONDS,
    producers: values.PRODUCERS,
    logFile: values.LOG_FILE,
    metricIntervalMs: values.METRIC_INTERVAL,
    alertRules: values.ALERT_RULES,
    demo: values.DEMO,
    accessLog: values.ACCESS_LOG,
    metricsHost: values.METRICS_HOST,
    metricsPort: values.METRICS_PORT,
  };
}

function toConfigError(error: z.ZodError, given: Readonly<Record<string, string | undefined>>): ConfigError {
  const issue = error.issues.at(0);
  const variable = String(issue?.path[0]);
  const found = given[variable] ?? '';
  const shown = SECRETS.has(variable) ? `a secret of ${found.length} characters` : `\`${shownValue(found)}\``;
  return new ConfigError(variable, issue?.message ?? 'valid', shown);
}
