// TestInvokeMethod and TestInvokeAuthorizer: the draft of a REST API at work, without a deployment. They are answered
// when the integration is, behind the transaction that read the draft.
#include "emulator/gateway/control/build_api.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

// "multiValueHeaders" says all that "headers" says of the same name.
std::vector<std::pair<std::string, std::string>> headers_of(const Node& input) {
  std::vector<std::pair<std::string, std::string>> headers;
  const Node* many = input.find("multiValueHeaders");
  if (many != nullptr)
    for (const Member& m : many->members)
      for (const Node& value : m.value.items) headers.emplace_back(m.name, value.text);
  if (const Node* single = input.find("headers"))
    for (const Member& m : single->members)
      if (many == nullptr || many->find(m.name) == nullptr) headers.emplace_back(m.name, m.value.text);
  return headers;
}

StringMap variables_of(const Node& input) {
  StringMap variables;
  if (const Node* given = input.find("stageVariables"))
    for (const Member& m : given->members) variables[m.name] = m.value.text;
  return variables;
}

TestInvocation invocation_of(ControlRequest& request, const char* stage) {
  TestInvocation test;
  test.scope = request.scope;
  test.stage = stage;
  test.api = drafted_api(request.documents, api_path(request), stage, variables_of(request.input));
  test.path = text_in(request.input, "pathWithQueryString");
  if (!test.path.empty() && !test.path.starts_with('/')) test.path.insert(0, "/");
  test.headers = headers_of(request.input);
  test.body = text_in(request.input, "body");
  test.user_agent = request.user_agent;
  return test;
}

void set_pairs(Node& body, std::string_view name, const std::vector<std::pair<std::string, std::string>>& pairs) {
  Node& map = child_map(body, name);
  for (const auto& [key, value] : pairs) set_text(map, key, value);
}

Node method_answer(const TestResult& result) {
  Node body = map_node();
  body.set("status", number_node(result.status));
  set_text(body, "body", result.body);
  set_pairs(body, "headers", result.headers);
  Node& many = child_map(body, "multiValueHeaders");
  for (const auto& [name, value] : result.headers) {
    set_default(many, name, list_node());
    many.find(name)->items.push_back(text_node(value));
  }
  set_text(body, "log", result.log);
  body.set("latency", number_node(result.latency_ms));
  return body;
}

Node authorizer_answer(const TestResult& result) {
  Node body = map_node();
  body.set("clientStatus", number_node(result.status));
  set_text(body, "log", result.log);
  body.set("latency", number_node(result.latency_ms));
  if (!result.principal_id.empty()) set_text(body, "principalId", result.principal_id);
  if (!result.policy.empty()) set_text(body, "policy", result.policy);
  if (!result.claims.empty()) set_pairs(body, "claims", result.claims);
  return body;
}

void test_method(ControlRequest& request) {
  require_api(request);
  const std::string resource = child(api_path(request) + "/resources", request.name("resource_id"));
  if (!request.documents.has(resource)) throw not_found("Invalid Resource identifier specified");
  const std::string& verb = request.name("http_method");
  std::string method = verb;
  if (!request.documents.has(child(resource + "/methods", verb))) method = "ANY";
  const std::string path = child(resource + "/methods", method);
  if (!request.documents.has(path)) throw not_found("Invalid Method identifier specified");
  if (!request.documents.has(path + "/integration")) throw bad_request("No integration defined for method");
  TestInvocation test = invocation_of(request, kTestedStage);
  test.id = request.name("resource_id");
  test.method = method;
  test.verb = verb == "ANY" ? "GET" : verb;
  request.reply.later = [test = std::move(test), run = request.tests->method](std::function<void(Node)> done) {
    run(test, [done = std::move(done)](const TestResult& result) { done(method_answer(result)); });
  };
}

void test_authorizer(ControlRequest& request) {
  require_api(request);
  const std::string& id = request.name("authorizer_id");
  if (!request.documents.has(child(api_path(request) + "/authorizers", id)))
    throw not_found("Invalid Authorizer identifier specified");
  TestInvocation test = invocation_of(request, kTestedAuthorizerStage);
  test.id = id;
  test.method = test.verb = "GET";
  request.reply.later = [test = std::move(test), run = request.tests->authorizer](std::function<void(Node)> done) {
    run(test, [done = std::move(done)](const TestResult& result) { done(authorizer_answer(result)); });
  };
}

}  // namespace

bool run_test_invokes(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (name != "TestInvokeMethod" && name != "TestInvokeAuthorizer") return false;
  if (request.tests == nullptr || !request.tests->method) throw not_offered(std::string(name));
  if (name == "TestInvokeMethod")
    test_method(request);
  else
    test_authorizer(request);
  return true;
}

}  // namespace stator::gateway::control
