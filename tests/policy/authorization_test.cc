// What an identity may do when its own policies, its boundary and the resource's policy each have a say.
#include <gtest/gtest.h>

#include "emulator/policy/authorization.h"

namespace stator::policy {
namespace {

const std::string kAnn = "arn:aws:iam::111122223333:user/ann";
const std::string kTable = "arn:aws:dynamodb:us-east-1:111122223333:table/T";

std::shared_ptr<const Policy> policy_of(const std::string& effect, const std::string& principal = {}) {
  std::string problem;
  auto read = Policy::parse(R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect +
                                R"(","Action":"dynamodb:GetItem","Resource":"*")" +
                                (principal.empty() ? "" : R"(,"Principal":{"AWS":")" + principal + "\"}") + "}}",
                            principal.empty() ? PolicyKind::kIdentity : PolicyKind::kResource, problem);
  EXPECT_TRUE(read) << problem;
  return read;
}

struct Case {
  std::string own = {};    // Effect of the identity's policy; empty: none
  std::string bound = {};  // of its boundary
  std::string there = {};  // of the resource's policy,
  std::string principal = kAnn;
  bool same_account = true;
  std::string role_arn = {};
};

// "allowed" or the refusal's end.
std::string decide(const Case& c) {
  Grants grants;
  if (!c.own.empty()) grants.policies.push_back(policy_of(c.own));
  // A boundary that says nothing of the action.
  if (c.bound == "silent") {
    std::string problem;
    grants.boundary = Policy::parse(R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                                    PolicyKind::kIdentity, problem);
  } else if (!c.bound.empty()) {
    grants.boundary = policy_of(c.bound);
  }
  Request request{"dynamodb:GetItem", {kTable}, "111122223333", {kAnn, "AKIAANN"}, {}};
  request.role_arn = c.role_arn;
  const auto there = c.there.empty() ? nullptr : policy_of(c.there, c.principal);
  const Verdict verdict = authorize(request, grants, there.get(), c.same_account);
  EXPECT_EQ(verdict.allowed, verdict.why.empty());
  return verdict.allowed ? "allowed" : verdict.why;
}

const std::string kSilent = "because no identity-based policy allows the dynamodb:GetItem action";

TEST(Authorization, WithinAnAccountEitherSideAllows) {
  EXPECT_EQ(decide({}), kSilent);
  EXPECT_EQ(decide({.own = "Allow"}), "allowed");
  EXPECT_EQ(decide({.there = "Allow"}), "allowed");
  EXPECT_EQ(decide({.there = "Allow", .principal = "*"}), "allowed");
}

TEST(Authorization, ADenyAnywhereIsTheEnd) {
  EXPECT_EQ(decide({.own = "Deny", .there = "Allow"}), "with an explicit deny in an identity-based policy");
  EXPECT_EQ(decide({.own = "Allow", .there = "Deny"}), "with an explicit deny in a resource-based policy");
  EXPECT_EQ(decide({.own = "Allow", .bound = "Deny", .there = "Allow"}),
            "with an explicit deny in a permissions boundary");
  EXPECT_EQ(decide({.own = "Allow", .there = "Deny", .principal = "111122223333"}),
            "with an explicit deny in a resource-based policy");
}

TEST(Authorization, AnAccountsAllowLeavesItToTheIdentitiesWithinTheAccount) {
  EXPECT_EQ(decide({.there = "Allow", .principal = "111122223333"}), kSilent);
  EXPECT_EQ(decide({.there = "Allow", .principal = "arn:aws:iam::111122223333:root"}), kSilent);
  EXPECT_EQ(decide({.own = "Allow", .there = "Allow", .principal = "111122223333"}), "allowed");
  EXPECT_EQ(decide({.own = "Allow", .there = "Allow", .principal = "111122223333", .same_account = false}), "allowed");
}

TEST(Authorization, FromAnotherAccountBothSidesMustAllow) {
  EXPECT_EQ(decide({.own = "Allow", .same_account = false}),
            "because no resource-based policy allows the dynamodb:GetItem action");
  EXPECT_EQ(decide({.there = "Allow", .same_account = false}), kSilent);
  EXPECT_EQ(decide({.own = "Allow", .there = "Allow", .same_account = false}), "allowed");
  EXPECT_EQ(
      decide(
          {.own = "Allow", .there = "Allow", .principal = "arn:aws:iam::111122223333:user/bob", .same_account = false}),
      "because no resource-based policy allows the dynamodb:GetItem action");
}

TEST(Authorization, ABoundaryLimitsWhatIdentitiesAndRolesAreAllowed) {
  const std::string beyond = "because no permissions boundary allows the dynamodb:GetItem action";
  const std::string role = "arn:aws:iam::111122223333:role/app";
  EXPECT_EQ(decide({.own = "Allow", .bound = "Allow"}), "allowed");
  EXPECT_EQ(decide({.bound = "Allow"}), kSilent);
  EXPECT_EQ(decide({.own = "Allow", .bound = "silent"}), beyond);
  EXPECT_EQ(decide({.bound = "silent", .there = "Allow"}), "allowed") << "the user is named";
  EXPECT_EQ(decide({.own = "Allow", .bound = "silent", .there = "Allow", .principal = role, .role_arn = role}), beyond);
  EXPECT_EQ(decide({.bound = "silent", .there = "Allow", .role_arn = role}), "allowed") << "the session is named";
  EXPECT_EQ(decide({.there = "Allow", .principal = role, .role_arn = role}), "allowed");
}

}  // namespace
}  // namespace stator::policy
