// Who may call, through the whole gateway: Lambda authorizers, tokens, signatures, resource policies, and what
// functions are told of the caller. Answers are compared byte for byte.
#include <gtest/gtest.h>

#include "gateway_fakes.h"
#include "signing.h"

namespace stator::gateway {
namespace {

std::string policy_answer(const std::string& effect, const std::string& resource, const std::string& more = "") {
  return R"({"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":")" +
         effect + R"(","Resource":")" + resource + "\"}]}" + more + "}";
}

// The value of a member of what the function was sent, up to the closing brace of its object. How long the authorizer
// took is left out.
std::string part(std::string text, const std::string& from) {
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

const std::string kAuthUri =
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:auth/invocations";

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

std::string with_uri(std::string text) {
  for (size_t at; (at = text.find("URI\"")) != std::string::npos;) text.replace(at, 3, kAuthUri);
  return text;
}

const std::string kBareUnauthorized = "401 {\"message\":\"Unauthorized\"}";

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

const std::string kHttp = R"(
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

TEST(JwtAuthorizer, ChecksSignatureAndClaims) {
  const Signer signer("k1"), stranger("k1");
  Guarded api(with_uri(kHttp), [&](Guarded& g, GatewayOptions& o) {
    o.access.key_sets = {"https://issuer.example=" + g.folder.write("keys.json", signer.key_set())};
  });
  const int64_t now = kNow / 1000;
  auto claims = [&](const std::string& more, int64_t expires = 100,
                    const std::string& issuer = "https://issuer.example") {
    return R"({"iss":")" + issuer + R"(","exp":)" + std::to_string(now + expires) + more + "}";
  };
  auto ask = [&](const std::string& token, const std::string& path = "/jwt") {
    const auto exchange = api.call("GET", path, {{"Authorization", token}});
    return std::to_string(exchange->answer.status) + " " + exchange->answer.body + " " +
           exchange->header("www-authenticate");
  };
  auto refused = [&](const std::string& why, const std::string& scope = "") {
    return kBareUnauthorized + " Bearer scope=\"" + scope + "\" error=\"invalid_token\" error_description=\"" + why +
           "\"";
  };
  const std::string good = claims(R"(,"aud":"shop","sub":"ann","groups":["a","b"],"ok":true,"scope":"read write")");
  EXPECT_EQ(api.call("GET", "/jwt")->header("www-authenticate"), "Bearer");
  EXPECT_EQ(api.text("GET", "/jwt"), kBareUnauthorized);
  const auto exchange = api.call("GET", "/jwt", {{"authorization", "Bearer " + signer.token(good)}});
  EXPECT_EQ(exchange->answer.status, 200) << exchange->header("www-authenticate");
  EXPECT_EQ(part(exchange->answer.body, "\"authorizer\":"),
            R"({"jwt":{"claims":{"iss":"https://issuer.example","exp":")" + std::to_string(now + 100) +
                R"(","aud":"shop","sub":"ann","groups":"[a b]","ok":"true","scope":"read write"},"scopes":null}})");
  EXPECT_EQ(ask(signer.token(good)).substr(0, 3), "200");  // also without Bearer
  EXPECT_EQ(ask(signer.token(good, "RS512")).substr(0, 3), "200");
  EXPECT_EQ(ask(signer.token(claims(R"(,"client_id":"other")"))).substr(0, 3), "200");
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":["x","shop"])"))).substr(0, 3), "200");
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"x","client_id":"shop")"))),
            refused("the token does not have a valid audience"));
  EXPECT_EQ(ask(signer.token(claims(""))), refused("the token does not have a valid audience"));
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"shop")", 0))), refused("the token has expired"));
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"shop","nbf":)" + std::to_string(now + 9)))),
            refused("the token is not valid yet"));
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"shop")", 9, "https://other.example"))),
            refused("the token does not have a valid issuer"));
  EXPECT_EQ(ask(stranger.token(good)), refused("the token's signature is invalid"));
  EXPECT_EQ(ask(signer.token(good, "RS256", "k2")), refused("unable to find a key with the token's kid"));
  EXPECT_EQ(ask(signer.token(good, "HS256")), refused("signing method HS256 is invalid"));
  EXPECT_EQ(ask(signer.token(good, "none")), refused("signing method none is invalid"));
  EXPECT_EQ(ask("a.b"), refused("token contains an invalid number of segments"));
  EXPECT_EQ(ask("a.b.c"), refused("unable to decode the token"));
  std::string changed = signer.token(good);
  changed.replace(changed.find('.') + 1, changed.rfind('.') - changed.find('.') - 1,
                  base64url(claims(R"(,"aud":"shop","sub":"eve")")));
  EXPECT_EQ(ask(changed), refused("the token's signature is invalid"));
  // Scopes: one of the route's is enough, and the function is told which.
  const auto scoped = api.call("GET", "/scoped", {{"Authorization", signer.token(good)}});
  EXPECT_NE(scoped->answer.body.find(R"("scopes":["write"]}})"), std::string::npos) << scoped->answer.body;
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"shop","scp":["admin"])")), "/scoped").substr(0, 3), "200");
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"shop","scope":"read")")), "/scoped"),
            "403 {\"message\":\"Forbidden\"} Bearer scope=\"write admin\" error=\"insufficient_scope\" "
            "error_description=\"the token does not have a valid scope\"");
  EXPECT_EQ(ask(signer.token(claims(R"(,"aud":"x")")), "/scoped"),
            refused("the token does not have a valid audience", "write admin"));
}

TEST(JwtAuthorizer, WithoutAKeyRefusesUnlessTokensAreTrusted) {
  const Signer signer("k1");
  const std::string token =
      signer.token(R"({"iss":"https://issuer.example","aud":"shop","exp":)" + std::to_string(kNow / 1000 + 9) + "}");
  Guarded strict(with_uri(kHttp));
  const std::vector<std::string> notes = strict.gateway->notes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(
      notes[0],
      "API shop, stage $default: every request is refused: no key is at hand to check tokens with; give --jwks FILE: "
      "GET /jwt (https://issuer.example); GET /scoped (https://issuer.example)");
  EXPECT_EQ(strict.text("GET", "/jwt", {{"Authorization", token}}), kBareUnauthorized);
  EXPECT_EQ(strict.traces.back().problem,
            "no key is at hand for tokens of https://issuer.example, which is not on this machine: give --jwks");
  EXPECT_EQ(strict.upstream.last.url, "");  // nobody was asked
  Guarded trusting(with_uri(kHttp), [](Guarded&, GatewayOptions& o) { o.access.trust_unverified_tokens = true; });
  EXPECT_EQ(trusting.text("GET", "/jwt", {{"Authorization", token}}).substr(0, 3), "200");
  trusting.now += 10'000;  // its claims are checked still
  EXPECT_EQ(trusting.text("GET", "/jwt", {{"Authorization", token}}), kBareUnauthorized);
  EXPECT_EQ(trusting.gateway->notes().at(0).substr(0, 96),
            "API shop, stage $default: signatures of tokens are not verified (--trust-unverified-tokens): GET");
}

TEST(JwtAuthorizer, AsksAnIssuerOnThisMachineForItsKeys) {
  const Signer first("k1"), second("k2");
  std::string text = with_uri(kHttp);
  text.replace(text.find("https://issuer.example"), 22, "http://localhost:9000/realm/");
  Guarded api(text);
  struct Issuer : UpstreamClient {
    void send(UpstreamRequest request, std::function<void(UpstreamResult)> done) override {
      urls.push_back(request.url);
      UpstreamResult result;
      result.status = 200;
      result.body = request.url.ends_with("configuration") ? R"({"jwks_uri":")" + jwks + "\"}" : keys;
      done(result);
    }
    std::vector<std::string> urls;
    std::string keys, jwks = "http://127.0.0.1:9000/keys";
  } issuer;
  TokenKeys keys(issuer, [&] { return api.now; });
  auto find = [&](const std::string& id) {
    FoundKeys out;
    keys.find("http://localhost:9000/realm/", id, [&](FoundKeys found) { out = std::move(found); });
    return out.keys ? (out.keys->has(id) ? "has it" : "lacks it") : out.problem;
  };
  issuer.keys = first.key_set();
  EXPECT_EQ(find("k1"), "has it");
  EXPECT_EQ(find("k1"), "has it");
  EXPECT_EQ(issuer.urls, (std::vector<std::string>{"http://localhost:9000/realm/.well-known/openid-configuration",
                                                   "http://127.0.0.1:9000/keys"}));
  issuer.keys = second.key_set();
  EXPECT_EQ(find("k2"), "lacks it");  // it was asked just now
  api.now += 10'000;
  EXPECT_EQ(find("k2"), "has it");
  issuer.keys = "nonsense";
  api.now += 3 * 3600'000;
  EXPECT_EQ(find("k2"), "has it");  // the last good ones stay
  issuer.jwks = "https://elsewhere.example/keys";
  TokenKeys fresh(issuer, [&] { return api.now; });
  std::string problem;
  fresh.find("http://localhost:1", "k", [&](const FoundKeys& found) { problem = found.problem; });
  EXPECT_EQ(problem, "OIDC discovery endpoint communication error");
  EXPECT_EQ(issuer.urls.back(), "http://localhost:1/.well-known/openid-configuration");  // and not what it named
  EXPECT_TRUE(is_local_url("http://[::1]:80/a"));
  for (const char* url : {"http://localhost.example/", "http://127.0.0.1.example/", "http://127.0.0.1@evil/",
                          "ftp://localhost", "http://10.0.0.1"})
    EXPECT_FALSE(is_local_url(url)) << url;
}

const std::string kPool = R"(
openapi: 3.0.1
info: {title: pool}
paths:
  /id: {get: {security: [{pool: []}], x-stator-handler: f}}
  /access: {get: {security: [{pool: [shop/read]}], x-stator-handler: f}}
components:
  securitySchemes:
    pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools, x-amazon-apigateway-authorizer: {type: cognito_user_pools, x-stator-jwks: keys.json, providerARNs: ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"]}}
)";

TEST(UserPool, TakesIdentityTokensOrWithScopesAccessTokens) {
  const Signer signer("k1");
  Guarded api(kPool, [&](Guarded& g, GatewayOptions&) { g.folder.write("keys.json", signer.key_set()); });
  const std::string issuer =
      R"({"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc","exp":)" + std::to_string(kNow / 1000 + 60);
  const std::string id = signer.token(
      issuer +
      R"(,"iat":1587481701,"token_use":"id","sub":"ann","cognito:groups":["a","b"],"email_verified":true,"auth_time":1587481700})");
  const auto exchange = api.call("GET", "/id", {{"Authorization", id}});
  EXPECT_EQ(exchange->answer.status, 200) << exchange->answer.body;
  EXPECT_EQ(
      part(exchange->answer.body, "\"authorizer\":"),
      R"({"claims":{"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc","exp":"Tue Apr 21 15:09:21 UTC 2020","iat":"Tue Apr 21 15:08:21 UTC 2020","token_use":"id","sub":"ann","cognito:groups":"a,b","email_verified":"true","auth_time":"1587481700"}})");
  const std::string access = signer.token(issuer + R"(,"token_use":"access","scope":"openid shop/read"})");
  EXPECT_EQ(api.text("GET", "/id", {{"Authorization", access}}), kBareUnauthorized);
  EXPECT_EQ(api.text("GET", "/access", {{"Authorization", access}}).substr(0, 3), "200");
  EXPECT_EQ(api.text("GET", "/access", {{"Authorization", id}}), kBareUnauthorized);
  EXPECT_EQ(api.text("GET", "/id"), kBareUnauthorized);
  EXPECT_EQ(api.text("GET", "/id", {{"Authorization", "nonsense"}}), kBareUnauthorized);
  api.now += 60'000;
  EXPECT_EQ(api.text("GET", "/id", {{"Authorization", id}}), "401 {\"message\":\"The incoming token has expired\"}");
}

const std::string kIam = R"(
openapi: 3.0.1
info: {title: iam}
POLICY
paths:
  /x: {get: {x-amazon-apigateway-auth: {type: AWS_IAM}, x-stator-handler: f}}
  /open: {get: {x-stator-handler: f}}
)";

std::string iam_api(const std::string& policy = "") {
  std::string text = kIam;
  return text.replace(text.find("POLICY"), 6, policy.empty() ? "" : "x-amazon-apigateway-policy: " + policy);
}

const std::string kSigned =
    "AWS4-HMAC-SHA256 Credential=AKID/20200421/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, "
    "Signature=SIGNATURE";

TEST(Iam, SignaturesMustBeThereAndWellFormed) {
  Guarded api(iam_api());
  EXPECT_EQ(api.text("GET", "/x"), "403 {\"message\":\"Missing Authentication Token\"}");
  EXPECT_EQ(api.call("GET", "/x")->header("x-amzn-ErrorType"), "MissingAuthenticationTokenException");
  auto incomplete = [&](const std::string& authorization) {
    const auto exchange = api.call("GET", "/x", {{"Authorization", authorization}});
    EXPECT_EQ(exchange->answer.status, 403);
    EXPECT_EQ(exchange->header("x-amzn-ErrorType"), "IncompleteSignatureException");
    return exchange->answer.body;
  };
  EXPECT_EQ(
      incomplete("Bearer abc"),
      "{\"message\":\"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
      "encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.\"}");
  EXPECT_EQ(incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/e").substr(0, 65),
            "{\"message\":\"Authorization header requires 'Signature' parameter. ");
  EXPECT_EQ(incomplete("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b").find("existence of either"),
            42u);
  const auto exchange = api.call("GET", "/x", {{"Authorization", kSigned}, {"X-Amz-Date", "20200421T150821Z"}});
  EXPECT_EQ(exchange->answer.status, 200) << exchange->answer.body;
  EXPECT_NE(
      exchange->answer.body.find(
          R"("identity":{"cognitoIdentityPoolId":null,"accountId":"123456789012","cognitoIdentityId":null,"caller":"123456789012","sourceIp":"127.0.0.1","principalOrgId":null,"accessKey":"AKID","cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":"arn:aws:iam::123456789012:root","userAgent":null,"user":"123456789012"})"),
      std::string::npos)
      << exchange->answer.body;
  EXPECT_EQ(api.gateway->notes().at(0),
            "API iam, stage dev: signatures are asked for and not verified, for want of --iam-credentials: GET /x");
}

TEST(Iam, SignaturesAreVerifiedWithTheOwnersKeys) {
  Guarded api(iam_api(), [](Guarded& g, GatewayOptions& o) {
    o.access.credential_file =
        g.folder.write("credentials", "[ann]\naws_access_key_id = AKID\naws_secret_access_key = secret\n");
  });
  auto ask = [&](const std::string& signature, const std::string& key = "AKID",
                 const std::string& time = "20200421T150821Z") {
    std::string authorization = kSigned;
    authorization.replace(authorization.find("SIGNATURE"), 9, signature);
    authorization.replace(authorization.find("AKID"), 4, key);
    const auto exchange = api.call("GET", "/x?b=2&a=%2F1",
                                   {{"Host", "localhost"}, {"Authorization", authorization}, {"X-Amz-Date", time}});
    return std::to_string(exchange->answer.status) + " " + exchange->header("x-amzn-ErrorType") + " " +
           exchange->answer.body;
  };
  // Made with botocore's SigV4Auth.
  const std::string good = "8e5f064fe40608f40f2f6a09e4e295415b20c8e3eb14c63eeb27f212fbf8978c";
  EXPECT_EQ(ask(good).substr(0, 3), "200") << ask(good);
  EXPECT_NE(ask(good).find(R"("userArn":"arn:aws:iam::123456789012:user/ann")"), std::string::npos);
  EXPECT_EQ(ask(std::string(64, '0')).substr(0, 110),
            "403 InvalidSignatureException {\"message\":\"The request signature we calculated does not match the "
            "signature you");
  EXPECT_EQ(ask(good, "AKIE"),
            "403 UnrecognizedClientException {\"message\":\"The security token included in the request is invalid.\"}");
  api.now += 5 * 60'000 + 1000;
  EXPECT_EQ(ask(good),
            "403 InvalidSignatureException {\"message\":\"Signature expired: 20200421T150821Z is now earlier than "
            "20200421T150822Z "
            "(20200421T151322Z - 5 min.)\"}");
  EXPECT_TRUE(api.gateway->notes().empty());
}

TEST(ResourcePolicy, OpenRoutesNeedAnAllow) {
  const std::string masked = "arn:aws:execute-api:us-east-1:********9012:";
  Guarded allows(iam_api(
      R"({Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*/GET/open"}, {Effect: Deny, Principal: "*", Action: "*", Resource: "*", Condition: {NotIpAddress: {"aws:SourceIp": ["127.0.0.0/8"]}}}]})"));
  EXPECT_EQ(allows.text("GET", "/open").substr(0, 3), "200");
  Guarded silent(iam_api(
      R"({Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "*", Condition: {IpAddress: {"aws:SourceIp": 10.0.0.0/8}}}]})"));
  const std::string answer = silent.text("GET", "/open");
  const std::string id = silent.traces.back().api_id;
  EXPECT_EQ(answer,
            "403 {\"Message\":\"User: anonymous is not authorized to perform: execute-api:Invoke on resource: " +
                masked + id + "/dev/GET/open\"}");
  // The account lets its own in where the policy is silent.
  EXPECT_EQ(silent.text("GET", "/x", {{"Authorization", kSigned}, {"X-Amz-Date", "20200421T150821Z"}}).substr(0, 3),
            "200");
  Guarded denies(iam_api(
      R"({Statement: [{Effect: Deny, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "*", Resource: "*"}, {Effect: Allow, Principal: "*", Action: "*", Resource: "*"}]})"));
  EXPECT_EQ(denies.text("GET", "/open").substr(0, 3), "200");
  EXPECT_EQ(denies.text("GET", "/x", {{"Authorization", kSigned}, {"X-Amz-Date", "20200421T150821Z"}}),
            "403 {\"Message\":\"User: arn:aws:iam::123456789012:root is not authorized to perform: execute-api:Invoke "
            "on resource: " +
                masked + denies.traces.back().api_id + "/dev/GET/x with an explicit deny\"}");
}

}  // namespace
}  // namespace stator::gateway
