import { createHash } from 'node:crypto';

/** A Lua script: one atomic step in Redis. All take the four keys of a log, in the order of `LogKeys`. */
export interface Script {
  readonly text: string;
  /** What `EVALSHA` knows it by. */
  readonly sha: string;
}

/** A script from its text. */
export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

// `epoch`, `last`: those of the log; a log without a head is begun. `candidate` becomes its epoch, and its first
// position. Where only the head is lost (evicted, deleted), the stream's own last id is the place to go on from.
// XLEN comes first: a key of another type is an error before anything is written.
const HEAD = `
local events, head, keys, queue = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function digits(number) return string.format('%.0f', number) end
local function generated()
  local info = redis.pcall('XINFO', 'STREAM', events)
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then return info[at + 1] end
  end
  return '0-0'
end
local function begin(candidate)
  redis.call('XLEN', events)
  local known = redis.call('HMGET', head, 'epoch', 'last')
  if known[1] and known[2] then return known[1], known[2] end
  local last = generated()
  if last == '0-0' then last = candidate end
  redis.call('HSET', head, 'epoch', candidate, 'born', digits(now), 'last', last)
  return candidate, last
end
`;

// An id is two numbers.
const IDS = `
local function halves(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function isLater(a, b)
  local ms, seq = halves(a)
  local otherMs, otherSeq = halves(b)
  return ms > otherMs or (ms == otherMs and seq > otherSeq)
end
`;

/**
 * Begins a log that is none yet. Answers epoch, last id, and which server this is.
 *
 * Arguments: candidate; then the epoch and the newest id that this process knows the log to have had, or empty texts.
 * Where a failover has lost that id, the log goes on from there: the next entry names one that is not held, and so
 * whoever lacks what was lost finds that it does, also one that was away meanwhile.
 */
export const OPEN: Script = script(`${HEAD}${IDS}
local epoch, last = begin(ARGV[1])
if epoch == ARGV[2] and isLater(ARGV[3], last) then
  last = ARGV[3]
  redis.call('HSET', head, 'last', last)
  redis.pcall('XSETID', events, last)
end
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
return { epoch, last, run }
`);

// The first id of a stream that does not exist. A stream that was deleted, and one begun anew in the same millisecond,
// would give the same ids twice, and one of them would be proof of the other. It comes after the last id ever given, by
// the server's clock like all others, and its second half is random.
const UNLIKE = `
local function unlike(last, candidate)
  return digits(math.max(now, halves(last) + 1)) .. '-' .. string.sub(candidate, 3, 14)
end
`;

/**
 * Appends events, all in order or none. An event whose idempotency key is known is not added: its first id is answered.
 *
 * An idempotency key is forgotten once its entry has left the stream and is older than the bound; a few at a time, the
 * oldest first. Arguments: candidate, maxEntries, maxAgeMs, idempotencyMs, then seven for each event.
 */
export const APPEND: Script = script(`${HEAD}${IDS}${UNLIKE}
local _, last = begin(ARGV[1])
local ids, keyed, before = {}, 0, last
local place = '*'
if redis.call('XLEN', events) == 0 and generated() == '0-0' then place = unlike(last, ARGV[1]) end
redis.call('LLEN', queue)
redis.call('HLEN', keys)
for at = 5, #ARGV, 7 do
  local key = string.sub(ARGV[at + 4], 2)
  local id = key ~= '' and redis.call('HGET', keys, key)
  if not id then
    local fields = { 'p', last, 't', ARGV[at], 'd', ARGV[at + 1] }
    if ARGV[at + 2] ~= '' then fields[#fields + 1] = 'e'; fields[#fields + 1] = string.sub(ARGV[at + 2], 2) end
    if ARGV[at + 3] ~= '' then fields[#fields + 1] = 'k'; fields[#fields + 1] = string.sub(ARGV[at + 3], 2) end
    if key ~= '' then fields[#fields + 1] = 'i'; fields[#fields + 1] = key end
    if ARGV[at + 5] ~= '' then fields[#fields + 1] = 'v'; fields[#fields + 1] = string.sub(ARGV[at + 5], 2) end
    if ARGV[at + 6] ~= '' then fields[#fields + 1] = 'c'; fields[#fields + 1] = string.sub(ARGV[at + 6], 2) end
    id = redis.call('XADD', events, 'MAXLEN', '~', ARGV[2], place, unpack(fields))
    last = id
    place = '*'
    if key ~= '' then
      redis.call('HSET', keys, key, id)
      redis.call('RPUSH', queue, id .. ' ' .. key)
      keyed = keyed + 1
    end
  end
  ids[#ids + 1] = id
end
if last ~= before then
  redis.call('HSET', head, 'last', last)
  redis.call('XTRIM', events, 'MINID', '~', digits(now - ARGV[3]))
end
local oldest
for _ = 1, keyed == 0 and 0 or 2 * keyed + 8 do
  local record = redis.call('LINDEX', queue, 0)
  if not record then break end
  local id, key = string.match(record, '^(%S+) (.*)$')
  if halves(id) >= now - ARGV[4] then break end
  if not oldest then
    local first = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
    oldest = first and first[1] or digits(now) .. '-0'
  end
  if not isLater(oldest, id) then break end
  redis.call('LPOP', queue)
  if redis.call('HGET', keys, key) == id then redis.call('HDEL', keys, key) end
end
return ids
`);

/** What an idle tail asks: drops what is too old, and answers epoch and last id. Argument: maxAgeMs. */
export const CHECK: Script = script(`${HEAD}
redis.call('XTRIM', events, 'MINID', digits(now - ARGV[1]))
return redis.call('HMGET', head, 'epoch', 'last')
`);

/** All that a proof takes, of one moment: epoch, born, last; what follows an id; the oldest. Arguments: id, limit. */
export const LOOK: Script = script(`${HEAD}
local known = redis.call('HMGET', head, 'epoch', 'born', 'last')
known[4] = redis.call('XRANGE', events, ARGV[1], '+', 'COUNT', ARGV[2])
known[5] = redis.call('XRANGE', events, '-', '+', 'COUNT', ARGV[2])
return known
`);

/** The first of the given ids that the log holds, or an empty text. Arguments: ids, the newest first. */
export const FIND: Script = script(`${HEAD}
local last = redis.call('HGET', head, 'last')
for _, id in ipairs(ARGV) do
  if id == last or #redis.call('XRANGE', events, id, id) > 0 then return id end
end
return ''
`);

/** Entries, bytes (as \`MEMORY USAGE\` estimates them, 0 where it is not allowed), oldest and newest id. */
export const STATS: Script = script(`${HEAD}
local oldest = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
local newest = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)[1]
local bytes = redis.pcall('MEMORY', 'USAGE', events)
if type(bytes) ~= 'number' then bytes = 0 end
return { redis.call('XLEN', events), bytes, oldest and oldest[1] or '', newest and newest[1] or '' }
`);
