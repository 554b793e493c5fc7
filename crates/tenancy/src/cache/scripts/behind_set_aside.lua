-- Puts a write that can't be done where a person may look at it.
-- KEYS: queue, set aside   ARGV: group, place
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found > 0 then redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', unpack(found[1][2])) end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return #found
