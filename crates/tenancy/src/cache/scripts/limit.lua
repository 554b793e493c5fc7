-- The generic cell rate algorithm: one number per subject, the time at which it will have nothing left to pay for.
-- KEYS: subject   ARGV: microseconds for each, microseconds of the burst, cost
-- Answers {allowed, remaining, microseconds until it may be asked again, microseconds until all is there again}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.pcall('GET', KEYS[1])
local due = type(held) == 'string' and tonumber(held) or now
-- What is further ahead than the burst is of a larger one, or none of ours.
if not (due >= now) then due = now elseif due > now + burst then due = now + burst end
local ahead = due + each * cost - now
if ahead > burst then
  return {0, math.floor((burst - (due - now)) / each + 0.000001), math.ceil(ahead - burst), math.ceil(due - now)}
end
if cost > 0 then redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000) + 1) end
return {1, math.floor((burst - ahead) / each + 0.000001), 0, math.ceil(ahead)}
