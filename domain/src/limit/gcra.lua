-- Counts one more under KEYS[1] if that is within the rate; gives how many microseconds to wait if it isn't, and 0 if it is.
-- ARGV: the microseconds between two, how many may come at once, and the time if it isn't Redis' own.
-- What is kept is when the next one would be due if they came evenly; who is ahead of that by the whole burst waits.
local step, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + step
local wait = due - step * burst - now
if wait > 0 then
  return wait
end
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
return 0
