-- Adds a write to a tenant's queue, and stores the value that it will write.
-- KEYS: queue, value, lease   ARGV: limit, group, write's key, id, value, value as stored, milliseconds
-- Answers its place, or false when the queue is full.
local length = redis.call('XLEN', KEYS[1])
if length >= tonumber(ARGV[1]) then return false end
local place = redis.call('XADD', KEYS[1], '*', 'key', ARGV[3], 'id', ARGV[4], 'value', ARGV[5])
if length == 0 then redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[2], '0') end
-- Whoever loads it from PostgreSQL just now finds what was there before.
redis.call('UNLINK', KEYS[3])
redis.call('SET', KEYS[2], ARGV[6], 'PX', ARGV[7])
return place
