// The policy language, statement by statement.
#include <gtest/gtest.h>

#include "emulator/policy/policy.h"

namespace stator::policy {
namespace {

Request invoke(const std::string& resource, ConditionContext context = {}) {
  return {"execute-api:Invoke", {resource}, "", {}, std::move(context)};
}

// "allow", "deny", "silent", or why the policy is none.
std::string decide(const std::string& json, const Request& request, PolicyKind kind = PolicyKind::kIdentity) {
  std::string problem;
  const auto policy = Policy::parse(json, kind, problem);
  if (!policy) return problem.empty() ? "refused without a reason" : problem;
  switch (policy->evaluate(request)) {
    case Decision::kAllow:
      return "allow";
    case Decision::kExplicitDeny:
      return "deny";
    case Decision::kImplicitDeny:
      return "silent";
  }
  return "?";
}

std::string statement(const std::string& members) {
  return R"({"Version":"2012-10-17","Statement":[{)" + members + "}]}";
}

const std::string kGet = "arn:aws:execute-api:us-east-1:123456789012:abc/dev/GET/pets/1";

TEST(Policy, ResourcesAndActionsHaveWildcards) {
  auto with = [](const std::string& action, const std::string& resource) {
    return decide(statement(R"("Effect":"Allow","Action":")" + action + R"(","Resource":")" + resource + "\""),
                  invoke(kGet));
  };
  EXPECT_EQ(with("execute-api:Invoke", kGet), "allow");
  EXPECT_EQ(with("EXECUTE-API:invoke", "*"), "allow");
  EXPECT_EQ(with("execute-api:*", "arn:aws:execute-api:*:*:abc/*/GET/pets/?"), "allow");
  EXPECT_EQ(with("*", "arn:aws:execute-api:us-east-1:123456789012:abc/dev/GET/pets/??"), "silent");
  EXPECT_EQ(with("execute-api:ManageConnections", "*"), "silent");
  EXPECT_EQ(with("execute-api:Invoke", "arn:aws:execute-api:us-east-1:123456789012:abc/dev/get/pets/1"), "silent");
  EXPECT_EQ(with("execute-api:Invoke", "arn:aws:execute-api:us-east-1:123456789012:abc/dev/GET/pets"), "silent");
}

TEST(Policy, DenyWinsAndNotFormsInvert) {
  EXPECT_EQ(decide(R"({"Statement":[{"Effect":"Deny","Action":"*","Resource":"*/pets/1"},)"
                   R"({"Effect":"Allow","Action":"*","Resource":"*"}]})",
                   invoke(kGet)),
            "deny");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","NotAction":"dynamodb:*","NotResource":["*/POST/*","*/admin"])"),
                   invoke(kGet)),
            "allow");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","NotAction":"execute-api:*","Resource":"*")"), invoke(kGet)),
            "silent");
  EXPECT_EQ(decide(statement(R"("Effect":"Deny","Action":"*","NotResource":"*/GET/*")"), invoke(kGet)), "silent");
}

TEST(Policy, AStatementIsAlsoTakenWithoutAList) {
  EXPECT_EQ(
      decide(R"({"Statement":{"Effect":"Allow","Action":["execute-api:Invoke"],"Resource":["*"]}})", invoke(kGet)),
      "allow");
}

TEST(Policy, PrincipalsNameWhoAsks) {
  Request user = invoke(kGet);
  user.account = "123456789012";
  user.principals = {"arn:aws:iam::123456789012:user/ann", "AIDA1"};
  auto asked = [&](const std::string& principal, const Request& who) {
    return decide(statement(R"("Effect":"Allow","Action":"*","Resource":"*",)" + principal), who,
                  PolicyKind::kResource);
  };
  EXPECT_EQ(asked(R"("Principal":"*")", invoke(kGet)), "allow");
  EXPECT_EQ(asked(R"("Principal":{"AWS":"*"})", invoke(kGet)), "allow");
  EXPECT_EQ(asked(R"("Principal":{"AWS":"arn:aws:iam::123456789012:root"})", invoke(kGet)), "silent");
  EXPECT_EQ(asked(R"("Principal":{"AWS":"arn:aws:iam::123456789012:root"})", user), "allow");
  EXPECT_EQ(asked(R"("Principal":{"AWS":["999999999999","123456789012"]})", user), "allow");
  EXPECT_EQ(asked(R"("Principal":{"AWS":["arn:aws:iam::123456789012:user/ann"]})", user), "allow");
  EXPECT_EQ(asked(R"("Principal":{"AWS":["arn:aws:iam::123456789012:user/bob"]})", user), "silent");
  EXPECT_EQ(asked(R"("NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob"]})", user), "allow");
  EXPECT_EQ(asked(R"("NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/ann"]})", user), "silent");
  EXPECT_EQ(asked(R"("Principal":{"Service":"apigateway.amazonaws.com"})", user), "silent");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Action":"*","Resource":"*")"), user, PolicyKind::kResource),
            "expected Principal");
}

TEST(Policy, AResourceMayHaveSeveralNames) {
  Request request = invoke(kGet);
  request.resources.push_back("execute-api:/dev/GET/pets/1");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Action":"*","Resource":"execute-api:/*/GET/*")"), request), "allow");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Action":"*","NotResource":"execute-api:/*/GET/*")"), request),
            "silent");
}

TEST(Policy, WhatIsNoPolicyIsToldWhy) {
  const Request any = invoke(kGet);
  EXPECT_EQ(decide("{", any), "not JSON");
  EXPECT_EQ(decide("[]", any), "expected an object");
  EXPECT_EQ(decide("{}", any), "expected Statement");
  EXPECT_EQ(decide(R"({"Version":"2020-01-01","Statement":[]})", any), "Version: expected 2012-10-17 or 2008-10-17");
  EXPECT_EQ(decide(statement(R"("Effect":"allow","Action":"*","Resource":"*")"), any),
            "Effect: expected Allow or Deny");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Resource":"*")"), any), "expected Action or NotAction");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Action":"*")"), any), "expected Resource or NotResource");
  EXPECT_EQ(decide(statement(R"("Effect":"Allow","Action":{},"Resource":"*")"), any),
            "Action: expected a string or a list of strings");
  EXPECT_EQ(
      decide(statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}})"), any),
      "Condition: \"StringIs\" is no operator");
  EXPECT_EQ(decide(R"({"Statement":[]})", any), "silent");
}

struct ConditionCase {
  const char* condition;
  const char* expected;
};

TEST(Policy, ConditionsAreChecked) {
  const Request request = invoke(kGet, {{"aws:sourceip", {"203.0.113.7"}},
                                        {"aws:useragent", {"curl/8.0"}},
                                        {"aws:securetransport", {"false"}},
                                        {"aws:epochtime", {"1587481701"}},
                                        {"aws:currenttime", {"2020-04-21T15:08:21Z"}},
                                        {"aws:username", {"ann*"}},
                                        {"aws:principalarn", {"arn:aws:iam::1:user/ann"}},
                                        {"my:tags", {"red", "blue"}}});
  const ConditionCase cases[] = {
      {R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}})", "allow"},
      {R"({"IpAddress":{"AWS:sourceIP":"203.0.113.7"}})", "allow"},
      {R"({"IpAddress":{"aws:SourceIp":"203.0.113.8/31"}})", "silent"},
      {R"({"IpAddress":{"aws:SourceIp":"203.0.113.6/31"}})", "allow"},
      {R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})", "allow"},
      {R"({"IpAddress":{"aws:SourceIp":"2001:db8::/32"}})", "silent"},
      {R"({"IpAddress":{"aws:SourceIp":"nonsense"}})", "silent"},
      {R"({"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}})", "allow"},
      {R"({"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24"]}})", "silent"},
      {R"({"StringEquals":{"aws:UserAgent":["x","curl/8.0"]}})", "allow"},
      {R"({"StringEquals":{"aws:UserAgent":"CURL/8.0"}})", "silent"},
      {R"({"StringEqualsIgnoreCase":{"aws:UserAgent":"CURL/8.0"}})", "allow"},
      {R"({"StringLike":{"aws:UserAgent":"curl/*"}})", "allow"},
      {R"({"StringNotLike":{"aws:UserAgent":"curl/*"}})", "silent"},
      {R"({"StringNotEquals":{"aws:UserAgent":["a","b"]}})", "allow"},
      {R"({"StringEquals":{"aws:Nowhere":"x"}})", "silent"},
      {R"({"StringNotEquals":{"aws:Nowhere":"x"}})", "allow"},
      {R"({"StringEqualsIfExists":{"aws:Nowhere":"x"}})", "allow"},
      {R"({"Null":{"aws:Nowhere":"true"}})", "allow"},
      {R"({"Null":{"aws:UserAgent":"true"}})", "silent"},
      {R"({"Null":{"aws:UserAgent":false}})", "allow"},
      {R"({"Bool":{"aws:SecureTransport":"false"}})", "allow"},
      {R"({"Bool":{"aws:SecureTransport":true}})", "silent"},
      {R"({"NumericLessThan":{"aws:EpochTime":1587481702}})", "allow"},
      {R"({"NumericGreaterThanEquals":{"aws:EpochTime":"1587481702"}})", "silent"},
      {R"({"NumericEquals":{"aws:UserAgent":"1"}})", "silent"},
      {R"({"DateGreaterThan":{"aws:CurrentTime":"2020-04-21T15:08:20Z"}})", "allow"},
      {R"({"DateLessThan":{"aws:CurrentTime":"2020-04-21T17:08:20+02:00"}})", "silent"},
      {R"({"DateLessThan":{"aws:CurrentTime":"2020-04-21T17:08:22.5+02:00"}})", "allow"},
      {R"({"DateEquals":{"aws:CurrentTime":1587481701}})", "allow"},
      {R"({"DateGreaterThan":{"aws:CurrentTime":"2020-04-21"}})", "allow"},
      {R"({"DateGreaterThan":{"aws:CurrentTime":"April"}})", "silent"},
      {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}})", "allow"},
      {R"({"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/ann"}})", "silent"},
      {R"({"ForAnyValue:StringEquals":{"my:tags":["blue","green"]}})", "allow"},
      {R"({"ForAllValues:StringEquals":{"my:tags":["blue","green"]}})", "silent"},
      {R"({"ForAllValues:StringEquals":{"my:tags":["blue","red"]}})", "allow"},
      {R"({"ForAllValues:StringEquals":{"my:none":["blue","red"]}})", "allow"},
      {R"({"ForAnyValue:StringNotEquals":{"my:none":["blue"]}})", "silent"},
      {R"({"StringEquals":{"aws:UserAgent":"curl/8.0","aws:EpochTime":"1"}})", "silent"},
      {R"({"StringEquals":{"aws:UserAgent":"curl/8.0"},"Bool":{"aws:SecureTransport":"true"}})", "silent"},
      {R"({"StringEquals":{"aws:username":"${aws:username}"}})", "allow"},
      {R"({"StringLike":{"aws:UserAgent":"${aws:nowhere, 'curl'}/*"}})", "allow"},
      {R"({"StringLike":{"aws:UserAgent":"${aws:nowhere}*"}})", "silent"},
      {R"({"StringLike":{"aws:UserAgent":"${*}"}})", "silent"},
  };
  for (const ConditionCase& each : cases)
    EXPECT_EQ(
        decide(statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":)" + std::string(each.condition)),
               request),
        each.expected)
        << each.condition;
}

TEST(Policy, AVariablesValueIsNoWildcard) {
  const Request request = invoke("arn:x/annie", {{"aws:username", {"ann*"}}});
  const std::string mine = R"("Effect":"Allow","Action":"*","Resource":"arn:x/${aws:username}")";
  EXPECT_EQ(decide(statement(mine), request), "silent");
  Request own = request;
  own.resources = {"arn:x/ann*"};
  EXPECT_EQ(decide(statement(mine), own), "allow");
  EXPECT_EQ(decide("{\"Statement\":[{" + mine + "}]}", own), "silent");  // variables came with 2012-10-17
}

TEST(Policy, AHostilePatternEnds) {
  EXPECT_FALSE(matches(std::string(200, '*') + "a*a*a*a*a*a*b", std::string(5000, 'a')));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("**", ""));
}

}  // namespace
}  // namespace stator::policy
