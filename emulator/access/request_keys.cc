#include "emulator/access/request_keys.h"

#include "emulator/access/signature_v4.h"

namespace stator::access {
namespace {

// "2026-11-22T18:29:20Z"
std::string extended_time(int64_t ms) {
  std::string text = basic_time(ms);
  text.insert(13, ":");
  text.insert(11, ":");
  text.insert(6, "-");
  text.insert(4, "-");
  return text;
}

}  // namespace

void add_request_keys(const WireRequest& request, int64_t now_ms, policy::ConditionContext& context) {
  context["aws:sourceip"] = {std::string(request.remote_address)};
  context["aws:securetransport"] = {request.tls ? "true" : "false"};
  context["aws:epochtime"] = {std::to_string(now_ms / 1000)};
  context["aws:currenttime"] = {extended_time(now_ms)};
  if (const auto agent = request.header("User-Agent"); agent && !agent->empty())
    context["aws:useragent"] = {std::string(*agent)};
  if (const auto referer = request.header("Referer")) context["aws:referer"] = {std::string(*referer)};
}

void add_identity_keys(const Identity& identity, policy::ConditionContext& context) {
  for (const auto& [key, values] : identity.context) context[key] = values;
  // A role's sessions are told by the role here (global condition keys, aws:PrincipalArn).
  context["aws:principalarn"] = {identity.is_user() ? identity.arn : identity.role_arn};
  context["aws:principalaccount"] = {identity.account};
  context["aws:principaltype"] = {identity.is_user() ? "User" : "AssumedRole"};
  context["aws:principalisawsservice"] = {"false"};
  context["aws:viaawsservice"] = {"false"};
  context["aws:userid"] = {identity.id};
  if (identity.is_user()) context["aws:username"] = {identity.name};
}

}  // namespace stator::access
