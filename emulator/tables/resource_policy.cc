#include "emulator/tables/resource_policy.h"

#include <algorithm>
#include <vector>

#include "protocol/error/error_catalog.h"
#include "protocol/json/json_value.h"

namespace stator {
namespace {

constexpr size_t kMaxPolicyBytes = 20 << 10;

AwsError refused(const std::string& why) {
  return errors::invalid_parameter("Invalid policy document: " + why);
}

// One text or a list of texts, none of them empty.
std::vector<std::string_view> texts(const JsonValue& value, const std::string& what) {
  std::vector<std::string_view> found;
  if (value.is_string()) found.push_back(value.text());
  if (value.is_array())
    for (const JsonValue& element : value.elements()) {
      if (!element.is_string()) throw refused(what + " must be a string or a list of strings");
      found.push_back(element.text());
    }
  if (found.empty() || std::any_of(found.begin(), found.end(), [](std::string_view text) { return text.empty(); }))
    throw refused(what + " must be a string or a list of strings");
  return found;
}

const JsonValue* one_of(const JsonValue& statement, const std::string& name, bool required) {
  const JsonValue* plain = statement.find(name);
  const JsonValue* negated = statement.find("Not" + name);
  if (plain != nullptr && negated != nullptr) throw refused("Statement must not have both " + name + " and Not" + name);
  if (required && plain == nullptr && negated == nullptr) throw refused("Missing required field " + name);
  return plain != nullptr ? plain : negated;
}

void check_principal(const JsonValue& principal) {
  if (principal.is_string()) {
    if (principal.text() != "*") throw refused("Invalid principal in policy: " + std::string(principal.text()));
    return;
  }
  if (!principal.is_object() || principal.count() == 0) throw refused("Invalid principal in policy");
  for (const JsonMember& member : principal.members()) {
    if (member.name != "AWS" && member.name != "Service" && member.name != "Federated" &&
        member.name != "CanonicalUser")
      throw refused("Invalid principal in policy: " + std::string(member.name));
    texts(member.value, "Principal");
  }
}

void check_actions(const JsonValue& actions) {
  std::string invalid;
  for (std::string_view action : texts(actions, "Action")) {
    if (action == "*" || action.starts_with("dynamodb:")) continue;
    if (!invalid.empty()) invalid += ", ";
    invalid += '"' + std::string(action) + '"';
  }
  if (!invalid.empty()) throw refused("The following action names are invalid: " + invalid);
}

void check_statement(const JsonValue& statement) {
  if (!statement.is_object()) throw refused("Statement must be an object or a list of objects");
  for (const JsonMember& member : statement.members())
    if (member.name != "Sid" && member.name != "Effect" && member.name != "Principal" &&
        member.name != "NotPrincipal" && member.name != "Action" && member.name != "NotAction" &&
        member.name != "Resource" && member.name != "NotResource" && member.name != "Condition")
      throw refused("Unknown field " + std::string(member.name));
  const JsonValue* effect = statement.find("Effect");
  if (effect == nullptr) throw refused("Missing required field Effect");
  if (!effect->is_string() || (effect->text() != "Allow" && effect->text() != "Deny"))
    throw refused("Invalid effect: it must be Allow or Deny");
  check_principal(*one_of(statement, "Principal", true));
  check_actions(*one_of(statement, "Action", true));
  if (const JsonValue* resources = one_of(statement, "Resource", true)) texts(*resources, "Resource");
  if (const JsonValue* condition = statement.find("Condition"); condition != nullptr && !condition->is_object())
    throw refused("Condition must be an object");
}

void check_policy(std::string_view document) {
  if (document.size() > kMaxPolicyBytes)
    throw errors::invalid_parameter("Policy document exceeds the maximum size of 20 KB");
  Arena arena;
  const JsonParse parsed = parse_json(document, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object()) throw refused("Syntax errors in policy.");
  if (const JsonValue* version = parsed.root.find("Version");
      version != nullptr &&
      (!version->is_string() || (version->text() != "2012-10-17" && version->text() != "2008-10-17")))
    throw refused("Invalid version: it must be 2012-10-17 or 2008-10-17");
  for (const JsonMember& member : parsed.root.members())
    if (member.name != "Version" && member.name != "Id" && member.name != "Statement")
      throw refused("Unknown field " + std::string(member.name));
  const JsonValue* statements = parsed.root.find("Statement");
  if (statements == nullptr) throw refused("Missing required field Statement");
  if (!statements->is_array()) {
    check_statement(*statements);
    return;
  }
  if (statements->count() == 0) throw refused("Missing required field Statement");
  for (const JsonValue& statement : statements->elements()) check_statement(statement);
}

}  // namespace

void set_policy(std::string_view document, int64_t now_ms, ResourcePolicy& policy) {
  check_policy(document);
  if (policy.document == document) return;
  std::string revision = std::to_string(now_ms);
  if (revision == policy.revision) revision = std::to_string(now_ms + 1);
  policy = {std::string(document), std::move(revision)};
}

}  // namespace stator
