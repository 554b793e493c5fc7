-- Gives what is stored, or the leave to load it.
-- KEYS: value, lease, tags...   ARGV: token, milliseconds of the lease, milliseconds until value and lease are gone, 1: only when nothing is stored
-- Answers {1, value} | {2} the lease is yours | {3} somebody else's
if ARGV[4] == '1' then
  local held = redis.pcall('GET', KEYS[1])
  if type(held) == 'string' then return {1, held} end
  -- Another type under a name of ours is nobody's.
  if type(held) == 'table' then redis.call('UNLINK', KEYS[1]) end
end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('PTTL', KEYS[2]) >= 0 then return {3} end
  -- A lease always ends: this is none.
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
if #KEYS > 2 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for at = 3, #KEYS do
    redis.call('ZREMRANGEBYSCORE', KEYS[at], '-inf', now)
    redis.call('ZADD', KEYS[at], now + ARGV[3], KEYS[1])
    if redis.call('PTTL', KEYS[at]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[at], ARGV[3]) end
  end
end
return {2}
