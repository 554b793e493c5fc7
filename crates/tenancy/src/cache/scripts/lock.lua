-- Takes a lock and gives its fencing token, or 0. Tokens only grow: they are the time in microseconds, or one more than
-- the last one, so that they go on growing when Redis lost its data.
-- KEYS: lock, last token   ARGV: holder, milliseconds
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('PTTL', KEYS[1]) >= 0 then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = redis.pcall('GET', KEYS[2])
local fence = math.max(now, (type(last) == 'string' and tonumber(last) or 0) + 1)
redis.call('SET', KEYS[2], string.format('%.0f', fence), 'PX', 86400000)
return fence
