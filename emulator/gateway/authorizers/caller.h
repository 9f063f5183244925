// Who calls, as far as the checks before the integration found out: what a Lambda authorizer or a token said, whose
// signature or API key it is. Events and $context.authorizer.*, $context.identity.* are written from it.
//
// Plain values; written once, before the integration is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/access/identities.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {

struct ContextMember {
  std::string name;
  std::string json;  // the value as the function gave it
  std::string text;  // as a string, for payload format 1.0 and $context
};

struct Caller {
  enum class Kind : uint8_t { kUnknown, kLambda, kToken, kIam };

  Kind kind = Kind::kUnknown;
  // A Lambda authorizer's
  std::string principal_id;
  std::vector<ContextMember> context;
  int64_t latency_ms = 0;            // of its call; 0 when the result was cached
  std::string usage_identifier_key;  // the API key that it found
  // A token's
  std::vector<std::pair<std::string, std::string>> claims;
  std::vector<std::string> scopes;  // of the route, those that the token has
  // A signature's
  std::string access_key;
  std::string account;
  std::string user_id;  // requestContext.identity.caller and .user
  std::string user_arn;
  const access::Identity* identity = nullptr;  // with policies of its own; lives as long as the access control
  // An API key's
  std::string api_key;
  std::string api_key_id;
};

// The member "authorizer" of requestContext, key and value; nothing when there is none to write.
void write_rest_authorizer(JsonWriter& w, const Caller& caller);    // 1.0, REST and WebSocket
void write_http_authorizer_1(JsonWriter& w, const Caller& caller);  // 1.0, HTTP API
void write_http_authorizer_2(JsonWriter& w, const Caller& caller);  // 2.0

// $context.authorizer.NAME: "principalId", "claims.sub", a context's member; empty when there is none.
std::string authorizer_value(const Caller& caller, std::string_view name);
// $context.identity.NAME of what a Caller knows; nothing for other names.
std::optional<std::string> identity_value(const Caller& caller, std::string_view name);

}  // namespace stator::gateway
