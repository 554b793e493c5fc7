-- Ends a lease or a lock, if it is still the caller's.
-- KEYS: lease   ARGV: token
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1])
return 1
