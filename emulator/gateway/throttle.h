// A token bucket: `rate` a second, `burst` at once. Any thread. Time is the caller's (steady, in microseconds).
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace stator::gateway {

class TokenBucket {
 public:
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

  bool take(int64_t now_us) {
    const std::lock_guard lock(mutex_);
    if (last_us_ != 0)
      tokens_ = std::min(burst_, tokens_ + rate_ * static_cast<double>(std::max<int64_t>(0, now_us - last_us_)) / 1e6);
    last_us_ = now_us;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  std::mutex mutex_;
  const double rate_;
  const double burst_;
  double tokens_;
  int64_t last_us_ = 0;
};

}  // namespace stator::gateway
