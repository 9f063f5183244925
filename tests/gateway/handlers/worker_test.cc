// Workers and their pool, by a compiled program that speaks the Runtime API over raw sockets.
#include <algorithm>

#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class WorkerTest : public HandlersTest {
 protected:
  FunctionConfig raw(const std::string& start = "ok") {
    FunctionConfig made = config(FunctionKind::kRuntime);
    made.command = {RAW_RUNTIME, start};
    return made;
  }
  InvocationResult ask(const std::string& event) { return invoke(*add(raw()), "\"" + event + "\""); }
};

TEST_F(WorkerTest, EchoesAndStaysWarm) {
  const auto function = add(raw());
  const InvocationResult first = invoke(*function, R"({"a":1})");
  EXPECT_EQ(first.payload, R"({"a":1})");
  EXPECT_TRUE(first.cold_start);
  EXPECT_GT(first.started.count(), 0);
  const InvocationResult second = invoke(*function, R"({"a":2})");
  EXPECT_EQ(second.payload, R"({"a":2})");
  EXPECT_FALSE(second.cold_start);
  EXPECT_LT(second.duration.count(), 2'000'000);
}

TEST_F(WorkerTest, TellsTheEventInHeaders) {
  const InvocationResult result = invoke(*add(raw()), "\"headers\"", [](Invocation& call) {
    call.client_context = R"({"custom":{"k":"v"}})";
    call.cognito_identity = R"({"cognitoIdentityId":"i"})";
  });
  for (const char* wanted :
       {"Lambda-Runtime-Aws-Request-Id: 00000000-",
        "Lambda-Runtime-Deadline-Ms: ", "Lambda-Runtime-Trace-Id: Root=1-5759e988",
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-3:123456789012:function:subject",
        R"(Lambda-Runtime-Client-Context: {\"custom\":{\"k\":\"v\"}})",
        "Lambda-Runtime-Cognito-Identity: ", "Content-Type: application/json"})
    EXPECT_NE(result.payload.find(wanted), std::string::npos) << wanted << " in " << result.payload;
}

TEST_F(WorkerTest, ADeathWithinACallIsItsAnswer) {
  struct {
    const char* event;
    const char* text;
  } const cases[] = {{"exit", "Runtime exited with error: exit status 7"},
                     {"exit 0", "Runtime exited without providing a reason"},
                     {"abort", "Runtime exited with error: signal: aborted"}};
  const auto function = add(raw());
  for (const auto& each : cases) {
    std::string id;
    const InvocationResult result =
        invoke(*function, "\"" + std::string(each.event) + "\"", [&](Invocation& call) { id = call.request_id; });
    EXPECT_EQ(result.fault, FunctionFault::kExited);
    EXPECT_EQ(result.error_type, "Runtime.ExitError");
    EXPECT_EQ(result.payload.find(R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" + id +
                                  " Error: " + each.text),
              0u)
        << result.payload;
    EXPECT_EQ(invoke(*function, "1").payload, "1") << "and the next call has a new worker";
  }
}

TEST_F(WorkerTest, AHangIsATimeoutAndTheWorkerIsReplaced) {
  FunctionConfig slow = raw();
  slow.timeout = milliseconds(300);
  const auto function = add(slow);
  const std::string pid = invoke(*function, "\"pid\"").payload;
  const auto began = steady_clock::now();
  std::string id;
  const InvocationResult result = invoke(*function, "\"hang\"", [&](Invocation& call) { id = call.request_id; });
  EXPECT_EQ(result.fault, FunctionFault::kTimeout);
  EXPECT_EQ(result.payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + id +
                                R"( Error: Task timed out after 0.30 seconds"})");
  EXPECT_GE(steady_clock::now() - began, milliseconds(300));
  EXPECT_TRUE(logged(id + " Task timed out after 0.30 seconds"));
  EXPECT_TRUE(eventually([&] { return !alive(std::atoi(pid.c_str())); }));
  EXPECT_EQ(invoke(*function, "2").payload, "2");
}

TEST_F(WorkerTest, GarbagePassesAsItIs) {
  EXPECT_EQ(ask("garbage").payload, "<<< this is \x01 no JSON");
}

TEST_F(WorkerTest, AnOversizedResultGets413AndTheServicesError) {
  const auto function = add(raw());
  const InvocationResult result = invoke(*function, "\"oversize\"");
  EXPECT_EQ(result.fault, FunctionFault::kTooLarge);
  EXPECT_EQ(result.payload,
            R"({"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",)"
            R"("errorType":"Function.ResponseSizeTooLarge"})");
  EXPECT_EQ(invoke(*function, "1").payload, "1") << "the same worker goes on";
  EXPECT_TRUE(logged("oversize was answered with 413"));
}

TEST_F(WorkerTest, AFloodIsCutAndSaid) {
  const auto function = add(raw());
  EXPECT_EQ(invoke(*function, "\"flood\"").fault, FunctionFault::kNone);
  EXPECT_TRUE(logged("line 0 of a flood"));
  EXPECT_TRUE(logged("[stator: too much output, what follows is dropped]"));
  size_t bytes = 0;
  for (const std::string& line : log()) bytes += line.size();
  EXPECT_LT(bytes, 8u * 1024 * 1024);
  std::this_thread::sleep_for(milliseconds(400));
  invoke(*function, "\"exit\"");
  EXPECT_TRUE(eventually([&] { return logged(" bytes) of output were dropped]"); }));
}

TEST_F(WorkerTest, TheRuntimeApiRefusesWhatItShould) {
  EXPECT_EQ(ask("wrong id").payload,
            R"("400{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n400")");
  EXPECT_EQ(ask("next again").payload, R"("403")");
  EXPECT_EQ(ask("mode").payload, R"("400")");
  EXPECT_EQ(ask("continue").payload, "true");
  EXPECT_EQ(
      ask("cut").payload,
      R"("400{\"errorMessage\":\"HTTP request detected as truncated\",\"errorType\":\"TruncatedHTTPRequest\"}\n")");
  const InvocationResult error = ask("error");
  EXPECT_EQ(error.fault, FunctionFault::kFunctionError);
  EXPECT_EQ(error.payload, R"({"errorMessage":"m","errorType":"T"})");
}

TEST_F(WorkerTest, AnAnswerCountsEvenWhenTheProcessThenDies) {
  const auto function = add(raw());
  EXPECT_EQ(invoke(*function, "\"answer then exit\"").payload, "\"answer then exit\"");
  EXPECT_TRUE(eventually([&] { return logged("[stator: Runtime exited with error: exit status 5]"); }));
  EXPECT_EQ(invoke(*function, "1").payload, "1");
}

TEST_F(WorkerTest, WhatDoesNotStartSaysWhy) {
  const InvocationResult exited = invoke(*add(raw("exit")), "1");
  EXPECT_EQ(exited.fault, FunctionFault::kInitFailed);
  EXPECT_NE(exited.payload.find("Runtime exited with error: exit status 3"), std::string::npos) << exited.payload;

  const InvocationResult told = invoke(*add(raw("init-error")), "1");
  EXPECT_EQ(told.fault, FunctionFault::kInitFailed);
  EXPECT_EQ(told.error_type, "Start.NoLuck");
  EXPECT_EQ(told.payload, R"({"errorMessage":"no luck","errorType":"Start.NoLuck"})");

  FunctionConfig missing = raw();
  missing.command = {"/no/such/program"};
  const InvocationResult absent = invoke(*add(missing), "1");
  EXPECT_EQ(absent.error_type, "Runtime.InvalidEntrypoint");
  EXPECT_NE(absent.payload.find("fork/exec /no/such/program: No such file or directory"), std::string::npos)
      << absent.payload;
}

TEST_F(WorkerTest, AStartThatHangsIsATimeout) {
  HandlerOptions quick = options();
  quick.init_timeout = milliseconds(100);
  handlers_ = std::make_unique<Handlers>(quick);
  FunctionConfig slow = raw("hang");
  slow.timeout = milliseconds(200);
  const InvocationResult result = invoke(*add(slow), "1");
  EXPECT_EQ(result.fault, FunctionFault::kTimeout);
  EXPECT_NE(result.payload.find("Task timed out after 0.20 seconds"), std::string::npos) << result.payload;
}

TEST_F(WorkerTest, ManyAtOnceUpToTheLimitAndTheRestWait) {
  FunctionConfig few = raw();
  few.concurrency = 3;
  const auto function = add(few);
  std::vector<std::future<InvocationResult>> all;
  for (int i = 0; i < 200; ++i) all.push_back(begin(*function, "\"pid\""));
  std::vector<std::string> pids;
  for (auto& each : all) pids.push_back(wait(each).payload);
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  EXPECT_LE(pids.size(), 3u);
  EXPECT_GE(pids.size(), 1u);
}

TEST_F(WorkerTest, AFullQueueThrottlesAndAClientThatLeavesIsForgotten) {
  HandlerOptions small = options();
  small.queue_limit = 2;
  handlers_ = std::make_unique<Handlers>(small);
  FunctionConfig one = raw();
  one.concurrency = 1;
  one.timeout = milliseconds(1500);
  const auto function = add(one);
  invoke(*function, "1");
  std::this_thread::sleep_for(milliseconds(50));  // until the worker has asked for more
  auto running = begin(*function, "\"hang\"");
  std::this_thread::sleep_for(milliseconds(50));
  std::stop_source client;
  auto left = begin(*function, "1", [&](Invocation& call) { call.client_gone = client.get_token(); });
  auto patient = begin(*function, "2");
  auto refused = begin(*function, "3");
  EXPECT_EQ(wait(refused).fault, FunctionFault::kThrottled);
  client.request_stop();
  EXPECT_EQ(wait(left).fault, FunctionFault::kCancelled);
  EXPECT_EQ(wait(running).fault, FunctionFault::kTimeout);
  EXPECT_EQ(wait(patient).payload, "2");
}

TEST_F(WorkerTest, ARebuiltProgramIsRunByTheNextCall) {
  std::filesystem::copy_file(RAW_RUNTIME, folder_ + "/bootstrap");
  FunctionConfig local = raw();
  local.command = {"./bootstrap"};
  const auto function = add(local);
  const std::string first = invoke(*function, "\"pid\"").payload;
  EXPECT_EQ(invoke(*function, "\"pid\"").payload, first);
  std::filesystem::rename(folder_ + "/bootstrap", folder_ + "/old");
  std::filesystem::copy_file(RAW_RUNTIME, folder_ + "/bootstrap");
  const std::string second = invoke(*function, "\"pid\"").payload;
  EXPECT_NE(second, first);
  EXPECT_EQ(invoke(*function, "\"pid\"").payload, second);
}

TEST_F(WorkerTest, AnAttachedProcessIsServedAndNeverTimesOut) {
  FunctionConfig attach = config(FunctionKind::kAttach);
  attach.timeout = milliseconds(100);
  const auto function = add(attach);
  const uint16_t port = handlers().attach_port("subject");
  ASSERT_NE(port, 0);
  auto early = begin(*function, "\"early\"");
  std::this_thread::sleep_for(milliseconds(250));
  // Its owner starts it, here with a path before the API's, as one port for many would need.
  const pid_t child = fork();
  if (child == 0) {
    setenv("AWS_LAMBDA_RUNTIME_API", ("127.0.0.1:" + std::to_string(port)).c_str(), 1);
    execl(RAW_RUNTIME, RAW_RUNTIME, "ok", nullptr);
    _exit(127);
  }
  EXPECT_EQ(wait(early).payload, "\"early\"");
  EXPECT_EQ(invoke(*function, "5").payload, "5");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(WorkerTest, StoppingAnswersWhatIsUnderWay) {
  const auto function = add(raw());
  const std::string pid = invoke(*function, "\"pid\"").payload;
  auto running = begin(*function, "\"hang\"");
  std::this_thread::sleep_for(milliseconds(50));
  handlers_.reset();
  EXPECT_EQ(wait(running).fault, FunctionFault::kCancelled);
  EXPECT_FALSE(alive(std::atoi(pid.c_str()))) << "gone when the destructor returns";
}

}  // namespace
}  // namespace stator::gateway
