// Gateways that ask who calls: one authorizer function under the test's command, a clock, and an HTTP API with an
// authorizer of each kind.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway_fakes.h"

namespace stator::gateway {

inline std::string policy_answer(const std::string& effect, const std::string& resource, const std::string& more = "") {
  return R"({"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":")" +
         effect + R"(","Resource":")" + resource + "\"}]}" + more + "}";
}

// The value of a member of what the function was sent, up to the closing brace of its object. How long the authorizer
// took is left out.
inline std::string part(std::string text, const std::string& from) {
  constexpr std::string_view kLatency = "\"integrationLatency\":";
  if (const size_t number = text.find(kLatency); number != std::string::npos)
    text.replace(number + kLatency.size(), text.find_first_of(",}", number) - number - kLatency.size(), "_");
  const size_t at = text.find(from);
  if (at == std::string::npos) return "(absent)";
  int depth = 0;
  for (size_t i = at + from.size(); i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if ((text[i] == '}' || text[i] == ']') && --depth == 0)
      return text.substr(at + from.size(), i + 1 - at - from.size());
  }
  return text.substr(at);
}

struct Guarded : Served {
  Guarded(const std::string& text, std::function<void(Guarded&, GatewayOptions&)> more = {})
      : Served(text, "api.yaml", [this, more](GatewayOptions& o) {
          o.function_files = {folder.write("f.yaml", "f: {kind: mock, result: {}}\nauth: {kind: mock, result: {}}\n")};
          o.now_ms = [this] { return now; };
          if (more) more(*this, o);
        }) {
    functions.behaviours["auth"] = [this](Invocation invocation) {
      ++asked;
      event = invocation.payload;
      InvocationResult result;
      result.payload = answer;
      result.fault = fault;
      invocation.done(std::move(result));
    };
  }

  int64_t now = kNow;
  int asked = 0;
  std::string event;
  std::string answer = policy_answer("Allow", "*");
  FunctionFault fault = FunctionFault::kNone;
};

inline const std::string kAuthUri =
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:auth/invocations";

inline std::string with_uri(std::string text) {
  for (size_t at; (at = text.find("URI\"")) != std::string::npos;) text.replace(at, 3, kAuthUri);
  return text;
}

inline const std::string kBareUnauthorized = "401 {\"message\":\"Unauthorized\"}";

inline const std::string kHttp = R"(
openapi: 3.0.1
info: {title: shop}
x-stator-protocol: HTTP
x-amazon-apigateway-cors: {allowOrigins: ["*"]}
paths:
  /simple: {get: {security: [{simple: []}], x-stator-handler: f}}
  /policy: {get: {security: [{policy: []}], x-stator-handler: f, x-amazon-apigateway-integration: {type: aws_proxy, payloadFormatVersion: "1.0"}}}
  /old: {get: {security: [{old: []}], x-stator-handler: f}}
  /jwt: {get: {security: [{jwt: []}], x-stator-handler: f}}
  /scoped: {get: {security: [{jwt: [write, admin]}], x-stator-handler: f}}
components:
  securitySchemes:
    simple: {type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: {type: request, identitySource: "$request.header.A", authorizerUri: "URI", authorizerPayloadFormatVersion: "2.0", enableSimpleResponses: true}}
    policy: {type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: {type: request, identitySource: "$request.header.A, $context.routeKey", authorizerUri: "URI", authorizerPayloadFormatVersion: "2.0"}}
    old: {type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: {type: request, identitySource: "$request.header.A", authorizerUri: "URI", authorizerPayloadFormatVersion: "1.0", authorizerResultTtlInSeconds: 0}}
    jwt: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, identitySource: "$request.header.Authorization", jwtConfiguration: {issuer: "https://issuer.example", audience: [shop, other]}}}
)";

}  // namespace stator::gateway
