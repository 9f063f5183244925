// Holds a transaction's claims for as long as it lives.
#pragma once

#include <utility>
#include <vector>

#include "emulator/transactions/claims.h"

namespace stator {

class ClaimGuard {
 public:
  ClaimGuard(Claims& claims, std::vector<ClaimKey> keys) : claims_(claims), keys_(std::move(keys)) {}
  ~ClaimGuard() {
    if (held_) claims_.release(keys_);
  }
  ClaimGuard(const ClaimGuard&) = delete;
  ClaimGuard& operator=(const ClaimGuard&) = delete;

  // False, with `conflicts` set for the keys that others hold, unless it waits.
  bool claim(bool wait, std::vector<bool>& conflicts) {
    if (wait) claims_.claim_waiting(keys_);
    held_ = wait || claims_.claim(keys_, conflicts);
    return held_;
  }

 private:
  Claims& claims_;
  std::vector<ClaimKey> keys_;
  bool held_ = false;
};

}  // namespace stator
