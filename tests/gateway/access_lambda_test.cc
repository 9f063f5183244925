// Lambda authorizers through the whole gateway: when they are asked, with what, and what their answers open. Answers
// are compared byte for byte.
#include <gtest/gtest.h>

#include "guarded.h"

namespace stator::gateway {
namespace {

const std::string kRest = R"(
openapi: 3.0.1
info: {title: shop}
x-amazon-apigateway-gateway-responses:
  AUTHORIZER_CONFIGURATION_ERROR: {statusCode: "503"}
paths:
  /token: {get: {security: [{tok: []}], x-stator-handler: f}}
  /token/{id}: {get: {security: [{tok: []}], x-stator-handler: f}}
  /fresh: {get: {security: [{req: []}], x-stator-handler: f}}
  /open: {get: {x-stator-handler: f}}
components:
  securitySchemes:
    tok:
      type: apiKey
      name: X-Token
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: {type: token, authorizerUri: "URI", identityValidationExpression: "^Bearer [a-z0-9]+$", authorizerResultTtlInSeconds: 60}
    req:
      type: apiKey
      name: Unused
      in: header
      x-amazon-apigateway-authorizer: {type: request, authorizerUri: "URI", identitySource: "method.request.header.A, method.request.querystring.b", authorizerResultTtlInSeconds: 0}
)";

TEST(TokenAuthorizer, IsAskedOnceAndItsPolicyForEachResource) {
  Guarded api(with_uri(kRest));
  EXPECT_EQ(api.text("GET", "/token"), kBareUnauthorized);
  EXPECT_EQ(api.call("GET", "/token")->header("x-amzn-ErrorType"), "UnauthorizedException");
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Basic abc"}}), kBareUnauthorized);
  EXPECT_EQ(api.asked, 0);
  const std::string id = api.traces.back().api_id;
  api.answer = policy_answer("Allow", "arn:aws:execute-api:us-east-1:123456789012:" + id + "/dev/GET/token",
                             R"(,"context":{"n":1,"b":true,"s":"x \"y\""})");
  const auto exchange = api.call("GET", "/token", {{"x-token", "Bearer abc"}});
  EXPECT_EQ(exchange->answer.status, 200);
  EXPECT_EQ(api.event, R"({"type":"TOKEN","methodArn":"arn:aws:execute-api:us-east-1:123456789012:)" + id +
                           R"(/dev/GET/token","authorizationToken":"Bearer abc"})");
  EXPECT_EQ(part(exchange->answer.body, "\"authorizer\":"),
            R"({"n":"1","b":"true","s":"x \"y\"","principalId":"ann","integrationLatency":_})");
  EXPECT_EQ(api.text("GET", "/token/1", {{"X-Token", "Bearer abc"}}),
            "403 {\"Message\":\"User is not authorized to access this resource\"}");
  EXPECT_EQ(api.asked, 1);  // the same token: the policy is kept and does not allow the other resource
  api.answer = policy_answer("Deny", "*");
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Bearer other"}}),
            "403 {\"Message\":\"User is not authorized to access this resource with an explicit deny in an "
            "identity-based policy\"}");
  EXPECT_EQ(api.asked, 2);
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Bearer abc"}}).substr(0, 3), "200");
  api.now += 60'000;
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Bearer abc"}}).substr(0, 3), "403");  // it has expired
  EXPECT_EQ(api.asked, 3);
  EXPECT_EQ(api.text("GET", "/open").substr(0, 3), "200");
  EXPECT_EQ(part(api.call("GET", "/open")->answer.body, "\"authorizer\":"), "(absent)");
}

TEST(TokenAuthorizer, FailuresHaveTheirGatewayResponses) {
  Guarded api(with_uri(kRest));
  auto ask = [&](const std::string& answer, FunctionFault fault = FunctionFault::kNone) {
    api.answer = answer;
    api.fault = fault;
    const auto exchange = api.call("GET", "/token", {{"X-Token", "Bearer abc"}});
    return std::to_string(exchange->answer.status) + " " + exchange->answer.body + " " +
           exchange->header("x-amzn-ErrorType");
  };
  const std::string failure = "500 {\"message\":null} AuthorizerFailureException";
  const std::string configuration = "503 {\"message\":null} AuthorizerConfigurationException";
  EXPECT_EQ(ask(R"({"errorMessage":"Unauthorized","errorType":"Error"})", FunctionFault::kFunctionError),
            kBareUnauthorized + " UnauthorizedException");
  EXPECT_EQ(ask(R"({"errorMessage":"Unauthorised"})", FunctionFault::kFunctionError), failure);
  EXPECT_EQ(ask("", FunctionFault::kTimeout), failure);
  EXPECT_EQ(ask("null"), configuration);
  EXPECT_EQ(ask(R"({"policyDocument":{"Statement":[]}})"), configuration);
  EXPECT_EQ(ask(R"({"principalId":"a"})"), configuration);
  EXPECT_EQ(
      ask(R"({"principalId":"a","policyDocument":{"Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}})"),
      configuration);
  EXPECT_EQ(ask(policy_answer("Allow", "*", R"(,"context":{"list":[1]})")), configuration);
  EXPECT_EQ(api.asked, 8);  // none of it is kept
  EXPECT_EQ(ask(policy_answer("Allow", "*")).substr(0, 3), "200");
}

TEST(TokenAuthorizer, AHugeTokenAndAHostileExpressionEnd) {
  std::string text = with_uri(kRest);
  text.replace(text.find("^Bearer [a-z0-9]+$"), 18, "(a|a|aa)*b");
  Guarded hostile(text);
  EXPECT_EQ(hostile.text("GET", "/token", {{"X-Token", std::string(5'000, 'a')}}), kBareUnauthorized);
  Guarded api(with_uri(kRest));
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Bearer " + std::string(10'000, 'a')}}).substr(0, 3), "200");
  EXPECT_EQ(api.text("GET", "/token", {{"X-Token", "Bearer " + std::string(1'000'000, '!')}}), kBareUnauthorized);
}

TEST(RequestAuthorizer, GetsTheRequestAndNeedsEverySource) {
  Guarded api(with_uri(kRest));
  EXPECT_EQ(api.text("GET", "/fresh?b=1"), kBareUnauthorized);
  EXPECT_EQ(api.text("GET", "/fresh", {{"A", "x"}}), kBareUnauthorized);
  EXPECT_EQ(api.text("GET", "/fresh?b=", {{"A", "x"}}), kBareUnauthorized);
  EXPECT_EQ(api.asked, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(api.text("GET", "/fresh?b=1", {{"A", "x"}}).substr(0, 3), "200");
  EXPECT_EQ(api.asked, 2);  // its results are not kept
  const std::string id = api.traces.back().api_id;
  const std::string start =
      R"({"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:)" + id +
      R"(/dev/GET/fresh","resource":"/fresh","path":"/fresh","httpMethod":"GET","headers":{"A":"x",)";
  EXPECT_EQ(api.event.substr(0, start.size()), start);
  EXPECT_NE(
      api.event.find(
          R"("queryStringParameters":{"b":"1"},"multiValueQueryStringParameters":{"b":["1"]},"pathParameters":{},"stageVariables":{},"requestContext":{"resourceId":)"),
      std::string::npos)
      << api.event;
  EXPECT_EQ(api.event.find("\"body\""), std::string::npos);
}

TEST(HttpAuthorizer, SimpleResponsesSayYesOrNo) {
  Guarded api(with_uri(kHttp));
  EXPECT_EQ(api.text("GET", "/simple"), kBareUnauthorized);
  api.answer = R"({"isAuthorized":true,"context":{"n":1,"list":["a",{"b":null}],"s":"t"}})";
  auto exchange = api.call("GET", "/simple", {{"a", "k1"}});
  EXPECT_EQ(exchange->answer.status, 200);
  EXPECT_EQ(part(exchange->answer.body, "\"authorizer\":"), R"({"lambda":{"n":1,"list":["a",{"b":null}],"s":"t"}})");
  const std::string id = api.traces.back().api_id;
  const std::string start =
      R"({"version":"2.0","type":"REQUEST","routeArn":"arn:aws:execute-api:us-east-1:123456789012:)" + id +
      R"(/$default/GET/simple","identitySource":["k1"],"routeKey":"GET /simple","rawPath":"/simple","rawQueryString":"","headers":{)";
  EXPECT_EQ(api.event.substr(0, start.size()), start);
  api.answer = R"({"isAuthorized":false})";
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k1"}}).substr(0, 3), "200");  // kept for 300 s
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k2"}}), "403 {\"message\":\"Forbidden\"}");
  api.now += 300'000;
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k1"}}), "403 {\"message\":\"Forbidden\"}");
  api.answer = R"({"isAuthorized":"true"})";
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k3"}}), "500 {\"message\":\"Internal Server Error\"}");
  api.fault = FunctionFault::kFunctionError;
  api.answer = R"({"errorMessage":"Unauthorized"})";
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k3"}}), kBareUnauthorized);
  api.answer = R"({"errorMessage":"no"})";
  EXPECT_EQ(api.text("GET", "/simple", {{"a", "k3"}}), "500 {\"message\":\"Internal Server Error\"}");
}

TEST(HttpAuthorizer, PoliciesAndFormatOne) {
  Guarded api(with_uri(kHttp));
  api.answer = policy_answer("Allow", "arn:*/GET/policy", R"(,"context":{"n":1.5})");
  auto exchange = api.call("GET", "/policy", {{"A", "x"}});
  EXPECT_EQ(part(exchange->answer.body, "\"authorizer\":"),
            R"({"n":"1.5","principalId":"ann","integrationLatency":_})");
  EXPECT_NE(api.event.find(R"("identitySource":["x","GET /policy"])"), std::string::npos) << api.event;
  api.answer = policy_answer("Deny", "*");
  EXPECT_EQ(api.text("GET", "/policy", {{"A", "y"}}), "403 {\"message\":\"Forbidden\"}");
  api.answer = policy_answer("Allow", "*");
  EXPECT_EQ(api.text("GET", "/old?q=1", {{"A", "x"}}).substr(0, 3), "200");
  const std::string id = api.traces.back().api_id;
  const std::string start =
      R"({"version":"1.0","type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:)" + id +
      R"(/$default/GET/old","identitySource":"x","authorizationToken":"x","resource":"/old","path":"/old","httpMethod":"GET","headers":{"a":"x",)";
  EXPECT_EQ(api.event.substr(0, start.size()), start);
  EXPECT_NE(
      api.event.find(
          R"("queryStringParameters":{"q":"1"},"pathParameters":{},"stageVariables":{},"requestContext":{"accountId":"123456789012",)"),
      std::string::npos)
      << api.event;
}

TEST(HttpAuthorizer, APreflightIsNobodysBusiness) {
  Guarded api(with_uri(kHttp));
  const auto exchange =
      api.call("OPTIONS", "/simple", {{"Origin", "http://a"}, {"Access-Control-Request-Method", "GET"}});
  EXPECT_EQ(exchange->answer.status, 204);
  EXPECT_EQ(api.asked, 0);
  // The refusal has the headers too, or a browser would not show it to its page.
  EXPECT_EQ(api.call("GET", "/simple", {{"Origin", "http://a"}})->header("access-control-allow-origin"), "*");
}

}  // namespace
}  // namespace stator::gateway
