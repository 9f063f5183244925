#include "emulator/policy/policy.h"

#include <algorithm>

namespace stator::policy {
namespace {

constexpr size_t kMaxStatements = 1000;

// A string or a list of strings; false when it is anything else. Booleans and numbers are taken as their text.
bool read_strings(const JsonValue& json, std::vector<std::string>& out) {
  auto take = [&](const JsonValue& each) {
    if (each.is_string() || each.is_number())
      out.emplace_back(each.text());
    else if (each.is_bool())
      out.emplace_back(each.boolean() ? "true" : "false");
    else
      return false;
    return true;
  };
  if (!json.is_array()) return take(json);
  return std::all_of(json.elements().begin(), json.elements().end(), take);
}

bool read_principals(const JsonValue& json, Principals& out) {
  if (json.is_string()) {
    out.everyone = json.text() == "*";
    return out.everyone;
  }
  if (!json.is_object()) return false;
  for (const JsonMember& kind : json.members()) {
    std::vector<std::string> names;
    if (!read_strings(kind.value, names)) return false;
    for (std::string& name : names) {
      if (kind.name == "AWS" && name == "*")
        out.everyone = true;
      else
        out.names.push_back(std::move(name));
    }
  }
  return true;
}

bool read_conditions(const JsonValue& json, std::vector<Condition>& out, std::string& problem) {
  if (!json.is_object()) {
    problem = "Condition: expected an object";
    return false;
  }
  for (const JsonMember& op : json.members()) {
    Condition condition;
    if (!read_operator(op.name, condition) || !op.value.is_object()) {
      problem = "Condition: \"" + std::string(op.name) + "\" is no operator";
      return false;
    }
    for (const JsonMember& key : op.value.members()) {
      Condition& one = out.emplace_back(condition);
      one.key = lower_key(key.name);
      if (read_strings(key.value, one.values)) continue;
      problem = "Condition: " + std::string(key.name) + ": expected a string or a list of strings";
      return false;
    }
  }
  return true;
}

bool read_statement(const JsonValue& json, PolicyKind kind, Statement& out, std::string& problem) {
  if (!json.is_object()) {
    problem = "Statement: expected an object";
    return false;
  }
  const JsonValue* effect = json.find("Effect");
  if (!effect || !effect->is_string() || (effect->text() != "Allow" && effect->text() != "Deny")) {
    problem = "Effect: expected Allow or Deny";
    return false;
  }
  out.allow = effect->text() == "Allow";
  for (const auto& [name, list] : {std::pair{"Action", &out.action},
                                   {"NotAction", &out.not_action},
                                   {"Resource", &out.resource},
                                   {"NotResource", &out.not_resource}}) {
    const JsonValue* found = json.find(name);
    if (found && !read_strings(*found, *list)) {
      problem = std::string(name) + ": expected a string or a list of strings";
      return false;
    }
  }
  if (out.action.empty() == out.not_action.empty()) {
    problem = "expected Action or NotAction";
    return false;
  }
  if (out.resource.empty() == out.not_resource.empty()) {
    problem = "expected Resource or NotResource";
    return false;
  }
  const JsonValue* principal = json.find("Principal");
  const JsonValue* not_principal = json.find("NotPrincipal");
  if (principal && !read_principals(*principal, out.principal.emplace())) {
    problem = "Principal: expected \"*\" or an object of names";
    return false;
  }
  if (not_principal && !read_principals(*not_principal, out.not_principal.emplace())) {
    problem = "NotPrincipal: expected \"*\" or an object of names";
    return false;
  }
  if (kind == PolicyKind::kResource && !principal && !not_principal) {
    problem = "expected Principal";
    return false;
  }
  const JsonValue* condition = json.find("Condition");
  return !condition || read_conditions(*condition, out.conditions, problem);
}

// `by_account`: an account, as its number or as its root's ARN, stands for everyone of it.
bool names_caller(const Principals& principals, const Request& request, bool by_account) {
  if (principals.everyone) return true;
  return std::any_of(principals.names.begin(), principals.names.end(), [&](const std::string& name) {
    if (by_account && !request.account.empty() &&
        (name == request.account ||
         (name.ends_with(":root") && name.find("::" + request.account + ":") != std::string::npos)))
      return true;
    if (!request.role_arn.empty() && name == request.role_arn) return true;
    return std::find(request.principals.begin(), request.principals.end(), name) != request.principals.end();
  });
}

}  // namespace

std::shared_ptr<const Policy> Policy::parse(std::string_view json, PolicyKind kind, std::string& problem) {
  Arena arena;
  const JsonParse parsed = parse_json(json, arena);
  if (parsed.fault != JsonFault::kNone) {
    problem = "not JSON";
    return nullptr;
  }
  return read(parsed.root, kind, problem);
}

std::shared_ptr<const Policy> Policy::read(const JsonValue& document, PolicyKind kind, std::string& problem) {
  if (!document.is_object()) {
    problem = "expected an object";
    return nullptr;
  }
  auto policy = std::make_shared<Policy>();
  if (const JsonValue* version = document.find("Version")) {
    if (!version->is_string() || (version->text() != "2012-10-17" && version->text() != "2008-10-17")) {
      problem = "Version: expected 2012-10-17 or 2008-10-17";
      return nullptr;
    }
    policy->has_variables_ = version->text() == "2012-10-17";
  }
  const JsonValue* statements = document.find("Statement");
  if (!statements) {
    problem = "expected Statement";
    return nullptr;
  }
  const bool list = statements->is_array();
  const size_t count = list ? statements->elements().size() : 1;
  if (count > kMaxStatements) {
    problem = "too many statements";
    return nullptr;
  }
  for (size_t i = 0; i < count; ++i)
    if (!read_statement(list ? statements->elements()[i] : *statements, kind, policy->statements_.emplace_back(),
                        problem))
      return nullptr;
  return policy;
}

bool Policy::applies(const Statement& s, const Request& request) const {
  if (s.principal && !names_caller(*s.principal, request, request.account_grants || !s.allow)) return false;
  if (s.not_principal && names_caller(*s.not_principal, request, true)) return false;
  auto names_action = [&](const std::string& pattern) { return matches(pattern, request.action, true); };
  if (!s.action.empty() && std::none_of(s.action.begin(), s.action.end(), names_action)) return false;
  if (!s.not_action.empty() && std::any_of(s.not_action.begin(), s.not_action.end(), names_action)) return false;
  auto names_resource = [&](const std::string& written) {
    std::optional<std::string> pattern = written;
    if (has_variables_) pattern = expand(written, lookup_in(request.context));
    return pattern && std::any_of(request.resources.begin(), request.resources.end(),
                                  [&](const std::string& each) { return matches(*pattern, each); });
  };
  if (!s.resource.empty() && std::none_of(s.resource.begin(), s.resource.end(), names_resource)) return false;
  if (!s.not_resource.empty() && std::any_of(s.not_resource.begin(), s.not_resource.end(), names_resource))
    return false;
  return std::all_of(s.conditions.begin(), s.conditions.end(),
                     [&](const Condition& c) { return holds(c, request.context, has_variables_); });
}

Decision Policy::evaluate(const Request& request) const {
  Decision decision = Decision::kImplicitDeny;
  for (const Statement& statement : statements_) {
    if (!applies(statement, request)) continue;
    if (!statement.allow) return Decision::kExplicitDeny;
    decision = Decision::kAllow;
  }
  return decision;
}

}  // namespace stator::policy
