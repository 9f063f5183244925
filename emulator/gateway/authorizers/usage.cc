#include "emulator/gateway/authorizers/usage.h"

#include <algorithm>
#include <chrono>

namespace stator::gateway {
namespace {

bool same(const Throttle& a, const Throttle& b) {
  return a.rate == b.rate && a.burst == b.burst;
}

const UsagePlanStage* stage_of(const UsagePlan& plan, std::string_view api_id, std::string_view stage) {
  for (const UsagePlanStage& each : plan.stages)
    if (each.api_id == api_id && each.stage == stage) return &each;
  return nullptr;
}

bool has_stage_key(const ApiKey& key, std::string_view api_id, std::string_view stage) {
  return std::any_of(key.stage_keys.begin(), key.stage_keys.end(), [&](const std::string& each) {
    return each == "*" || each == std::string(api_id) + "/" + std::string(stage);
  });
}

}  // namespace

int64_t quota_period(std::string_view kind, int64_t now_ms) {
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_time<milliseconds>(milliseconds(now_ms)));
  const int64_t number = day.time_since_epoch().count();
  if (kind == "WEEK") return (number + 4) / 7;  // 1970 began on a Thursday
  if (kind == "MONTH") {
    const year_month_day ymd(day);
    return static_cast<int>(ymd.year()) * 12 + static_cast<int64_t>(static_cast<unsigned>(ymd.month()));
  }
  return number;
}

void Usage::set(std::vector<ApiKey> keys, std::vector<UsagePlan> plans) {
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  plans_ = std::move(plans);
}

const UsagePlan* Usage::plan_for(const ApiKey& key, std::string_view api_id, std::string_view stage) const {
  for (const UsagePlan& plan : plans_)
    if (stage_of(plan, api_id, stage) &&
        std::find(plan.key_ids.begin(), plan.key_ids.end(), key.id) != plan.key_ids.end())
      return &plan;
  return nullptr;
}

bool Usage::take(const std::string& name, const Throttle& limits, int64_t now_us) {
  if (!limits.rate && !limits.burst) return true;
  Bucket& bucket = buckets_[name];
  if (!bucket.tokens || !same(bucket.limits, limits)) {
    const double rate = limits.rate.value_or(static_cast<double>(limits.burst.value_or(0)));
    const double burst = limits.burst ? static_cast<double>(*limits.burst) : std::max(rate, 1.0);
    bucket = {limits, std::make_unique<TokenBucket>(rate, burst)};
  }
  return bucket.tokens->take(now_us);
}

Usage::Answer Usage::admit(const UsageRequest& r) {
  if (r.key.empty()) return {};
  const std::lock_guard lock(mutex_);
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const ApiKey& k) { return k.value == r.key; });
  if (key == keys_.end() || !key->enabled) return {};
  const UsagePlan* plan = plan_for(*key, r.api_id, r.stage);
  if (!plan)
    return {has_stage_key(*key, r.api_id, r.stage) ? UsageVerdict::kAdmitted : UsageVerdict::kInvalidKey, key->id};
  const std::string name = plan->id + "/" + key->id;
  const UsagePlanStage& stage = *stage_of(*plan, r.api_id, r.stage);
  const auto own = stage.throttle.find(r.method);
  const bool passes =
      own != stage.throttle.end()
          ? take(name + "/" + std::string(r.api_id) + "/" + std::string(r.stage) + r.method, own->second, r.steady_us)
          : !plan->throttle || take(name, *plan->throttle, r.steady_us);
  if (!passes) return {UsageVerdict::kThrottled, key->id};
  Count& count = count_in_period(*plan, key->id, r.now_ms);
  const int64_t limit = plan->quota ? plan->quota->limit : 0;
  if (limit > 0 && count.used >= limit) return {UsageVerdict::kQuotaExceeded, key->id};
  ++count.used;
  UsageDay& today = count.days[quota_period("DAY", r.now_ms)];
  ++today.used;
  today.remaining = std::max<int64_t>(limit - count.used, 0);
  return {UsageVerdict::kAdmitted, key->id};
}

Usage::Count& Usage::count_in_period(const UsagePlan& plan, std::string_view key_id, int64_t now_ms) {
  const int64_t period = plan.quota ? quota_period(plan.quota->period, now_ms) : 0;
  const int64_t offset = plan.quota ? plan.quota->offset : 0;
  const auto [found, first] = counts_.try_emplace(plan.id + "/" + std::string(key_id), Count{period, offset, {}});
  Count& count = found->second;
  if (count.period != period) count.used = 0;
  count.period = period;
  return count;
}

std::vector<UsageDay> Usage::days(std::string_view plan_id, std::string_view key_id, int64_t first_day,
                                  int64_t last_day) const {
  constexpr int64_t kDayMs = 24LL * 3600 * 1000;
  const std::lock_guard lock(mutex_);
  const auto plan = std::find_if(plans_.begin(), plans_.end(), [&](const UsagePlan& p) { return p.id == plan_id; });
  const Quota* quota = plan != plans_.end() && plan->quota ? &*plan->quota : nullptr;
  const auto count = counts_.find(std::string(plan_id) + "/" + std::string(key_id));
  std::vector<UsageDay> out;
  for (int64_t day = first_day; day <= last_day; ++day) {
    UsageDay& told = out.emplace_back();
    if (quota) told.remaining = quota->limit;
    if (count == counts_.end()) continue;
    // A day without requests ends as the last one with some did, if that lies in the same period.
    auto last = count->second.days.upper_bound(day);
    if (last == count->second.days.begin()) continue;
    --last;
    if (last->first == day) told.used = last->second.used;
    if (quota && quota_period(quota->period, last->first * kDayMs) == quota_period(quota->period, day * kDayMs))
      told.remaining = last->second.remaining;
  }
  return out;
}

void Usage::grant(std::string_view plan_id, std::string_view key_id, int64_t remaining, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto plan = std::find_if(plans_.begin(), plans_.end(), [&](const UsagePlan& p) { return p.id == plan_id; });
  if (plan == plans_.end() || !plan->quota) return;
  Count& count = count_in_period(*plan, key_id, now_ms);
  count.used = plan->quota->limit - remaining;
  count.days[quota_period("DAY", now_ms)].remaining = remaining;
}

bool Usage::has_key_for(std::string_view api_id, std::string_view stage) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(keys_.begin(), keys_.end(), [&](const ApiKey& key) {
    return key.enabled && (plan_for(key, api_id, stage) || has_stage_key(key, api_id, stage));
  });
}

}  // namespace stator::gateway
