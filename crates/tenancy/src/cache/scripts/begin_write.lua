-- Forgets a value and takes its lease away from whoever loads it: what they loaded may be old now.
-- KEYS: value, lease   ARGV: token, milliseconds
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
