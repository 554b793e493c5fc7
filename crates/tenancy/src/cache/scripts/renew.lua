-- Keeps a lock that is still the caller's.
-- KEYS: lock   ARGV: holder, milliseconds
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
