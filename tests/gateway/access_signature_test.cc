// Signed requests and resource policies through the whole gateway. Answers are compared byte for byte.
#include <gtest/gtest.h>

#include "guarded.h"

namespace stator::gateway {
namespace {

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
  EXPECT_EQ(
      api.gateway->notes().at(0),
      "API iam, stage dev: signatures are asked for and not verified, for want of --iam-credentials or --iam: GET /x");
}

TEST(Iam, SignaturesAreVerifiedWithTheOwnersKeys) {
  Guarded api(iam_api(), [](Guarded& g, GatewayOptions& o) {
    o.access.identities = std::make_shared<access::Identities>(access::Identities::read_credentials(
        g.folder.write("credentials", "[ann]\naws_access_key_id = AKID\naws_secret_access_key = secret\n")));
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

TEST(Iam, UsersOfAFileWithPoliciesMayDoWhatThoseSay) {
  auto ask = [](const std::string& account, const std::string& policies, const std::string& api_policy = "") {
    Guarded api(iam_api(api_policy), [&](Guarded& g, GatewayOptions& o) {
      o.access.identities = std::make_shared<access::Identities>(access::Identities::read_file(
          g.folder.write("iam.yaml", "Users:\n  - {UserName: ann, Account: \"" + account +
                                         "\", AccessKeys: [{AccessKeyId: AKID, SecretAccessKey: secret}], Policies: [" +
                                         policies + "]}\n")));
    });
    std::string authorization = kSigned;
    authorization.replace(authorization.find("SIGNATURE"), 9,
                          "8e5f064fe40608f40f2f6a09e4e295415b20c8e3eb14c63eeb27f212fbf8978c");
    const auto exchange =
        api.call("GET", "/x?b=2&a=%2F1",
                 {{"Host", "localhost"}, {"Authorization", authorization}, {"X-Amz-Date", "20200421T150821Z"}});
    return std::to_string(exchange->answer.status) + (exchange->answer.status == 200 ? "" : exchange->answer.body);
  };
  const std::string own = "123456789012";
  const std::string allow = R"({Statement: {Effect: Allow, Action: "execute-api:Invoke", Resource: "*/GET/*"}})";
  EXPECT_EQ(ask(own, allow), "200");
  EXPECT_NE(ask(own, "").find("user/ann is not authorized to perform: execute-api:Invoke on resource: "
                              "arn:aws:execute-api:us-east-1:********9012:"),
            std::string::npos)
      << ask(own, "");
  EXPECT_NE(ask(own, "").find(" because no identity-based policy allows the execute-api:Invoke action"),
            std::string::npos);
  EXPECT_NE(ask("111122223333", allow).find(" because no resource-based policy allows"), std::string::npos);
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
