-- For wrk: sends the requests of a file (REQUESTS: a length and a newline before each) in turn, each thread from a place of its own,
-- writes a running number into each ~COUNT~~ (so that an item put again is another),
-- counts answers that are not 200 (the first is kept to show), and prints what it saw as one line of JSON.
local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  counts = {}
  local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
  while true do
    local size = file:read("*l")
    if not size then break end
    requests[#requests + 1] = file:read(tonumber(size))
    counts[#requests] = string.find(requests[#requests], "~COUNT~~", 1, true) ~= nil
  end
  file:close()
  next_one = math.floor(#requests * id / 7) % #requests
  sent = id * 50000000
  bad = 0
  first_bad = ""
end

function request()
  next_one = next_one % #requests + 1
  if not counts[next_one] then return requests[next_one] end
  sent = sent + 1
  return (string.gsub(requests[next_one], "~COUNT~~", string.format("%08d", sent)))
end

function response(status, headers, body)
  if status ~= 200 then
    if bad == 0 then first_bad = status .. " " .. string.sub(body, 1, 200) end
    bad = bad + 1
  end
end

function done(summary, latency)
  local bad_ones, example = 0, ""
  for _, thread in ipairs(threads) do
    bad_ones = bad_ones + thread:get("bad")
    if example == "" then example = thread:get("first_bad") end
  end
  local errors = summary.errors
  io.write(string.format('\n{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"bad":%d,"socket_errors":%d,"example":"%s"}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), bad_ones,
    errors.connect + errors.read + errors.write + errors.timeout, (example:gsub('[%c"\\]', " "))))
end
