import { type Script, script } from './scripts.ts';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = string.format('%.0f', now)
`;

/**
 * Revokes an id. Answers 1, or 0 where as many are revoked as may be. Keys: revoked, version. Arguments: id, when it is
 * over, bound, a version that was never used before.
 */
export const REVOKE: Script = script(`${NOW}
local revoked, version = KEYS[1], KEYS[2]
redis.call('ZREMRANGEBYSCORE', revoked, '-inf', over)
local known = redis.call('ZSCORE', revoked, ARGV[1])
if not known and redis.call('ZCARD', revoked) >= tonumber(ARGV[3]) then return 0 end
if not known or tonumber(known) < tonumber(ARGV[2]) then redis.call('ZADD', revoked, ARGV[2], ARGV[1]) end
redis.call('SET', version, ARGV[4])
return 1
`);

/** Whether any of the ids is revoked. Keys: revoked. Arguments: ids. */
export const IS_REVOKED: Script = script(`${NOW}
for _, id in ipairs(ARGV) do
  local known = redis.call('ZSCORE', KEYS[1], id)
  if known and tonumber(known) > now then return 1 end
end
return 0
`);

/** The version, and where that is another one, ids and when they are over in turn. Keys: revoked, version. */
export const REVOCATIONS: Script = script(`${NOW}
local version = redis.call('GET', KEYS[2]) or 'none'
if version == ARGV[1] then return { version } end
return { version, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. over, '+inf', 'WITHSCORES') }
`);

// A bounded number of those whose time is over goes with each new one; all of them go with the keys, in the end.
const PRUNED = 100;

/** Keeps a ticket. Answers 1, or 0 where too many wait. Keys: tickets, expiries. Arguments: id, text, until, bound. */
export const KEEP_TICKET: Script = script(`${NOW}
local tickets, expiries = KEYS[1], KEYS[2]
local gone = redis.call('ZRANGEBYSCORE', expiries, '-inf', over, 'LIMIT', 0, ${PRUNED})
for _, id in ipairs(gone) do
  redis.call('HDEL', tickets, id)
  redis.call('ZREM', expiries, id)
end
if redis.call('ZCARD', expiries) >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', tickets, ARGV[1], ARGV[2])
redis.call('ZADD', expiries, ARGV[3], ARGV[1])
for _, key in ipairs(KEYS) do
  local left = redis.call('PTTL', key)
  local wanted = tonumber(ARGV[3]) - now
  if left < wanted then redis.call('PEXPIRE', key, string.format('%.0f', math.max(wanted, 1))) end
end
return 1
`);

/** Takes a ticket: its text, or nothing. Keys: tickets, expiries. Argument: id. */
export const TAKE_TICKET: Script = script(`${NOW}
local text = redis.call('HGET', KEYS[1], ARGV[1])
local expiry = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if text and expiry and tonumber(expiry) > now then return text end
return false
`);
