-- Forgets the next values with a tag, and takes back the leases of those that are being loaded.
-- KEYS: tag   ARGV: how many at most
-- A member is the value's key, which lies in the tag's slot.
local members = redis.call('ZPOPMIN', KEYS[1], ARGV[1])
for at = 1, #members, 2 do redis.call('UNLINK', members[at], members[at] .. '~lease') end
return #members / 2
