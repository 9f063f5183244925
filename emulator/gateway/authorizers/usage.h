// API keys and usage plans at work: which key may call which stage, how fast and how often. Counts are this process's
// and are kept over a change of the templates; they are forgotten when it ends.
//
// Any thread. Time is the caller's: steady microseconds for rates, the wall clock for quotas (a day begins at midnight
// UTC, a week on Sunday, a month on its first day).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/control/usage_counts.h"
#include "emulator/gateway/throttle.h"

namespace stator::gateway {

enum class UsageVerdict : uint8_t { kAdmitted, kInvalidKey, kThrottled, kQuotaExceeded };

struct UsageRequest {
  std::string_view key;  // the value that was sent
  std::string_view api_id;
  std::string_view stage;
  std::string method;  // "/pets/{id}/GET"
  int64_t steady_us = 0;
  int64_t now_ms = 0;
};

class Usage {
 public:
  // Replaces keys and plans.
  void set(std::vector<ApiKey> keys, std::vector<UsagePlan> plans);

  struct Answer {
    UsageVerdict verdict = UsageVerdict::kInvalidKey;
    std::string key_id;
  };
  // Counts the request when it is admitted.
  Answer admit(const UsageRequest& request);

  // What a key has used on each of these days, and what was left of the plan's quota then.
  std::vector<UsageDay> days(std::string_view plan_id, std::string_view key_id, int64_t first_day,
                             int64_t last_day) const;
  // Sets what is left in the plan's period that holds `now_ms`; nothing where the plan has no quota.
  void grant(std::string_view plan_id, std::string_view key_id, int64_t remaining, int64_t now_ms);
  // True when some key may call the stage.
  bool has_key_for(std::string_view api_id, std::string_view stage) const;

 private:
  struct Count {
    int64_t period = 0;
    int64_t used = 0;                  // in the period, of the quota
    std::map<int64_t, UsageDay> days;  // those with a request or a grant
  };
  struct Bucket {
    Throttle limits;
    std::unique_ptr<TokenBucket> tokens;
  };

  const UsagePlan* plan_for(const ApiKey& key, std::string_view api_id, std::string_view stage) const;
  // The count of that key in the period that holds the time.
  Count& count_in_period(const UsagePlan& plan, std::string_view key_id, int64_t now_ms);
  bool take(const std::string& name, const Throttle& limits, int64_t now_us);

  mutable std::mutex mutex_;
  std::vector<ApiKey> keys_;
  std::vector<UsagePlan> plans_;
  std::map<std::string, Bucket> buckets_;  // by plan, key and method
  std::map<std::string, Count> counts_;    // by plan and key
};

// The period of that kind that holds the time, as a number that grows by one with each.
int64_t quota_period(std::string_view kind, int64_t now_ms);

}  // namespace stator::gateway
