#include "emulator/gateway/authorizers/access_plan.h"

#include <algorithm>

#include "emulator/gateway/authorizers/identity_source.h"
#include "emulator/gateway/integration_uri.h"

namespace stator::gateway {

namespace {

constexpr int kDefaultTtl = 300;
constexpr int kMaxTtl = 3600;

// "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc" -> its tokens' issuer.
std::string issuer_of_pool(const std::string& arn) {
  const size_t region = arn.find(":cognito-idp:");
  const size_t pool = arn.find("userpool/");
  if (region == std::string::npos || pool == std::string::npos) return {};
  const size_t from = region + 13;
  return "https://cognito-idp." + arn.substr(from, arn.find(':', from) - from) + ".amazonaws.com/" +
         arn.substr(pool + 9);
}

}  // namespace

std::shared_ptr<const AuthorizerPlan> AccessPlanner::compile(const Authorizer& a, std::string& problem) const {
  auto plan = std::make_shared<AuthorizerPlan>();
  plan->config = &a;
  const bool rest = api_.protocol == "REST";
  plan->sources = read_identity_sources(a.identity_source);
  if (!a.key_file.empty()) {
    std::string fault;
    plan->keys = KeySet::read_file(a.key_file, fault);
    if (!plan->keys) {
      problem = "authorizer " + a.name + ": key file " + a.key_file + ": " + fault;
      return nullptr;
    }
  }
  const std::string header = rest ? "method.request.header.Authorization" : "$request.header.Authorization";
  if (a.type == "JWT" || a.type == "COGNITO_USER_POOLS") {
    if (plan->sources.empty()) plan->sources = {header};
    if (a.type == "JWT") plan->issuers = {a.jwt_issuer};
    for (const std::string& arn : a.provider_arns) plan->issuers.push_back(issuer_of_pool(arn));
    if (plan->issuers.empty() || std::find(plan->issuers.begin(), plan->issuers.end(), "") != plan->issuers.end()) {
      problem = "authorizer " + a.name + ": " +
                (a.type == "JWT" ? "no issuer" : "its providerARNs are no user pools' (arn:aws:cognito-idp:...)");
      return nullptr;
    }
    return plan;
  }
  if (a.type != "TOKEN" && a.type != "REQUEST") {
    problem = "authorizer " + a.name + ": type \"" + a.type + "\" is not known";
    return nullptr;
  }
  plan->function = function_in_uri(with_stage_variables(a.uri, stage_.variables));
  if (plan->function.empty()) {
    problem = "authorizer " + a.name + ": its URI names no function: \"" + a.uri + "\"";
    return nullptr;
  }
  if (a.type == "TOKEN") {
    if (plan->sources.empty()) plan->sources = {header};
    if (!a.identity_validation_expression.empty()) {
      std::string fault;
      plan->expression = vtl::Regex::compile(a.identity_validation_expression, fault);
      if (!plan->expression) {
        problem = "authorizer " + a.name + ": its validation expression \"" + a.identity_validation_expression +
                  "\": " + fault;
        return nullptr;
      }
    }
  }
  plan->ttl_seconds = std::clamp(a.result_ttl_seconds < 0 ? kDefaultTtl : a.result_ttl_seconds, 0, kMaxTtl);
  // Without a source there is nothing to tell callers apart by. The handshakes of WebSocket APIs are never cached.
  if (plan->sources.empty() || api_.protocol == "WEBSOCKET") plan->ttl_seconds = 0;
  return plan;
}

AccessPlan AccessPlanner::plan(const std::string& type, const std::string& authorizer_id,
                               const std::vector<std::string>& scopes, bool api_key) {
  AccessPlan plan;
  plan.api_key = api_key && api_.protocol != "HTTP";
  plan.scopes = scopes;
  if (type.empty() || type == "NONE") return plan;
  if (type == "AWS_IAM") {
    plan.kind = AccessPlan::Kind::kIam;
    return plan;
  }
  plan.kind = AccessPlan::Kind::kBroken;
  const auto& all = definition_.authorizers;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Authorizer& a) { return a.id == authorizer_id; });
  if (found == all.end()) {
    plan.problem = type + ": there is no authorizer \"" + authorizer_id + "\"";
    return plan;
  }
  const auto [known, fresh] = compiled_.try_emplace(found->id);
  if (fresh) known->second.plan = compile(*found, known->second.problem);
  plan.authorizer = known->second.plan;
  plan.problem = known->second.problem;
  if (!plan.authorizer) return plan;
  const bool tokens = !plan.authorizer->issuers.empty();
  if ((type == "CUSTOM") == tokens) {
    plan.problem =
        "authorization type " + type + " does not go with authorizer " + found->name + " (" + found->type + ")";
    return plan;
  }
  plan.kind = !tokens                ? AccessPlan::Kind::kLambda
              : found->type == "JWT" ? AccessPlan::Kind::kJwt
                                     : AccessPlan::Kind::kUserPool;
  return plan;
}

}  // namespace stator::gateway
