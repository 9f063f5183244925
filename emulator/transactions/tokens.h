// ClientRequestToken: what a transaction did is remembered for ten minutes inside the transaction itself, so that a
// retry, even one after a crash, is answered and not applied twice.
//
// Each operation has tokens of its own (nubo-db/dynoxide's pull request 125): <token> below is "<operation>:<as sent>".
//
// Stored as two documents: "token"/<token> = "<expiry ms> <image bytes>,.. <fingerprint>", with the bytes of each
// action, and "token-expiry"/<expiry ms, 20 digits>.<token>, by which old ones are found and removed a few at a time,
// by whoever stores the next.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/store.h"
#include "protocol/json/json_value.h"

namespace stator {

inline constexpr int64_t kTokenLifeMs = 10 * 60 * 1000;

enum class TokenState : uint8_t { kUnknown, kSameRequest, kOtherRequest };

struct TokenRecord {
  TokenState state = TokenState::kUnknown;
  std::vector<size_t> image_bytes;  // of kSameRequest: by which each action was charged, in their order
};

// What the request asks for, in 32 hexadecimal digits.
std::string fingerprint(const JsonValue& request);

TokenRecord look_up_token(persistence::ReadTransaction& transaction, std::string_view token,
                          std::string_view fingerprint, int64_t now_ms);
void remember_token(persistence::WriteTransaction& transaction, std::string_view token, std::string_view fingerprint,
                    std::span<const size_t> image_bytes, int64_t now_ms);

}  // namespace stator
