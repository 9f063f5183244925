#include "emulator/gateway/authorizers/access_control.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "emulator/access/request_keys.h"
#include "emulator/access/signature_v4.h"
#include "emulator/gateway/authorizers/identity_source.h"
#include "emulator/gateway/authorizers/jwt.h"
#include "emulator/gateway/authorizers/lambda_answer.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/execution_log.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxCached = 10'000;
constexpr const char* kNotAuthorized = "User is not authorized to access this resource";

bool is_http(const Call& call) {
  return call.stage->is_http();
}

// "/items/1" of "arn:...:api/stage/GET/items/1"; what is behind the API's id.
std::string arn_tail(const Call& call) {
  const std::string path = call.path.starts_with('/') ? call.path.substr(1) : call.path;
  if (call.stage->api->protocol == "WEBSOCKET") return call.stage->stage->name + "/" + call.plan->key;
  return call.stage->stage->name + "/" + call.method + "/" + path;
}

policy::Request policy_request(const Call& call, int64_t now_ms) {
  policy::Request request;
  request.action = "execute-api:Invoke";
  request.resources = {method_arn(call), "execute-api:/" + arn_tail(call)};
  const Caller& caller = call.caller;
  request.account = caller.account;
  if (!caller.user_arn.empty()) request.principals = {caller.user_arn, caller.user_id};
  access::add_request_keys(call.request, now_ms, request.context);
  request.context["aws:sourceip"] = {call.source_ip};  // a test invocation has its own
  if (caller.identity) {
    request.role_arn = caller.identity->role_arn;
    access::add_identity_keys(*caller.identity, request.context);
  } else if (!caller.user_arn.empty()) {
    request.context["aws:principalarn"] = {caller.user_arn};
    request.context["aws:principalaccount"] = {caller.account};
    request.context["aws:userid"] = {caller.user_id};
    if (const size_t slash = caller.user_arn.find(":user/"); slash != std::string::npos)
      request.context["aws:username"] = {caller.user_arn.substr(slash + 6)};
  }
  return request;
}

// The service shows the last four digits of the account alone.
std::string masked_arn(const Call& call) {
  const std::string& account = call.services.account;
  const size_t shown = std::min<size_t>(4, account.size());
  return "arn:aws:execute-api:" + call.services.region + ":********" + account.substr(account.size() - shown) + ":" +
         call.stage->api->id + "/" + arn_tail(call);
}

std::string refusal(const Call& call, std::string_view why) {
  const std::string who = call.caller.user_arn.empty() ? "anonymous" : call.caller.user_arn;
  std::string text =
      "User: " + who + " is not authorized to perform: execute-api:Invoke on resource: " + masked_arn(call);
  if (!why.empty()) text += " " + std::string(why);
  return text;
}

AccessOutcome denied_by_resource_policy(const Call& call, bool explicitly) {
  return {Access::kDenied,
          refusal(call, explicitly ? "with an explicit deny" : ""),
          {},
          "the resource policy does not allow it"};
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& each : words) out += (out.empty() ? "" : between) + each;
  return out;
}

AccessOutcome bad_token(const AccessPlan& plan, const std::string& why) {
  AccessOutcome out{Access::kUnauthorized, {}, {}, "the token is refused: " + why};
  out.challenge =
      "Bearer scope=\"" + joined(plan.scopes, " ") + "\" error=\"invalid_token\" error_description=\"" + why + "\"";
  // A user pool's authorizer names this fault alone.
  if (plan.kind == AccessPlan::Kind::kUserPool)
    out.message = why == "the token has expired" ? "The incoming token has expired" : "";
  return out;
}

}  // namespace

// Held by every callback of the check until it is answered.
struct AccessControl::Admission {
  std::shared_ptr<Call> call;
  AccessDone done;
  std::vector<std::string> identity;
  std::atomic<bool> function_over = false;  // it answered, or its time is up: whichever says so first goes on

  void answer(AccessOutcome outcome) { done(call, std::move(outcome)); }
  const AccessPlan& plan() const { return call->plan->access; }
};

std::string method_arn(const Call& call) {
  return "arn:aws:execute-api:" + call.services.region + ":" + call.services.account + ":" + call.stage->api->id + "/" +
         arn_tail(call);
}

AccessControl::AccessControl(const AccessOptions& options, FunctionRegistry& functions, UpstreamClient& upstream,
                             Timers& timers, std::function<int64_t()> now_ms)
    : functions_(functions),
      timers_(timers),
      now_ms_(now_ms),
      identities_(options.identities),
      token_keys_(upstream, now_ms),
      trust_unverified_tokens_(options.trust_unverified_tokens) {
  for (const std::string& each : options.key_sets) {
    const bool named = each.starts_with("http://") || each.starts_with("https://");
    const size_t equals = named ? each.find('=') : std::string::npos;
    if (named && equals == std::string::npos)
      throw std::runtime_error("--jwks: expected FILE or ISSUER=FILE, found \"" + each + "\"");
    const std::string issuer = named ? each.substr(0, equals) : "", path = named ? each.substr(equals + 1) : each;
    std::string problem;
    std::shared_ptr<const KeySet> keys = KeySet::read_file(path, problem);
    if (!keys) throw std::runtime_error(path + ":1: " + problem);
    token_keys_.add(issuer, std::move(keys));
  }
  std::vector<ApiKey> keys;
  for (const std::string& each : options.api_keys) {
    ApiKey& key = keys.emplace_back();
    key.id = key.name = "flag" + std::to_string(keys.size());
    key.value = each;
    key.stage_keys = {"*"};
  }
  set_keys("--api-key", std::move(keys), {});
}

void AccessControl::set_keys(const std::string& source, std::vector<ApiKey> keys, std::vector<UsagePlan> plans) {
  const std::lock_guard lock(mutex_);
  account_[source] = {std::move(keys), std::move(plans)};
  std::vector<ApiKey> all_keys;
  std::vector<UsagePlan> all_plans;
  for (const auto& [name, both] : account_) {
    all_keys.insert(all_keys.end(), both.first.begin(), both.first.end());
    all_plans.insert(all_plans.end(), both.second.begin(), both.second.end());
  }
  usage_.set(std::move(all_keys), std::move(all_plans));
}

void AccessControl::forget(std::string_view api_id, std::string_view stage) {
  const std::string prefix = std::string(api_id) + "/" + std::string(stage) + "/";
  const std::lock_guard lock(mutex_);
  std::erase_if(cache_, [&](const auto& each) { return each.first.starts_with(prefix); });
}

void AccessControl::forget() {
  const std::lock_guard lock(mutex_);
  cache_.clear();
}

void AccessControl::check(std::shared_ptr<Call> call, AccessDone done) {
  const ServedStage& served = *call->stage;
  const AccessPlan& asked = call->plan->access;
  if (asked.kind == AccessPlan::Kind::kOpen && !asked.api_key && !served.policy && !served.policy_is_broken)
    return done(std::move(call), {});
  auto a = std::make_shared<Admission>();
  a->call = std::move(call);
  a->done = std::move(done);
  if (served.policy_is_broken)
    return a->answer({Access::kDenied, kNotAuthorized, {}, "the resource policy cannot be read"});
  // Signatures are looked at first: the policy may name whose they are.
  if (served.policy && asked.kind != AccessPlan::Kind::kIam) {
    const policy::Decision decision = served.policy->evaluate(policy_request(*a->call, now_ms_()));
    const bool open = asked.kind == AccessPlan::Kind::kOpen;
    if (decision == policy::Decision::kExplicitDeny || (open && decision != policy::Decision::kAllow))
      return a->answer(denied_by_resource_policy(*a->call, decision == policy::Decision::kExplicitDeny));
  }
  after_policy(a);
}

bool AccessControl::may_invalidate(const Call& call) const {
  if (call.caller.kind != Caller::Kind::kIam) return false;
  if (!call.stage->policy) return true;
  policy::Request request = policy_request(call, now_ms_());
  request.action = "execute-api:InvalidateCache";
  return call.stage->policy->evaluate(request) != policy::Decision::kExplicitDeny;
}

void AccessControl::after_policy(const std::shared_ptr<Admission>& a) {
  switch (a->plan().kind) {
    case AccessPlan::Kind::kOpen:
      return check_key(a);
    case AccessPlan::Kind::kIam:
      return check_signature(a);
    case AccessPlan::Kind::kLambda:
      return ask_function(a);
    case AccessPlan::Kind::kJwt:
    case AccessPlan::Kind::kUserPool:
      return check_token(a);
    case AccessPlan::Kind::kBroken:
      return a->answer({Access::kAuthorizerConfigurationError, {}, {}, a->plan().problem});
  }
}

void AccessControl::ask_function(const std::shared_ptr<Admission>& a) {
  const AuthorizerPlan& plan = *a->plan().authorizer;
  Call& call = *a->call;
  const std::optional<std::vector<std::string>> identity = identity_of(call, plan.sources);
  if (!identity) return a->answer({Access::kUnauthorized, {}, {}, "the request lacks " + joined(plan.sources, ", ")});
  if (plan.expression && !plan.expression->matches_all(identity->front()))
    return a->answer({Access::kUnauthorized, {}, {}, "the token does not fit the authorizer's validation expression"});
  a->identity = *identity;
  std::string key = call.stage->api->id + "/" + call.stage->stage->name + "/" + plan.config->id;
  for (const std::string& each : *identity) key += "\n" + std::to_string(each.size()) + ":" + each;
  const bool cached = plan.ttl_seconds > 0 && !call.execution_log;
  if (cached) {
    std::shared_ptr<const LambdaAnswer> known;
    {
      const std::lock_guard lock(mutex_);
      const auto found = cache_.find(key);
      if (found != cache_.end() && now_ms_() < found->second.until_ms) known = found->second.answer;
    }
    if (known) return judge_answer(a, *known, 0);
  }
  const std::shared_ptr<Function> function = functions_.find(plan.function);
  if (!function)
    return a->answer({Access::kAuthorizerConfigurationError, {}, {}, "there is no function " + plan.function});
  const bool http = is_http(call), second = http && plan.config->payload_format_version != "1.0";
  Invocation invocation;
  invocation.payload = plan.config->type == "TOKEN" ? token_authorizer_event(method_arn(call), identity->front())
                       : call.socket                ? socket_authorizer_event(call, method_arn(call))
                       : !http                      ? rest_authorizer_event(call, method_arn(call))
                       : second                     ? http_authorizer_event_2(call, method_arn(call), *identity)
                                                    : http_authorizer_event_1(call, method_arn(call), *identity);
  invocation.request_id = new_uuid();
  invocation.trace_id = call.trace_id;
  if (call.execution_log)
    call.execution_log->add("Incoming identity: " + std::string(joined(*identity, ",").size(), '*'));
  log_function_request(call, plan.config->uri, invocation.payload);
  const auto begun = std::chrono::steady_clock::now();
  const bool simple = second && plan.config->simple_responses;
  const bool timed = function->config().kind != FunctionKind::kAttach;
  const Timers::Ticket ticket =
      timed ? timers_.after(std::chrono::seconds(http ? 10 : 29),
                            [weak = std::weak_ptr<Admission>(a)] {
                              if (const auto late = weak.lock(); late && !late->function_over.exchange(true))
                                late->answer({Access::kAuthorizerFailure, {}, {}, "the authorizer took too long"});
                            })
            : Timers::Ticket{};
  invocation.done = [this, a, key, begun, simple, http, second, timed, ticket, cached](InvocationResult result) {
    if (timed) timers_.cancel(ticket);
    if (a->function_over.exchange(true)) return;
    if (a->call->execution_log) {
      a->call->execution_log->add("Authorizer result body before parsing: " + result.payload);
      a->call->execution_log->keep_authorizer_result(result.payload);
    }
    if (result.fault == FunctionFault::kFunctionError && error_message_of(result.payload) == "Unauthorized")
      return a->answer({Access::kUnauthorized, {}, {}, "the authorizer said Unauthorized"});
    if (result.fault != FunctionFault::kNone)
      return a->answer(
          {Access::kAuthorizerFailure,
           {},
           {},
           "the authorizer failed: " + (result.message.empty() ? result.payload.substr(0, 500) : result.message)});
    auto answer = std::make_shared<const LambdaAnswer>(simple ? read_simple_answer(result.payload)
                                                              : read_policy_answer(result.payload, !http || !second));
    if (!answer->problem.empty())
      return a->answer({Access::kAuthorizerConfigurationError, {}, {}, "the authorizer's answer: " + answer->problem});
    const int ttl = a->plan().authorizer->ttl_seconds;
    if (cached) {
      const int64_t now = now_ms_();
      const std::lock_guard lock(mutex_);
      if (cache_.size() >= kMaxCached)
        std::erase_if(cache_, [&](const auto& each) { return each.second.until_ms <= now; });
      if (cache_.size() >= kMaxCached) cache_.clear();
      cache_[key] = {now + ttl * 1000LL, answer};
    }
    judge_answer(
        a, *answer,
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count());
  };
  function->invoke(std::move(invocation));
}

void AccessControl::judge_answer(const std::shared_ptr<Admission>& a, const LambdaAnswer& answer, int64_t latency_ms) {
  Call& call = *a->call;
  call.caller.kind = Caller::Kind::kLambda;
  call.caller.principal_id = answer.principal_id;
  call.caller.context = answer.context;
  call.caller.usage_identifier_key = answer.usage_identifier_key;
  call.caller.latency_ms = latency_ms;
  if (!answer.policy) {
    if (!answer.authorized) return a->answer({Access::kDenied, {}, {}, "the authorizer said no"});
    return check_key(a);
  }
  // The policy is kept, and asked again for each resource.
  const policy::Request request = policy_request(call, now_ms_());
  const policy::Decision decision = answer.policy->evaluate(request);
  if (decision == policy::Decision::kExplicitDeny)
    return a->answer({Access::kDenied,
                      std::string(kNotAuthorized) + " with an explicit deny in an identity-based policy",
                      {},
                      "the authorizer's policy denies it"});
  const bool allowed = decision == policy::Decision::kAllow ||
                       (call.stage->policy && call.stage->policy->evaluate(request) == policy::Decision::kAllow);
  if (!allowed) return a->answer({Access::kDenied, kNotAuthorized, {}, "the authorizer's policy does not allow it"});
  check_key(a);
}

void AccessControl::check_token(const std::shared_ptr<Admission>& a) {
  const AccessPlan& plan = a->plan();
  const std::optional<std::vector<std::string>> identity = identity_of(*a->call, plan.authorizer->sources);
  if (!identity) {
    AccessOutcome none{Access::kUnauthorized, {}, {}, "the request lacks " + joined(plan.authorizer->sources, ", ")};
    none.challenge = "Bearer";
    return a->answer(std::move(none));
  }
  std::string_view text = identity->front();
  if (text.size() > 7 && equal_ignoring_case(text.substr(0, 7), "Bearer ")) text.remove_prefix(7);
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string problem;
  const std::optional<Jwt> token = decode_jwt(text, problem);
  if (!token) return a->answer(bad_token(plan, problem));
  if (token->algorithm != "RS256" && token->algorithm != "RS384" && token->algorithm != "RS512")
    return a->answer(bad_token(plan, "signing method " + token->algorithm + " is invalid"));
  // Whose keys to ask for: of the issuer that the token names, if the authorizer knows it.
  Arena arena;
  const JsonParse claims = parse_json(token->claims, arena);
  const JsonValue* named = claims.root.find("iss");
  const std::string issuer = named && named->is_string() ? std::string(named->text()) : std::string();
  const std::vector<std::string>& known = plan.authorizer->issuers;
  if (std::find(known.begin(), known.end(), issuer) == known.end())
    return a->answer(bad_token(plan, "the token does not have a valid issuer"));
  if (plan.authorizer->keys) return judge_token(a, *token, issuer, {plan.authorizer->keys, "", ""});
  token_keys_.find(issuer, token->key_id,
                   [this, a, token = *token, issuer](const FoundKeys& found) { judge_token(a, token, issuer, found); });
}

void AccessControl::judge_token(const std::shared_ptr<Admission>& a, const Jwt& token, const std::string& issuer,
                                const FoundKeys& found) {
  const AccessPlan& plan = a->plan();
  Call& call = *a->call;
  if (found.keys || !trust_unverified_tokens_) {
    if (!found.keys) {
      AccessOutcome out = bad_token(plan, found.problem);
      out.reason = found.explanation;
      return a->answer(std::move(out));
    }
    if (!found.keys->has(token.key_id)) return a->answer(bad_token(plan, "unable to find a key with the token's kid"));
    if (!found.keys->verify(token.key_id, token.algorithm, token.signed_text, token.signature))
      return a->answer(bad_token(plan, "the token's signature is invalid"));
  }
  Arena arena;
  const JsonValue claims = parse_json(token.claims, arena).root;
  const bool pool = plan.kind == AccessPlan::Kind::kUserPool;
  TokenRules rules;
  rules.issuer = issuer;
  if (!pool) rules.audience = plan.authorizer->config->jwt_audience;
  rules.now_seconds = now_ms_() / 1000;
  if (const std::string problem = judge_claims(claims, rules); !problem.empty())
    return a->answer(bad_token(plan, problem));
  const std::vector<std::string> granted = granted_scopes(claims, plan.scopes);
  const JsonValue* use = claims.find("token_use");
  if (pool) {
    // Without scopes a user pool's authorizer takes identity tokens, with them access tokens.
    if (plan.scopes.empty() ? (use && use->is_string() && use->text() != "id") : granted.empty())
      return a->answer(bad_token(plan, plan.scopes.empty() ? "it is no identity token" : "it has none of the scopes"));
  } else if (!plan.scopes.empty() && granted.empty()) {
    AccessOutcome out{Access::kDenied, {}, {}, "the token has none of the scopes " + joined(plan.scopes, " ")};
    out.challenge = "Bearer scope=\"" + joined(plan.scopes, " ") +
                    "\" error=\"insufficient_scope\" error_description=\"the token does not have a valid scope\"";
    return a->answer(std::move(out));
  }
  call.caller.kind = Caller::Kind::kToken;
  call.caller.claims = pool ? claims_for_rest(claims) : claims_for_http(claims);
  call.caller.scopes = granted;
  if (pool && call.stage->policy) {
    const policy::Decision decision = call.stage->policy->evaluate(policy_request(call, now_ms_()));
    if (decision != policy::Decision::kAllow)
      return a->answer(denied_by_resource_policy(call, decision == policy::Decision::kExplicitDeny));
  }
  check_key(a);
}

void AccessControl::check_signature(const std::shared_ptr<Admission>& a) {
  Call& call = *a->call;
  const access::RequestSignature signature = access::read_signature(call.request);
  if (signature.form == access::RequestSignature::Form::kNone)
    return a->answer({Access::kMissingToken, {}, {}, "the request is not signed"});
  if (!signature.problem.empty())
    return a->answer({Access::kIncompleteSignature, signature.problem, {}, signature.problem});
  Caller& caller = call.caller;
  caller.account = call.services.account;
  if (!identities_) {
    // Nobody's keys are known, so every caller is the account's root.
    caller.user_id = caller.account;
    caller.user_arn = "arn:aws:iam::" + caller.account + ":root";
  } else {
    const access::AccessKey* known = identities_->find(signature.access_key, signature.session_token);
    if (!known) return a->answer({Access::kUnknownCredentials, {}, {}, "the access key is nobody's that was named"});
    if (std::string problem =
            access::verify_signature(call.request, signature, "execute-api", known->secret, now_ms_());
        !problem.empty())
      return a->answer({Access::kInvalidSignature, problem, {}, problem});
    const access::Identity& identity = *known->identity;
    caller.user_id = identity.id;
    caller.user_arn = "arn:aws:iam::" + caller.account + ":user/" + identity.name;
    if (!identity.arn.empty()) {
      caller.identity = &identity;
      caller.account = identity.account;
      caller.user_arn = identity.arn;
    }
  }
  caller.kind = Caller::Kind::kIam;
  caller.access_key = signature.access_key;
  if (caller.identity) {
    const policy::Verdict verdict =
        policy::authorize(policy_request(call, now_ms_()), caller.identity->grants, call.stage->policy.get(),
                          caller.account == call.services.account);
    if (!verdict.allowed) return a->answer({Access::kDenied, refusal(call, verdict.why), {}, verdict.why});
  } else if (call.stage->policy &&
             call.stage->policy->evaluate(policy_request(call, now_ms_())) == policy::Decision::kExplicitDeny) {
    // Users without policies: their account lets them do everything that the API's policy does not deny.
    return a->answer(denied_by_resource_policy(call, true));
  }
  check_key(a);
}

void AccessControl::check_key(const std::shared_ptr<Admission>& a) {
  Call& call = *a->call;
  if (!a->plan().api_key) return a->answer({});
  const bool by_authorizer = call.stage->api->api_key_source == "AUTHORIZER";
  const std::string sent =
      by_authorizer ? call.caller.usage_identifier_key : std::string(call.header("x-api-key").value_or(""));
  UsageRequest request;
  request.key = sent;
  request.api_id = call.stage->api->id;
  request.stage = call.stage->stage->name;
  request.method = call.plan->path + "/" + (call.plan->method ? call.plan->method->http_method : "");
  request.steady_us = std::chrono::duration_cast<std::chrono::microseconds>(call.begun.time_since_epoch()).count();
  request.now_ms = now_ms_();
  const Usage::Answer answer = usage_.admit(request);
  switch (answer.verdict) {
    case UsageVerdict::kAdmitted:
      call.caller.api_key = sent;
      call.caller.api_key_id = answer.key_id;
      return a->answer({});
    case UsageVerdict::kInvalidKey:
      return a->answer({Access::kInvalidApiKey,
                        {},
                        {},
                        sent.empty() ? "no API key was sent" : "the API key is not known, or not for this stage"});
    case UsageVerdict::kThrottled:
      return a->answer({Access::kThrottled, {}, {}, "the usage plan's rate is exceeded"});
    case UsageVerdict::kQuotaExceeded:
      return a->answer({Access::kQuotaExceeded, {}, {}, "the usage plan's quota is used up"});
  }
}

std::vector<std::string> AccessControl::notes(const ServedStage& stage) const {
  std::vector<std::string> out;
  std::string iam, unverified, unreachable, keyed, broken;
  auto add = [](std::string& list, const std::string& key) { list += (list.empty() ? "" : "; ") + key; };
  for (const RoutePlan& plan : stage.plans) {
    const AccessPlan& access = plan.access;
    if (access.kind == AccessPlan::Kind::kIam) add(iam, plan.key);
    if (access.kind == AccessPlan::Kind::kBroken) add(broken, plan.key + " (" + access.problem + ")");
    if (access.api_key && stage.api->api_key_source != "AUTHORIZER") add(keyed, plan.key);
    if (access.authorizer && !access.authorizer->keys) {
      for (const std::string& issuer : access.authorizer->issuers) {
        if (token_keys_.reaches(issuer)) continue;
        add(trust_unverified_tokens_ ? unverified : unreachable, plan.key + " (" + issuer + ")");
      }
    }
  }
  if (!broken.empty()) out.push_back("every request is refused: " + broken);
  if (stage.policy_is_broken) out.push_back("every request is refused: its resource policy cannot be read");
  if (!iam.empty() && !identities_)
    out.push_back("signatures are asked for and not verified, for want of --iam-credentials or --iam: " + iam);
  if (!unverified.empty())
    out.push_back("signatures of tokens are not verified (--trust-unverified-tokens): " + unverified);
  if (!unreachable.empty())
    out.push_back("every request is refused: no key is at hand to check tokens with; give --jwks FILE: " + unreachable);
  if (!keyed.empty() && !usage_.has_key_for(stage.api->id, stage.stage->name))
    out.push_back("every request is refused: no API key is for this stage; give --api-key VALUE: " + keyed);
  return out;
}

}  // namespace stator::gateway
