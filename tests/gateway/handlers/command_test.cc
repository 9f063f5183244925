// Functions that are a program for each call.
#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class CommandTest : public HandlersTest {
 protected:
  InvocationResult run(std::vector<std::string> command, const std::string& event = R"({"a":1})",
                       milliseconds timeout = milliseconds(5000)) {
    FunctionConfig made = config(FunctionKind::kCommand);
    made.command = std::move(command);
    made.timeout = timeout;
    return invoke(*add(made), event);
  }
};

TEST_F(CommandTest, TheEventGoesInAndTheResultComesOut) {
  EXPECT_EQ(run({"cat"}).payload, R"({"a":1})");
  const std::string large = "\"" + std::string(3'000'000, 'x') + "\"";
  EXPECT_EQ(run({"cat"}, large).payload, large);
  EXPECT_EQ(run({"echo", "[1]; $(exit) > x"}).fault, FunctionFault::kMalformed) << "no shell looked at it";
  EXPECT_EQ(run({"echo", "true"}, large).payload, "true\n") << "a program that does not read its event";
}

TEST_F(CommandTest, FaultsHaveTheServicesShape) {
  EXPECT_EQ(run({"false"}).fault, FunctionFault::kExited);
  const InvocationResult slow = run({"sleep", "20"}, "{}", milliseconds(150));
  EXPECT_EQ(slow.fault, FunctionFault::kTimeout);
  EXPECT_NE(slow.payload.find("Task timed out after 0.15 seconds"), std::string::npos);
  const InvocationResult garbage = run({"echo", "not json"});
  EXPECT_EQ(garbage.fault, FunctionFault::kMalformed);
  EXPECT_NE(garbage.message.find("is not JSON"), std::string::npos);
  EXPECT_EQ(run({"cat", "/dev/zero"}).fault, FunctionFault::kTooLarge);
  EXPECT_EQ(run({"no-such-program-at-all"}).error_type, "Runtime.InvalidEntrypoint");
}

TEST_F(CommandTest, ManyCallsNeedNoMoreProcessesThanTheLimit) {
  FunctionConfig made = config(FunctionKind::kCommand);
  made.command = {"cat"};
  made.concurrency = 2;
  const auto function = add(made);
  std::vector<std::future<InvocationResult>> all;
  for (int i = 0; i < 50; ++i) all.push_back(begin(*function, std::to_string(i)));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(wait(all[static_cast<size_t>(i)]).payload, std::to_string(i));
}

TEST_F(CommandTest, ItsErrorsAreItsLog) {
  EXPECT_EQ(run({"sh", "-c", "echo said >&2; echo 1"}).payload, "1\n");
  EXPECT_TRUE(logged("|said"));
}

}  // namespace
}  // namespace stator::gateway
