// Which functions there are: names and ARNs, what is refused and in which words, what a changed file does.
#include "emulator/gateway/handlers/function_registry.h"

#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class RegistryTest : public HandlersTest {
 protected:
  FunctionConfig mock(const std::string& name, const std::string& result = "1") {
    FunctionConfig made = config(FunctionKind::kMock);
    made.name = name;
    made.mock_result = result;
    return made;
  }
  FunctionRegistry& registry() { return handlers().functions(); }
};

TEST(FunctionName, OfEveryFormTheServiceTakes) {
  for (const char* text : {"my-fn", "my-fn:$LATEST", "my-fn:1", "123456789012:function:my-fn", "function:my-fn:alias",
                           "arn:aws:lambda:us-east-1:123456789012:function:my-fn",
                           "arn:aws:lambda:us-east-1:123456789012:function:my-fn:live"})
    EXPECT_EQ(function_name_of(text), "my-fn") << text;
}

TEST_F(RegistryTest, FindsAndReplacesBySource) {
  EXPECT_TRUE(registry().replace("a.yaml", {mock("one"), mock("two")}).empty());
  EXPECT_TRUE(registry().replace("b.yaml", {mock("three")}).empty());
  ASSERT_TRUE(registry().find("arn:aws:lambda:us-east-1:123456789012:function:two:live"));
  EXPECT_EQ(registry().find("four"), nullptr);
  const auto one = registry().find("one");
  EXPECT_TRUE(registry().replace("a.yaml", {mock("one")}).empty());
  EXPECT_EQ(registry().find("one"), one) << "what is unchanged stays as it is";
  EXPECT_EQ(registry().find("two"), nullptr);
  EXPECT_NE(registry().find("three"), nullptr);
  EXPECT_TRUE(registry().replace("a.yaml", {mock("one", "2")}).empty());
  EXPECT_NE(registry().find("one"), one);
  EXPECT_EQ(invoke(*one, "{}").payload, "1") << "who still holds the old one can use it";
  EXPECT_EQ(invoke(*registry().find("one"), "{}").payload, "2");
}

TEST_F(RegistryTest, WhatIsWrongIsSaidWithItsPlaceAndNothingChanges) {
  EXPECT_TRUE(registry().replace("other.yaml", {mock("taken")}).empty());
  FunctionConfig no_command = mock("a");
  no_command.kind = FunctionKind::kRuntime;
  FunctionConfig no_folder = config(FunctionKind::kNode);
  no_folder.code_uri = "/no/such/folder";
  FunctionConfig bad_url = mock("c");
  bad_url.kind = FunctionKind::kHttp;
  bad_url.url = "ftp://x";
  const auto faults = registry().replace(
      "template.yaml", {no_command, no_folder, bad_url, mock("d e"), mock("taken"), mock("x"), mock("x")});
  const std::vector<std::string> wanted = {
      "template.yaml:7: function a: its command is empty",
      "template.yaml:7: function subject: there is no folder /no/such/folder with its code",
      "template.yaml:7: function c: an http:// or https:// URL was expected, not \"ftp://x\"",
      "template.yaml:7: a function's name has letters, digits, '-' and '_' only, not \"d e\"",
      "template.yaml:7: function taken is described by other.yaml already",
      "template.yaml:7: function x is described twice"};
  EXPECT_EQ(faults, wanted);
  EXPECT_EQ(registry().find("x"), nullptr);
}

TEST_F(RegistryTest, AChangedFunctionFinishesItsCallsOnTheOldOne) {
  FunctionConfig old = config(FunctionKind::kRuntime);
  old.command = {RAW_RUNTIME};
  old.concurrency = 1;
  old.timeout = milliseconds(400);
  const auto before = add(old);
  const std::string pid = invoke(*before, "\"pid\"").payload;
  auto hanging = begin(*before, "\"hang\"");
  auto waiting = begin(*before, "\"served by the old one\"");
  FunctionConfig changed = old;
  changed.environment["NEW"] = "1";
  const auto after = add(changed);
  EXPECT_EQ(invoke(*after, "5").payload, "5") << "the new one does not wait for the old one";
  EXPECT_EQ(wait(hanging).fault, FunctionFault::kTimeout);
  EXPECT_EQ(wait(waiting).payload, "\"served by the old one\"");
  EXPECT_TRUE(eventually([&] { return !alive(std::atoi(pid.c_str())); }));
}

}  // namespace
}  // namespace stator::gateway
