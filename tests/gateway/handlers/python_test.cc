// Our Python bootstrap, by real functions run by Debian's python3 (whose botocore, if installed, is older than 1.31).
#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class PythonTest : public HandlersTest {
 protected:
  void SetUp() override {
    if (access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "/usr/bin/python3 is not installed";
  }
  InvocationResult run(const std::string& code, const std::string& event = "{}") {
    write("app.py", code);
    return invoke(*add(config(FunctionKind::kPython)), event);
  }
};

TEST_F(PythonTest, EventContextAndResult) {
  const InvocationResult result =
      run("import os, decimal\n"
          "def handler(event, context):\n"
          "    return {'n': event['n'], 'name': context.function_name, 'memory': context.memory_limit_in_mb,\n"
          "            'left': context.get_remaining_time_in_millis() > 5000, 'trace': "
          "os.environ['_X_AMZN_TRACE_ID'][:6],\n"
          "            'd': decimal.Decimal('1.5'), 'u': 'ü'}\n",
          R"({"n":[1,2]})");
  EXPECT_EQ(result.fault, FunctionFault::kNone) << result.message;
  EXPECT_EQ(
      result.payload,
      R"({"n": [1, 2], "name": "subject", "memory": "128", "left": true, "trace": "Root=1", "d": 1.5, "u": "ü"})");
}

TEST_F(PythonTest, AnExceptionHasTypeMessageAndTrace) {
  const InvocationResult result = run("def handler(event, context):\n    raise ValueError('boom')\n");
  EXPECT_EQ(result.fault, FunctionFault::kFunctionError);
  EXPECT_EQ(result.error_type, "ValueError");
  EXPECT_EQ(result.payload.find(R"({"errorMessage": "boom", "errorType": "ValueError", "requestId": "00000000-)"), 0u)
      << result.payload;
  EXPECT_NE(result.payload.find("line 2, in handler"), std::string::npos) << result.payload;
  EXPECT_TRUE(eventually([&] { return logged("[ERROR] ValueError: boom"); }));
}

TEST_F(PythonTest, WhatCannotBeLoadedSaysWhy) {
  EXPECT_EQ(run("import no_such_module\n").error_type, "Runtime.ImportModuleError");
  EXPECT_EQ(run("def handler(:\n").error_type, "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(run("x = 1\n").error_type, "Runtime.HandlerNotFound");
  const InvocationResult unmarshalled = run("def handler(e, c):\n    return {1, 2}\n");
  EXPECT_EQ(unmarshalled.error_type, "Runtime.MarshalError");
  EXPECT_NE(unmarshalled.payload.find("Unable to marshal response: Object of type set is not JSON serializable"),
            std::string::npos);
}

TEST_F(PythonTest, EditedTheNextCallRunsTheNewCode) {
  write("app.py", "import lib\ndef handler(e, c):\n    return lib.text\n");
  write("lib.py", "text = 'old'\n");
  const auto function = add(config(FunctionKind::kPython));
  EXPECT_EQ(invoke(*function, "{}").payload, R"("old")");
  EXPECT_FALSE(invoke(*function, "{}").cold_start);
  write("lib.py", "text = 'new and of another length'\n");
  const InvocationResult after = invoke(*function, "{}");
  EXPECT_EQ(after.payload, R"("new and of another length")");
  EXPECT_TRUE(after.cold_start);
  EXPECT_FALSE(invoke(*function, "{}").cold_start) << "once per change";
}

TEST_F(PythonTest, OneThatWritesToItsOwnFolderStillRuns) {
  write("app.py",
        "import os, time\n"
        "for i in range(4):\n    open(os.environ['LAMBDA_TASK_ROOT'] + '/written', 'a').write('x')\n    "
        "time.sleep(0.02)\n"
        "def handler(e, c):\n    open('again', 'a').write('x')\n    return 1\n");
  const auto function = add(config(FunctionKind::kPython));
  for (int i = 0; i < 3; ++i) {
    auto first = begin(*function, "{}");
    std::this_thread::sleep_for(milliseconds(30));
    auto second = begin(*function, "{}");  // looks for a change while the other starts
    EXPECT_EQ(wait(first).payload, "1");
    EXPECT_EQ(wait(second).payload, "1");
  }
}

TEST_F(PythonTest, PrintAndLoggingReachTheLogBeforeTheAnswer) {
  write("app.py",
        "import logging\nlogging.getLogger().setLevel('INFO')\n"
        "def handler(e, c):\n    print('printed')\n    logging.getLogger().info('logged')\n    return 1\n");
  const auto function = add(config(FunctionKind::kPython));
  std::string id;
  const InvocationResult result = invoke(*function, "{}", [&](Invocation& call) {
    id = call.request_id;
    call.log_tail = true;
  });
  EXPECT_TRUE(logged("subject|" + id + "|printed"));
  EXPECT_TRUE(logged("subject|" + id + "|[INFO]\t"));
  EXPECT_EQ(result.log_tail.find("printed\n[INFO]\t"), 0u) << result.log_tail;
}

TEST_F(PythonTest, AnOldBotocoreCallsThisServer) {
  if (std::system("/usr/bin/python3 -c 'import boto3' 2>/dev/null") != 0)
    GTEST_SKIP() << "no boto3 for /usr/bin/python3";
  const InvocationResult result =
      run("import boto3\n"
          "def handler(e, c):\n"
          "    return [boto3.client('dynamodb').meta.endpoint_url, "
          "boto3.resource('dynamodb').meta.client.meta.endpoint_url,\n"
          "            boto3.client('s3').meta.endpoint_url, boto3.client('sqs', "
          "endpoint_url='http://127.0.0.1:9').meta.endpoint_url]\n");
  EXPECT_EQ(result.payload,
            R"(["http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:9"])");
}

}  // namespace
}  // namespace stator::gateway
