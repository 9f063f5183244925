// The file of users, roles and policies, and what is wrong with it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "emulator/access/identities.h"

namespace stator::access {
namespace {

class IdentityFile : public testing::Test {
 protected:
  IdentityFile() {
    char pattern[] = "/tmp/stator-identities-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~IdentityFile() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  // The first line that tells what is wrong, without the folder.
  std::string problem(const std::string& text) {
    try {
      Identities::read_file(write("iam.yaml", text));
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).substr(folder_.size() + 1);
    }
    return "none";
  }

 private:
  std::string folder_;
};

const std::string kAll = R"({Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}})";

TEST_F(IdentityFile, NamesUsersAndSessions) {
  write("more.json", R"({"Statement":{"Effect":"Deny","Action":"dynamodb:DeleteTable","Resource":"*"}})");
  const Identities all = Identities::read_file(write("iam.yaml", R"(
Account: 111122223333
Policies:
  everything: )" + kAll + R"(
Users:
  - UserName: ann
    AccessKeys: [{AccessKeyId: AKIAANN, SecretAccessKey: s1}, {AccessKeyId: AKIAANN2, SecretAccessKey: s2}]
    Policies: [everything, ./more.json, )" + kAll + R"(]
    PermissionsBoundary: everything
    Tags: {Team: blue}
Roles:
  - RoleName: app
    Account: "000000000012"
    Sessions:
      - {RoleSessionName: one, AccessKeyId: ASIA1, SecretAccessKey: s3, SessionToken: token, Context: {"www.amazon.com:user_id": u1}}
)"));
  const AccessKey* ann = all.find("AKIAANN2", "");
  ASSERT_NE(ann, nullptr);
  EXPECT_EQ(ann->secret, "s2");
  EXPECT_EQ(ann->identity->arn, "arn:aws:iam::111122223333:user/ann");
  EXPECT_EQ(ann->identity->account, "111122223333");
  EXPECT_EQ(ann->identity->grants.policies.size(), 3u);
  EXPECT_NE(ann->identity->grants.boundary, nullptr);
  EXPECT_EQ(ann->identity->context.at("aws:principaltag/team"), std::vector<std::string>{"blue"});
  EXPECT_EQ(ann->identity, all.find("AKIAANN", "")->identity);

  EXPECT_EQ(all.find("ASIA1", ""), nullptr);
  EXPECT_EQ(all.find("ASIA1", "another"), nullptr);
  EXPECT_EQ(all.find("ASIA2", "token"), nullptr);
  const AccessKey* one = all.find("ASIA1", "token");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->identity->arn, "arn:aws:sts::000000000012:assumed-role/app/one");
  EXPECT_EQ(one->identity->role_arn, "arn:aws:iam::000000000012:role/app");
  EXPECT_EQ(one->identity->id, "app:one");
  EXPECT_EQ(one->identity->context.at("www.amazon.com:user_id"), std::vector<std::string>{"u1"});
}

TEST_F(IdentityFile, SaysWhereItIsWrong) {
  const std::string key = "    AccessKeys: [{AccessKeyId: A, SecretAccessKey: s}]\n";
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n" + key), "none");
  EXPECT_EQ(problem("Groups: []\n"), "iam.yaml:1: the file has no Groups");
  EXPECT_EQ(problem("Account: \"1\"\nUsers:\n  - UserName: ann\n" + key), "iam.yaml:3: Account: expected 12 digits");
  EXPECT_EQ(problem("Users: []\n"), "iam.yaml:1: expected Users or Roles with access keys");
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n"), "iam.yaml:2: expected AccessKeys");
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n    Policy: x\n" + key), "iam.yaml:3: a user has no Policy");
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n    Policies: [readers]\n" + key),
            "iam.yaml:3: there is no readers under Policies");
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n    Policies: [{Statement: {Effect: Maybe}}]\n" + key),
            "iam.yaml:3: not a policy: Effect: expected Allow or Deny");
  EXPECT_EQ(problem("Users:\n  - UserName: ann\n" + key + "  - UserName: bob\n" + key),
            "iam.yaml:5: the access key A is there already");
  EXPECT_EQ(
      problem("Roles:\n  - RoleName: app\n    Sessions: [{RoleSessionName: s, AccessKeyId: A, SecretAccessKey: s}]\n"),
      "iam.yaml:3: expected SessionToken");
}

}  // namespace
}  // namespace stator::access
