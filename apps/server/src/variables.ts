/** One environment variable, as `--help` and the README show it. */
export interface Variable {
  readonly name: string;
  /** The text that stands for an absent or empty variable; `''` where absence means something of its own. */
  readonly default: string;
  /** What a number counts; `''` for words. */
  readonly unit: string;
  readonly description: string;
}

type Row = readonly [name: string, fallback: string, unit: string, description: string];

const ROWS: readonly Row[] = [
  ['HOST', '0.0.0.0', '', 'Address to listen on'],
  ['PORT', '8000', '', 'Port to listen on; 0 takes any free one'],
  ['WORKERS', '1', '', 'Processes that share the port, or auto for one a core; not with STORE=memory'],
  ['LOG_LEVEL', 'info', '', 'trace, debug, info, warn, error, fatal or silent'],
  ['MAX_QUEUE_SIZE', '100', 'events', 'Events that may wait for one client'],
  ['MAX_QUEUE_BYTES', '1048576', 'bytes', 'Bytes that may wait for one client'],
  [
    'QUEUE_POLICY',
    'disconnect',
    '',
    'Past that bound: disconnect, drop-oldest, or latest (newest of each key)',
  ],
  ['STALL_TIMEOUT', '30', 's', 'A client that takes nothing for so long is ended'],
  ['STORE', 'lmdb', '', 'Where the history is: memory, lmdb (survives a restart), redis (many servers)'],
  ['DATA_DIR', 'data', '', 'Folder of the store lmdb; made if absent'],
  ['DURABILITY', 'disk', '', 'What an event in lmdb survives: disk (a power cut) or os (a kill)'],
  ['REDIS_URL', 'redis://localhost:6379', '', 'The Redis or Valkey of the store redis'],
  ['REDIS_PREFIX', 'sse', '', 'Servers with the same prefix on one Redis share one history'],
  ['HISTORY_SIZE', '1000', 'events', 'How many events are kept for replay'],
  ['HISTORY_BYTES', '16777216', 'bytes', 'How much is kept for replay'],
  ['HISTORY_MAX_AGE', '86400', 's', 'How long an event is kept for replay'],
  ['HEARTBEAT_INTERVAL', '30', 's', 'Time between heartbeats; 0.05 or more'],
  ['RETRY_MS', '5000', 'ms', 'When a browser reconnects; spread by 20 % a client'],
  ['MAX_CONNECTION_AGE', '86400', 's', 'A connection is ended after 80 to 100 % of it, and resumes'],
  ['MAX_CLIENTS', '20000', 'clients', 'Connections at the same time'],
  ['MAX_CLIENTS_PER_ADDRESS', '1000', 'clients', 'Streams from one address (IPv6: /64); 0 for any number'],
  ['MAX_CLIENTS_PER_USER', '1000', 'clients', 'Streams of one user, the sub of a token; 0 for any'],
  ['MAX_REPLAY_READS', '16', '', 'Reads of the history for replays at the same time; more wait'],
  ['CORS_ORIGIN', '*', '', 'Origins that may read the stream: *, or a comma-separated list'],
  ['CORS_CREDENTIALS', 'false', '', 'true lets browsers send cookies; needs a list in CORS_ORIGIN'],
  ['PUBLISH_TOKEN', '', '', 'Bearer token for publishing, 16 characters or more; made at start if absent'],
  ['JWT_SECRET', '', '', 'Secret of 32 bytes or more (HS256); with a key, reading needs a token'],
  ['JWT_KEY', '', '', 'Public key that checks tokens instead: PEM, JWK, or the path of a file'],
  ['JWT_JWKS_URL', '', '', 'Address of a set of such keys, of an identity provider'],
  ['JWT_ALGORITHMS', '', '', 'What tokens may be signed with, such as RS256; by default what fits the key'],
  ['JWT_ISSUER', '', '', 'What iss of a token has to be'],
  ['JWT_AUDIENCE', '', '', 'What aud of a token has to name'],
  ['AUTH_COOKIE', '', '', 'Name of a cookie that carries the token, for streams of pages in CORS_ORIGIN'],
  ['MAX_AUTH_TRIES', '60', '', 'Wrong tokens and tickets of one address in a minute; then 429'],
  ['TRUST_PROXY', '', '', 'Proxies before the server: how many, or their addresses such as 10.0.0.0/8'],
  ['ALLOWED_HOSTS', '', '', 'Names that Host has to be one of; on the loopback localhost by default'],
  ['MAX_BODY_BYTES', '262144', 'bytes', 'Size of one publish request'],
  ['MAX_BATCH', '1000', 'events', 'Events in one publish request'],
  ['MAX_PUBLISHES', '0', '', 'Publish requests of one user in a minute; then 429. 0 for any number'],
  ['DRAIN_SECONDS', '5', 's', 'Time that a shutdown takes at most'],
  ['PRODUCERS', 'all', '', 'none turns metric, log and alert events off'],
  ['LOG_FILE', '', '', 'File whose new lines become log events, followed across rotation'],
  ['METRIC_INTERVAL', '1', 's', 'Time between metric events'],
  [
    'ALERT_RULES',
    'cpu_usage:90:75,memory_usage:90:85,event_loop_lag_ms:200:100',
    '',
    'Comma-separated metric:raise:clear, or none',
  ],
  ['DEMO', 'on', '', 'off takes the page at /demo away'],
  ['ACCESS_LOG', 'off', '', 'on leaves one line for each request, without its query'],
  ['METRICS_PORT', '', '', 'Port of /metrics and of nothing else; on PORT with the rest if absent'],
  ['METRICS_HOST', '127.0.0.1', '', 'Address that METRICS_PORT listens on'],
];

/** Every environment variable that the server reads, in the order of `--help`. */
export const VARIABLES: readonly Variable[] = Object.freeze(
  ROWS.map(([name, fallback, unit, description]) =>
    Object.freeze({ name, default: fallback, unit, description }),
  ),
);
