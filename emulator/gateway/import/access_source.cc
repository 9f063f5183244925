#include "emulator/gateway/import/access_source.h"

#include <algorithm>
#include <charconv>

#include "emulator/gateway/import/api_builder.h"
#include "emulator/gateway/integration_uri.h"
#include "emulator/templates/reader.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;

void take(const Node& from, const char* name, std::string& to) {
  if (const Node* n = from.find(name)) to = n->string(name);
}

void take_list(const Node& from, const char* name, std::vector<std::string>& to) {
  if (const Node* n = from.find(name)) to = string_list(*n, name);
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : ",") + each;
  return out;
}

Throttle read_throttle(const Node& node) {
  Throttle throttle;
  if (const Node* n = node.find("RateLimit")) {
    const std::string& text = n->string("RateLimit");
    double rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc() || end != text.data() + text.size() || !(rate >= 0))
      n->fail("RateLimit: expected a number");
    throttle.rate = rate;
  }
  if (const Node* n = node.find("BurstLimit")) throttle.burst = n->integer("BurstLimit");
  return throttle;
}

Quota read_quota(const Node& node) {
  Quota quota;
  if (const Node* n = node.find("Limit")) quota.limit = n->integer("Limit");
  if (const Node* n = node.find("Offset")) quota.offset = n->integer("Offset");
  take(node, "Period", quota.period);
  if (quota.period != "DAY" && quota.period != "WEEK" && quota.period != "MONTH")
    node.fail("Quota: Period: expected DAY, WEEK or MONTH");
  return quota;
}

// The same for the same id in each run, so that what was noted once stays good.
std::string made_up_key(const std::string& id) {
  std::string out;
  for (const char* part : {"a", "b", "c", "d"}) out += templates::api_id_for(id + part);
  return out;
}

// SAM's Identity: {Header, Headers, QueryStrings, StageVariables, Context}.
std::string identity_sources(const Node* identity, bool http) {
  std::vector<std::string> out;
  const std::string request = http ? "$request." : "method.request.", plain = http ? "$" : "";
  auto add = [&](const char* name, const std::string& prefix) {
    if (const Node* n = identity ? identity->find(name) : nullptr)
      for (const std::string& each : string_list(*n, name)) out.push_back(prefix + each);
  };
  add("Header", request + "header.");
  add("Headers", request + "header.");
  add("QueryStrings", request + "querystring.");
  add("StageVariables", plain + "stageVariables.");
  add("Context", plain + "context.");
  return joined(out);
}

Authorizer sam_authorizer(const std::string& name, const Node& node, bool http,
                          const templates::TemplateOptions& options) {
  Authorizer a;
  a.id = a.name = name;
  const Node* identity = node.find("Identity");
  a.identity_source = identity_sources(identity, http);
  if (const Node* ttl = identity ? identity->find("ReauthorizeEvery") : nullptr)
    a.result_ttl_seconds = static_cast<int>(ttl->integer("ReauthorizeEvery"));
  if (identity) take(*identity, "ValidationExpression", a.identity_validation_expression);
  if (const Node* function = node.find("FunctionArn")) {
    a.uri = proxy_to(options, function->string("FunctionArn")).uri;
    a.auth_type = "custom";
    if (http) {
      a.type = "REQUEST";
      a.payload_format_version = "2.0";
      take(node, "AuthorizerPayloadFormatVersion", a.payload_format_version);
      if (const Node* simple = node.find("EnableSimpleResponses"))
        a.simple_responses = simple->boolean("EnableSimpleResponses");
      return a;
    }
    a.type = "TOKEN";
    take(node, "FunctionPayloadType", a.type);
    return a;
  }
  if (const Node* jwt = node.find("JwtConfiguration"); jwt && http) {
    a.type = "JWT";
    for (const char* key : {"issuer", "Issuer"}) take(*jwt, key, a.jwt_issuer);
    for (const char* key : {"audience", "Audience"}) take_list(*jwt, key, a.jwt_audience);
    take(node, "IdentitySource", a.identity_source);
    return a;
  }
  if (!http) {
    a.type = "COGNITO_USER_POOLS";
    a.auth_type = "cognito_user_pools";
    take_list(node, "UserPoolArn", a.provider_arns);
    if (!a.provider_arns.empty()) return a;
  }
  node.fail("authorizer " + name + ": expected FunctionArn or " + (http ? "JwtConfiguration" : "UserPoolArn"));
}

// One statement of a policy that SAM makes of a short form.
std::string made_statement(bool allow, const std::string& principals, const char* op, const char* key,
                           const std::vector<std::string>& values) {
  std::string out = std::string("{\"Effect\":\"") + (allow ? "Allow" : "Deny") + "\",\"Principal\":" + principals +
                    R"(,"Action":"execute-api:Invoke","Resource":"execute-api:/*")";
  if (op) {
    out += std::string(",\"Condition\":{\"") + op + "\":{\"" + key + "\":[";
    for (size_t i = 0; i < values.size(); ++i) {
      if (i) out += ',';
      append_json_string(values[i], out);
    }
    out += "]}}";
  }
  return out + "}";
}

std::string resource_policy(const Node& node) {
  std::vector<std::string> statements;
  bool opened = false;
  // SAM opens the API before it closes it to some.
  auto open = [&] {
    if (!opened) statements.push_back(made_statement(true, "\"*\"", nullptr, nullptr, {}));
    opened = true;
  };
  auto restrict_by = [&](const char* name, const char* op, const char* key) {
    const Node* list = node.find(name);
    if (!list) return;
    open();
    statements.push_back(made_statement(false, "\"*\"", op, key, string_list(*list, name)));
  };
  if (const Node* custom = node.find("CustomStatements")) {
    const bool list = custom->is_list();
    for (size_t i = 0; i < (list ? custom->items.size() : 1); ++i)
      append_json(list ? custom->items[i] : *custom, statements.emplace_back());
  }
  for (const auto& [name, allow] : {std::pair{"AwsAccountWhitelist", true}, {"AwsAccountBlacklist", false}}) {
    const Node* accounts = node.find(name);
    if (!accounts) continue;
    if (!allow) open();
    std::string principals = "{\"AWS\":[";
    for (const std::string& each : string_list(*accounts, name)) {
      if (!principals.ends_with('[')) principals += ',';
      append_json_string(each, principals);
    }
    statements.push_back(made_statement(allow, principals + "]}", nullptr, nullptr, {}));
  }
  restrict_by("IpRangeWhitelist", "NotIpAddress", "aws:SourceIp");
  restrict_by("IpRangeBlacklist", "IpAddress", "aws:SourceIp");
  restrict_by("SourceVpcWhitelist", "StringNotEquals", "aws:SourceVpc");
  restrict_by("SourceVpcBlacklist", "StringEquals", "aws:SourceVpc");
  if (statements.empty()) return {};
  return R"({"Version":"2012-10-17","Statement":[)" + joined(statements) + "]}";
}

void add_sam_plan(const Node& plan, Api& api, const std::string& logical_id, Imported& out) {
  std::string kind = "NONE";
  take(plan, "CreateUsagePlan", kind);
  if (kind == "NONE") return;
  if (kind != "PER_API" && kind != "SHARED") plan.fail("CreateUsagePlan: expected PER_API, SHARED or NONE");
  const std::string owner = kind == "SHARED" ? "Serverless" : logical_id;
  auto made = std::find_if(out.usage_plans.begin(), out.usage_plans.end(),
                           [&](const UsagePlan& p) { return p.id == owner + "UsagePlan"; });
  if (made == out.usage_plans.end()) {
    out.usage_plans.push_back(read_usage_plan(plan, owner + "UsagePlan"));
    made = out.usage_plans.end() - 1;
    Node key = plan.make(Node::Kind::kMap);
    key.set("Enabled", plan.make_string("true"));
    out.api_keys.push_back(read_api_key(key, owner + "ApiKey", plan.place(), out));
    made->key_ids = {owner + "ApiKey"};
  }
  for (const Stage& stage : api.stages) made->stages.push_back({api.id, stage.name, {}});
}

}  // namespace

std::string read_key_file(const Node& resource) {
  const Node* metadata = resource.find("Metadata");
  const Node* ours = metadata ? metadata->find("Stator") : nullptr;
  const Node* file = ours ? ours->find("KeyFile") : nullptr;
  return file ? templates::beside(file->file ? *file->file : "", file->string("KeyFile")) : "";
}

Authorizer read_authorizer(const Node& p, const std::string& id) {
  Authorizer a;
  a.id = id;
  a.name = id;
  take(p, "Name", a.name);
  take(p, "Type", a.type);
  take(p, "AuthorizerType", a.type);
  take(p, "AuthType", a.auth_type);
  take(p, "AuthorizerUri", a.uri);
  take(p, "IdentityValidationExpression", a.identity_validation_expression);
  take(p, "AuthorizerPayloadFormatVersion", a.payload_format_version);
  if (const Node* n = p.find("IdentitySource")) a.identity_source = joined(string_list(*n, "IdentitySource"));
  if (const Node* n = p.find("AuthorizerResultTtlInSeconds"))
    a.result_ttl_seconds = static_cast<int>(n->integer("AuthorizerResultTtlInSeconds"));
  if (const Node* n = p.find("EnableSimpleResponses")) a.simple_responses = n->boolean("EnableSimpleResponses");
  take_list(p, "ProviderARNs", a.provider_arns);
  if (const Node* jwt = p.find("JwtConfiguration")) {
    take(*jwt, "Issuer", a.jwt_issuer);
    take_list(*jwt, "Audience", a.jwt_audience);
  }
  if (a.type != "TOKEN" && a.type != "REQUEST" && a.type != "COGNITO_USER_POOLS" && a.type != "JWT")
    p.fail(id + ": expected the type TOKEN, REQUEST, COGNITO_USER_POOLS or JWT; found \"" + a.type + "\"");
  return a;
}

void note_authorizer(const Authorizer& authorizer, const Node& at, Imported& out) {
  std::string function = function_in_uri(authorizer.uri);
  if (function.empty() || function.find("${") != std::string::npos) return;
  out.uses.push_back({std::move(function), at.place(), "authorizer " + authorizer.name});
}

ApiKey read_api_key(const Node& p, const std::string& id, const std::string& place, Imported& out) {
  ApiKey key;
  key.id = id;
  key.name = id;
  take(p, "Name", key.name);
  take(p, "Description", key.description);
  take(p, "CustomerId", key.customer_id);
  take(p, "Value", key.value);
  // As the service has it: a key is made disabled unless it is asked for.
  const Node* enabled = p.find("Enabled");
  key.enabled = enabled && enabled->boolean("Enabled");
  if (!key.enabled) out.notes.push_back(place + ": API key " + id + " is not Enabled: it is refused");
  if (const Node* stages = p.find("StageKeys")) {
    for (const Node& each : stages->items) {
      std::string api, stage;
      take(each, "RestApiId", api);
      take(each, "StageName", stage);
      key.stage_keys.push_back(api + "/" + stage);
    }
  }
  if (key.value.empty()) {
    key.value = made_up_key(id);
    if (key.enabled) out.notes.push_back(place + ": API key " + id + " has no Value: send x-api-key: " + key.value);
  }
  return key;
}

UsagePlan read_usage_plan(const Node& p, const std::string& id) {
  UsagePlan plan;
  plan.id = id;
  plan.name = id;
  take(p, "UsagePlanName", plan.name);
  take(p, "Description", plan.description);
  if (const Node* n = p.find("Throttle")) plan.throttle = read_throttle(*n);
  if (const Node* n = p.find("Quota")) plan.quota = read_quota(*n);
  if (const Node* stages = p.find("ApiStages")) {
    if (!stages->is_list()) stages->fail("ApiStages: expected a list");
    for (const Node& each : stages->items) {
      UsagePlanStage& stage = plan.stages.emplace_back();
      take(each, "ApiId", stage.api_id);
      take(each, "Stage", stage.stage);
      if (const Node* throttles = each.find("Throttle"))
        for (const Member& m : throttles->members) stage.throttle[m.name] = read_throttle(m.value);
    }
  }
  return plan;
}

SamAuth read_sam_auth(const Node& auth, Api& api, const std::string& logical_id,
                      const templates::TemplateOptions& options, Imported& out) {
  SamAuth result;
  if (!auth.is_map()) auth.fail("Auth: expected a map");
  const bool http = api.protocol == "HTTP";
  if (const Node* all = auth.find("Authorizers")) {
    if (!all->is_map()) all->fail("Authorizers: expected a map");
    for (const Member& m : all->members) {
      if (m.name == "AWS_IAM") continue;  // SAM lets it be listed
      Authorizer a = sam_authorizer(m.name, m.value, http, options);
      note_authorizer(a, m.value, out);
      if (const Node* scopes = m.value.find("AuthorizationScopes"))
        result.scopes[m.name] = string_list(*scopes, "AuthorizationScopes");
      std::erase_if(api.definition.authorizers, [&](const Authorizer& each) { return each.id == a.id; });
      api.definition.authorizers.push_back(std::move(a));
    }
  }
  take(auth, "DefaultAuthorizer", result.default_authorizer);
  auto flag = [&](const char* name, bool& to) {
    if (const Node* n = auth.find(name)) to = n->boolean(name);
  };
  flag("ApiKeyRequired", result.api_key_required);
  flag("AddDefaultAuthorizerToCorsPreflight", result.default_on_preflight);
  flag("AddApiKeyRequiredToCorsPreflight", result.key_on_preflight);
  if (const Node* policy = auth.find("ResourcePolicy"); policy && !http) api.policy = resource_policy(*policy);
  if (const Node* plan = auth.find("UsagePlan"); plan && !http) add_sam_plan(*plan, api, logical_id, out);
  return result;
}

AskedAuth asked_auth(const Node* event, const SamAuth& api_auth, const Api& api, const Node& at) {
  AskedAuth asked;
  std::string name = api_auth.default_authorizer;
  asked.api_key = api_auth.api_key_required;
  if (event) {
    take(*event, "Authorizer", name);
    if (const Node* n = event->find("ApiKeyRequired")) asked.api_key = n->boolean("ApiKeyRequired");
  }
  if (name.empty() || name == "NONE") return asked;
  if (name == "AWS_IAM") {
    asked.type = name;
    return asked;
  }
  const auto& all = api.definition.authorizers;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Authorizer& a) { return a.id == name; });
  if (found == all.end()) (event ? *event : at).fail("authorizer \"" + name + "\" is not among the API's Authorizers");
  asked.authorizer = name;
  asked.type = found->type == "JWT" || found->type == "COGNITO_USER_POOLS" ? found->type : "CUSTOM";
  if (const auto scopes = api_auth.scopes.find(name); scopes != api_auth.scopes.end()) asked.scopes = scopes->second;
  if (event) take_list(*event, "AuthorizationScopes", asked.scopes);
  return asked;
}

}  // namespace stator::gateway
