#include "emulator/gateway/authorizers/lambda_answer.h"

#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

bool read_context(const JsonValue& answer, bool text_only, LambdaAnswer& out) {
  const JsonValue* context = answer.find("context");
  if (!context) return true;
  if (!context->is_object()) {
    out.problem = "context: expected an object";
    return false;
  }
  for (const JsonMember& m : context->members()) {
    const bool nested = m.value.is_array() || m.value.is_object();
    if (nested && text_only) {
      out.problem = "context." + std::string(m.name) + ": lists and objects are not allowed";
      return false;
    }
    ContextMember& member = out.context.emplace_back();
    member.name = m.name;
    append_json(m.value, member.json);
    member.text = m.value.is_string() ? std::string(m.value.text()) : member.json;
  }
  return true;
}

}  // namespace

LambdaAnswer read_policy_answer(std::string_view payload, bool text_only) {
  LambdaAnswer out;
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object()) {
    out.problem = "expected an object with principalId and policyDocument";
    return out;
  }
  const JsonValue* principal = parsed.root.find("principalId");
  const JsonValue* document = parsed.root.find("policyDocument");
  const JsonValue* key = parsed.root.find("usageIdentifierKey");
  if (!principal || !(principal->is_string() || principal->is_number()) || principal->text().empty()) {
    out.problem = "expected principalId, a string";
    return out;
  }
  out.principal_id = principal->text();
  if (key && key->is_string()) out.usage_identifier_key = key->text();
  if (!document) {
    out.problem = "expected policyDocument";
    return out;
  }
  std::string fault;
  out.policy = policy::Policy::read(*document, policy::PolicyKind::kIdentity, fault);
  if (!out.policy) {
    out.problem = "policyDocument: " + fault;
    return out;
  }
  read_context(parsed.root, text_only, out);
  return out;
}

LambdaAnswer read_simple_answer(std::string_view payload) {
  LambdaAnswer out;
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  const JsonValue* authorized = parsed.fault == JsonFault::kNone ? parsed.root.find("isAuthorized") : nullptr;
  if (!authorized || !authorized->is_bool()) {
    out.problem = "expected isAuthorized, true or false";
    return out;
  }
  out.authorized = authorized->boolean();
  read_context(parsed.root, false, out);
  return out;
}

std::string error_message_of(std::string_view payload) {
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  const JsonValue* message = parsed.fault == JsonFault::kNone ? parsed.root.find("errorMessage") : nullptr;
  return message && message->is_string() ? std::string(message->text()) : std::string();
}

}  // namespace stator::gateway
