// What the serving side has counted of API keys and their usage plans, as the control planes ask for it. Days are
// numbered from 1970-01-01, UTC.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace stator::gateway {

struct UsageDay {
  int64_t used = 0;
  int64_t remaining = 0;  // of the plan's quota, at the day's end; 0 where the plan has none
};

struct UsageCounts {
  // One entry a day, both ends included. Empty functions: nothing is served, nothing was used.
  std::function<std::vector<UsageDay>(const std::string& plan_id, const std::string& key_id, int64_t first_day,
                                      int64_t last_day)>
      days;
  // Sets what is left of the quota in the period that holds `now_ms`.
  std::function<void(const std::string& plan_id, const std::string& key_id, int64_t remaining, int64_t now_ms)> grant;
};

}  // namespace stator::gateway
