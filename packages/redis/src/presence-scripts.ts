import { type Script, script } from './scripts.ts';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

// Long after its last server is gone, a deployment that will not come back leaves nothing behind.
const KEPT_MS = 24 * 60 * 60 * 1_000;

/**
 * What changed among the clients of one server, and that it lives. Answers whether it was known: where not, all that
 * was said before is lost. Keys: servers, order, clients of the server. Arguments: server, milliseconds to live, count
 * of those that have gone, these, then id, time and JSON of each that came or changed.
 */
export const UPDATE: Script = script(`${NOW}
local servers, order, clients = KEYS[1], KEYS[2], KEYS[3]
local server, gone = ARGV[1], tonumber(ARGV[3])
local known = redis.call('ZSCORE', servers, server)
redis.call('ZADD', servers, string.format('%.0f', now + ARGV[2]), server)
for at = 4, 3 + gone do
  redis.call('HDEL', clients, ARGV[at])
  redis.call('ZREM', order, server .. '/' .. ARGV[at])
end
for at = 4 + gone, #ARGV, 3 do
  redis.call('HSET', clients, ARGV[at], ARGV[at + 2])
  redis.call('ZADD', order, ARGV[at + 1], server .. '/' .. ARGV[at])
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${KEPT_MS}) end
return known and 1 or 0
`);

/** Servers whose time is over, servers that live, count of all clients, and some of these, the oldest first. */
export const PAGE: Script = script(`${NOW}
local servers, order = KEYS[1], KEYS[2]
local bound = string.format('%.0f', now)
return {
  redis.call('ZRANGEBYSCORE', servers, '-inf', bound),
  redis.call('ZRANGEBYSCORE', servers, '(' .. bound, '+inf'),
  redis.call('ZCARD', order),
  redis.call('ZRANGE', order, ARGV[1], ARGV[2])
}
`);

/** Forgets a server and its clients: one whose time is over, or one that says goodbye. Arguments: server, \`bye\`. */
export const FORGET: Script = script(`${NOW}
local servers, order, clients = KEYS[1], KEYS[2], KEYS[3]
local until_ = redis.call('ZSCORE', servers, ARGV[1])
if ARGV[2] ~= 'bye' and until_ and tonumber(until_) > now then return 0 end
for _, id in ipairs(redis.call('HKEYS', clients)) do redis.call('ZREM', order, ARGV[1] .. '/' .. id) end
redis.call('DEL', clients)
redis.call('ZREM', servers, ARGV[1])
return 1
`);

/** Calls the server that has a client. Keys: its clients, its calls. Arguments: id, milliseconds to live. */
export const CALL: Script = script(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`);
