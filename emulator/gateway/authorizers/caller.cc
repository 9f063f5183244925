#include "emulator/gateway/authorizers/caller.h"

namespace stator::gateway {
namespace {

void write_claims(JsonWriter& w, const Caller& caller) {
  w.key("claims").begin_object();
  for (const auto& [name, value] : caller.claims) w.key(name).string(value);
  w.end_object();
}

void write_scopes(JsonWriter& w, const Caller& caller) {
  w.key("scopes");
  if (caller.scopes.empty()) {
    w.null();
    return;
  }
  w.begin_array();
  for (const std::string& scope : caller.scopes) w.string(scope);
  w.end_array();
}

// Format 1.0 has strings only.
void write_context_1(JsonWriter& w, const Caller& caller) {
  w.begin_object();
  for (const ContextMember& m : caller.context) w.key(m.name).string(m.text);
  if (!caller.principal_id.empty()) w.key("principalId").string(caller.principal_id);
  w.key("integrationLatency").integer(caller.latency_ms);
  w.end_object();
}

void write_authorizer_1(JsonWriter& w, const Caller& caller, bool scopes) {
  if (caller.kind == Caller::Kind::kLambda) {
    w.key("authorizer");
    write_context_1(w, caller);
  } else if (caller.kind == Caller::Kind::kToken) {
    w.key("authorizer").begin_object();
    write_claims(w, caller);
    if (scopes) write_scopes(w, caller);
    w.end_object();
  }
}

}  // namespace

void write_rest_authorizer(JsonWriter& w, const Caller& caller) {
  write_authorizer_1(w, caller, false);
}

void write_http_authorizer_1(JsonWriter& w, const Caller& caller) {
  write_authorizer_1(w, caller, true);
}

void write_http_authorizer_2(JsonWriter& w, const Caller& caller) {
  switch (caller.kind) {
    case Caller::Kind::kUnknown:
      return;
    case Caller::Kind::kLambda:
      w.key("authorizer").begin_object().key("lambda").begin_object();
      for (const ContextMember& m : caller.context) w.key(m.name).raw(m.json);
      w.end_object().end_object();
      return;
    case Caller::Kind::kToken:
      w.key("authorizer").begin_object().key("jwt").begin_object();
      write_claims(w, caller);
      write_scopes(w, caller);
      w.end_object().end_object();
      return;
    case Caller::Kind::kIam:
      w.key("authorizer").begin_object().key("iam").begin_object();
      w.key("accessKey").string(caller.access_key);
      w.key("accountId").string(caller.account);
      w.key("callerId").string(caller.user_id);
      w.key("cognitoIdentity").null();
      w.key("principalOrgId").null();
      w.key("userArn").string(caller.user_arn);
      w.key("userId").string(caller.user_id);
      w.end_object().end_object();
      return;
  }
}

std::string authorizer_value(const Caller& caller, std::string_view name) {
  if (name == "principalId") return caller.principal_id;
  if (name == "integrationLatency" || name == "latency")
    return caller.kind == Caller::Kind::kLambda ? std::to_string(caller.latency_ms) : "";
  for (const std::string_view prefix : {"claims.", "jwt.claims."}) {
    if (!name.starts_with(prefix)) continue;
    for (const auto& [claim, value] : caller.claims)
      if (claim == name.substr(prefix.size())) return value;
  }
  for (const ContextMember& m : caller.context)
    if (m.name == name) return m.text;
  return {};
}

std::optional<std::string> identity_value(const Caller& caller, std::string_view name) {
  if (name == "accessKey") return caller.access_key;
  if (name == "accountId") return caller.account;
  if (name == "caller" || name == "user") return caller.user_id;
  if (name == "userArn") return caller.user_arn;
  if (name == "apiKey") return caller.api_key;
  if (name == "apiKeyId") return caller.api_key_id;
  return std::nullopt;
}

}  // namespace stator::gateway
