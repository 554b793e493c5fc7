-- Stores what was loaded, if nothing was forgotten since the lease was given.
-- KEYS: value, lease   ARGV: token, value, milliseconds
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('UNLINK', KEYS[2])
return 1
