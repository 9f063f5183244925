// A JSON Web Token in its compact form, taken apart; and its claims, judged and written as strings. Pure: the key, the
// time and the rules are the caller's. Whether the signature is good is KeySet's to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json/json_value.h"

namespace stator::gateway {

std::optional<std::string> decode_base64url(std::string_view text);

struct Jwt {
  std::string algorithm;  // "alg"
  std::string key_id;     // "kid"
  std::string claims;     // a JSON object
  std::string signed_text;
  std::string signature;
};

// `problem`: why it is none, in words for a client.
std::optional<Jwt> decode_jwt(std::string_view token, std::string& problem);

struct TokenRules {
  std::string issuer;
  std::vector<std::string> audience;  // empty: any
  int64_t now_seconds = 0;
};

// Empty when the claims hold, or why they do not, in words for a client. Claims in the order issuer, times, audience.
std::string judge_claims(const JsonValue& claims, const TokenRules& rules);

// The names in "scope" (parted by blanks) or "scp" (a list or the same).
std::vector<std::string> token_scopes(const JsonValue& claims);
// Those of `wanted` that the token has.
std::vector<std::string> granted_scopes(const JsonValue& claims, const std::vector<std::string>& wanted);

using ClaimList = std::vector<std::pair<std::string, std::string>>;
// As HTTP APIs write claims: lists as "[a b]", objects as "map[a:1]".
ClaimList claims_for_http(const JsonValue& claims);
// As REST APIs do: lists as "a,b", "exp" and "iat" as dates ("Tue Apr 21 15:08:21 UTC 2020").
ClaimList claims_for_rest(const JsonValue& claims);

}  // namespace stator::gateway
