-- KEYS: queue   ARGV: group, places...
local places = {unpack(ARGV, 2)}
redis.call('XACK', KEYS[1], ARGV[1], unpack(places))
return redis.call('XDEL', KEYS[1], unpack(places))
