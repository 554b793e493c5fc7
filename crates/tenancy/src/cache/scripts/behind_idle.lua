-- Takes a tenant off the list who has added nothing for a while.
-- KEYS: tenants by the time at which they last added   ARGV: milliseconds, tenant
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('ZSCORE', KEYS[1], ARGV[2])
if last and tonumber(last) + ARGV[1] < now then return redis.call('ZREM', KEYS[1], ARGV[2]) end
return 0
