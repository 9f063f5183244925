#include "emulator/gateway/rest/test_invoke.h"

#include <algorithm>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/authorizers/access_plan.h"
#include "emulator/gateway/execution_log.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/rest_plane.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

using Answered = std::function<void(WireReply)>;

// The request that a test describes, without a client: what is answered goes to whoever asked for the test.
class TestExchange final : public Exchange {
 public:
  TestExchange(const TestInvocation& test, Answered answered)
      : verb_(test.verb), path_(test.path), headers_(test.headers), body_(test.body), answered_(std::move(answered)) {
    request_.method = verb_;
    request_.target = path_;
    request_.remote_address = "test-invoke-source-ip";
    for (const auto& [name, value] : headers_) request_.headers.push_back({name, value});
    request_.body = {body_.data(), body_.size()};
  }

  WireRequest& request() override { return request_; }
  void reply(WireReply reply) override { answered_(std::move(reply)); }
  void begin(WireReply head) override { streamed_ = std::move(head); }
  bool write(std::string bytes) override {
    streamed_.body += bytes;
    return true;
  }
  void end() override { answered_(std::move(streamed_)); }
  void abort() override { answered_(std::move(streamed_)); }
  void on_gone(std::function<void()>) override {}  // nobody hangs up on a test
  std::shared_ptr<RawConnection> take_over() override { return nullptr; }

 private:
  const std::string verb_, path_;
  const std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
  const Answered answered_;
  WireReply streamed_;
  WireRequest request_;
};

std::shared_ptr<Call> make_call(const CallServices& services, const std::shared_ptr<const ServedStage>& stage,
                                const TestInvocation& test, Answered answered) {
  auto call = std::make_shared<Call>(services, std::make_shared<TestExchange>(test, std::move(answered)));
  call->stage = stage;
  const size_t mark = std::min(test.path.find('?'), test.path.size());
  call->path = call->context_path = test.path.substr(0, mark);
  call->raw_query = test.path.substr(std::min(mark + 1, test.path.size()));
  call->query = parse_query(call->raw_query, true);
  call->domain_name = "testPrefix.testDomainName";
  call->domain_prefix = "testPrefix";
  call->user_agent = test.user_agent;
  Caller& caller = call->caller;
  caller.account = caller.user_id = services.account;
  caller.user_arn = "arn:aws:iam::" + services.account + ":root";
  caller.api_key = "test-invoke-api-key";
  caller.api_key_id = "test-invoke-api-key-id";
  call->execution_log = std::make_shared<ExecutionLog>(call->request_id, services.now_ms);
  return call;
}

int64_t milliseconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
}

// Why the execution failed, in the service's words.
std::string failure_of(const Call& call) {
  const std::string& type = call.error_type;
  const std::string &problem = call.integration_error, configuration = "Execution failed due to configuration error: ";
  if (type == "BAD_REQUEST_BODY")
    return "Request body does not match model schema for content type " +
           std::string(call.header("Content-Type").value_or("application/json")) + ": " + call.validation_error;
  if (type == "BAD_REQUEST_PARAMETERS") return call.error_message;
  if (type == "INTEGRATION_TIMEOUT") return "Execution failed due to a timeout error";
  if (type == "INTEGRATION_FAILURE") return "Execution failed due to a network error communicating with endpoint";
  if (type == "UNSUPPORTED_MEDIA_TYPE") return configuration + "Unsupported Media Type";
  if (type == "API_CONFIGURATION_ERROR" && problem.starts_with("there is no function"))
    return configuration + "Invalid permissions on Lambda function";
  if (problem.starts_with("malformed Lambda proxy response")) return configuration + "Malformed Lambda proxy response";
  if (type == "DEFAULT_5XX")
    return "Lambda execution failed with status 200 due to customer function error: " + problem +
           ". Lambda request id: " + call.invocation_id;
  return configuration + call.trace.problem;
}

// What of the answer's headers is the method's, and not of the door in front of it.
HeaderList method_headers(const WireReply& reply) {
  HeaderList headers = reply.headers;
  std::erase_if(headers, [](const auto& h) {
    return equal_ignoring_case(h.first, "x-amzn-RequestId") || equal_ignoring_case(h.first, "x-amz-apigw-id");
  });
  return headers;
}

TestResult method_result(const Call& call, WireReply reply) {
  TestResult result;
  result.status = reply.status;
  result.headers = method_headers(reply);
  result.body = valid_utf8(reply.body);
  ExecutionLog& log = *call.execution_log;
  if (call.error_type.empty()) {
    log.add("Method response body after transformations: " + result.body);
    log.add("Method response headers: " + java_map(result.headers));
    log.add("Successfully completed execution");
  } else {
    log.add(failure_of(call));
  }
  log.add("Method completed with status: " + std::to_string(result.status));
  result.log = log.text();
  result.latency_ms = milliseconds_since(call.begun);
  return result;
}

// The names in the resource's path, as the tested path fills them in; none where it has another form.
void take_path_parameters(Call& call) {
  Router router(RouterKind::kRest);
  router.add(call.plan->path, "ANY", 0);
  RouteMatch match = router.match(call.path, call.method, false);
  for (const auto& [name, value] : match.path_parameters)
    call.path_parameters.emplace_back(name, percent_decode(value));
  call.raw_path_parameters = std::move(match.path_parameters);
}

// The service shows the end of a principal's name alone.
std::string masked(const std::string& name) {
  const size_t shown = std::min<size_t>(name.size(), 2);
  return std::string(name.size() - shown, '*') + name.substr(name.size() - shown);
}

}  // namespace

void test_method(const CallServices& services, const std::shared_ptr<const ServedStage>& stage, TestInvocation test,
                 TestDone done) {
  const auto plan = std::find_if(stage->plans.begin(), stage->plans.end(), [&](const RoutePlan& each) {
    return each.resource->id == test.id && each.method->http_method == test.method;
  });
  if (plan == stage->plans.end()) return done({});
  const bool has_path = !test.path.empty();
  if (!has_path) test.path = plan->path;
  auto holder = std::make_shared<std::weak_ptr<Call>>();
  const std::shared_ptr<Call> call = make_call(services, stage, test, [holder, done](WireReply reply) {
    if (const auto answered = holder->lock()) done(method_result(*answered, std::move(reply)));
  });
  *holder = call;
  call->plan = &*plan;
  if (has_path) take_path_parameters(*call);
  ExecutionLog& log = *call->execution_log;
  log.add("Starting execution for request: " + call->request_id);
  log.add("HTTP Method: " + call->method + ", Resource Path: " + call->path);
  log.add("Method request path: " + java_map(call->path_parameters));
  log.add("Method request query string: " + java_map(call->query));
  log.add("Method request headers: " + java_map(test.headers));
  log.add("Method request body before transformations: " + test.body);
  serve_rest_method(call);
}

void test_authorizer(const CallServices& services, const std::shared_ptr<const ServedStage>& stage, TestInvocation test,
                     TestDone done) {
  const auto& all = stage->definition->authorizers;
  const auto authorizer = std::find_if(all.begin(), all.end(), [&](const Authorizer& a) { return a.id == test.id; });
  if (authorizer == all.end()) return done({});
  if (test.path.empty()) test.path = "/";
  const std::shared_ptr<Call> call = make_call(services, stage, test, [](WireReply) {});
  // A method of no resource, which only this authorizer guards.
  struct Tested {
    Resource resource;
    Method method;
    RoutePlan plan;
  };
  auto tested = std::make_shared<Tested>();
  tested->method.http_method = test.verb;
  tested->plan.path = call->path;
  tested->plan.resource = &tested->resource;
  tested->plan.method = &tested->method;
  tested->plan.access =
      AccessPlanner(*stage->api, *stage->definition, *stage->stage)
          .plan(authorizer->type == "COGNITO_USER_POOLS" ? "COGNITO_USER_POOLS" : "CUSTOM", authorizer->id, {}, false);
  call->plan = &tested->plan;
  call->execution_log->add("Starting authorizer: " + test.id + " for request: " + call->request_id);
  services.access->check(
      call, [tested, done = std::move(done)](const std::shared_ptr<Call>& checked, const AccessOutcome& outcome) {
        ExecutionLog& log = *checked->execution_log;
        TestResult result;
        const bool answered = outcome.access == Access::kAdmitted || outcome.access == Access::kDenied;
        result.status = answered ? 200 : outcome.access == Access::kUnauthorized ? 401 : 500;
        result.principal_id = checked->caller.principal_id;
        result.claims = checked->caller.claims;
        Arena arena;
        const std::string payload = log.authorizer_result();
        if (const JsonParse parsed = parse_json(payload, arena); parsed.fault == JsonFault::kNone)
          if (const JsonValue* policy = parsed.root.find("policyDocument")) append_json(*policy, result.policy);
        if (answered) {
          if (!result.principal_id.empty())
            log.add("Using valid authorizer policy for principal: " + masked(result.principal_id));
          log.add("Successfully completed authorizer execution");
        } else if (result.status == 401) {
          log.add("Unauthorized request: " + checked->request_id);
        } else {
          log.add("Execution failed due to configuration error: " + outcome.reason);
        }
        result.log = log.text();
        result.latency_ms = milliseconds_since(checked->begun);
        done(std::move(result));
      });
}

}  // namespace stator::gateway
