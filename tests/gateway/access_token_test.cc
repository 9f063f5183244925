// Tokens of issuers and of user pools through the whole gateway: which are taken, and what functions are told of them.
// Answers are compared byte for byte.
#include <gtest/gtest.h>

#include "guarded.h"
#include "signing.h"

namespace stator::gateway {
namespace {

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

}  // namespace
}  // namespace stator::gateway
