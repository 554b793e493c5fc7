-- KEYS: members by the time at which they are gone   ARGV: what, then: enter member milliseconds | who limit | count
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'enter' then
  local new = redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return new
end
if ARGV[1] == 'who' then return redis.call('ZRANGEBYSCORE', KEYS[1], now + 1, '+inf', 'LIMIT', 0, ARGV[2]) end
return redis.call('ZCARD', KEYS[1])
