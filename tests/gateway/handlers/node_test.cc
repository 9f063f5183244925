// Our Node bootstrap, by real functions run by the machine's node.
#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class NodeTest : public HandlersTest {
 protected:
  void SetUp() override {
    if (!on_path("node")) GTEST_SKIP() << "node is not installed";
  }
  InvocationResult run(const std::string& code, const std::string& event = "{}", const std::string& file = "app.js") {
    write(file, code);
    return invoke(*add(config(FunctionKind::kNode)), event);
  }
};

struct Case {
  const char* name;
  const char* file;
  const char* code;
  const char* event;
  const char* payload;
};

TEST_F(NodeTest, HandlersOfEveryShape) {
  const Case cases[] = {
      {"async", "app.js", "exports.handler = async (e) => ({ got: e.n });", R"({"n":5})", R"({"got":5})"},
      {"callback", "app.js", "exports.handler = (e, c, cb) => setTimeout(() => cb(null, 'late'), 5);", "{}",
       R"("late")"},
      {"callback at once", "app.js",
       "exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; cb(null, 1) };", "{}", "1"},
      {"succeed", "app.js", "exports.handler = (e, c) => c.succeed({ ok: true });", "{}", R"({"ok":true})"},
      {"what is returned without a promise does not count", "app.js", "exports.handler = () => 5;", "{}", "null"},
      {"undefined", "app.js", "exports.handler = async () => {};", "{}", "null"},
      {"esm", "app.mjs", "export const handler = async (e) => e;", R"({"ü":"€"})", R"({"ü":"€"})"},
      {"cjs", "app.cjs", "module.exports.handler = async () => 'cjs';", "{}", R"("cjs")"},
      {"context", "app.js",
       "exports.handler = async (e, c) => [c.functionName, c.memoryLimitInMB, c.invokedFunctionArn, "
       "c.getRemainingTimeInMillis() > 5000, c.awsRequestId.length, process.env._X_AMZN_TRACE_ID.slice(0, 7)];",
       "{}", R"(["subject","128","arn:aws:lambda:eu-west-3:123456789012:function:subject",true,36,"Root=1-"])"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    for (const char* name : {"app.js", "app.mjs", "app.cjs"}) std::filesystem::remove(folder_ + "/" + name);
    handlers().functions().replace("template.yaml", {});
    const InvocationResult result = run(each.code, each.event, each.file);
    EXPECT_EQ(result.fault, FunctionFault::kNone) << result.message;
    EXPECT_EQ(result.payload, each.payload);
    EXPECT_TRUE(result.cold_start);
  }
}

TEST_F(NodeTest, AModulePackageIsImported) {
  write("package.json", R"({"type":"module"})");
  EXPECT_EQ(run("import os from 'node:os'; export const handler = async () => typeof os.cpus;").payload,
            R"("function")");
}

TEST_F(NodeTest, AHandlerInAFolderWithANestedName) {
  write("src/app.js", "exports.api = { get: async () => 'nested' };");
  EXPECT_EQ(invoke(*add(config(FunctionKind::kNode, "src/app.api.get")), "{}").payload, R"("nested")");
}

TEST_F(NodeTest, ErrorsAreTheFunctionsOwn) {
  const InvocationResult thrown = run("exports.handler = async () => { throw new TypeError('boom'); };");
  EXPECT_EQ(thrown.fault, FunctionFault::kFunctionError);
  EXPECT_EQ(thrown.error_type, "TypeError");
  EXPECT_EQ(thrown.payload.find(R"({"errorType":"TypeError","errorMessage":"boom","trace":["TypeError: boom")"), 0u)
      << thrown.payload;
  const InvocationResult sync = run("exports.handler = () => { throw 'text'; };");
  EXPECT_EQ(sync.payload, R"({"errorType":"string","errorMessage":"text","trace":[]})");
}

TEST_F(NodeTest, AnUncaughtExceptionEndsTheWorkerAndTheNextCallHasANewOne) {
  write("app.js",
        "exports.handler = (e, c, cb) => { if (e.die) setTimeout(() => { throw new Error('late') }, 1); else cb(null, "
        "process.pid) };");
  const auto function = add(config(FunctionKind::kNode));
  const InvocationResult first = invoke(*function, "{}");
  const InvocationResult dead = invoke(*function, R"({"die":true})");
  EXPECT_EQ(dead.fault, FunctionFault::kFunctionError);
  EXPECT_NE(dead.payload.find("late"), std::string::npos);
  const InvocationResult after = invoke(*function, "{}");
  EXPECT_EQ(after.fault, FunctionFault::kNone);
  EXPECT_NE(after.payload, first.payload);
  EXPECT_TRUE(after.cold_start);
}

TEST_F(NodeTest, WhatCannotBeLoadedSaysWhy) {
  const InvocationResult missing = run("", "{}", "other.js");
  EXPECT_EQ(missing.fault, FunctionFault::kInitFailed);
  EXPECT_EQ(missing.error_type, "Runtime.ImportModuleError");
  EXPECT_EQ(run("exports.other = 1;").error_type, "Runtime.HandlerNotFound");
  EXPECT_EQ(run("exports.handler = async () => {").error_type, "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(invoke(*add(config(FunctionKind::kNode, "nodot")), "{}").error_type, "Runtime.MalformedHandlerName");
}

struct Collected : ResponseStream {
  void begin(std::string_view type) override { content_type = type; }
  bool write(std::string bytes) override {
    body += bytes;
    ++pieces;
    return true;
  }
  std::string content_type, body;
  int pieces = 0;
};

constexpr const char* kStreaming = R"(
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': 'b' }, cookies: ['c=d'] });
  stream.write('one ');
  await new Promise((done) => setTimeout(done, 20));
  if (event.fail) throw new Error('in the middle');
  stream.write('two');
  stream.end();
});)";

TEST_F(NodeTest, StreamsPieceByPiece) {
  write("app.js", kStreaming);
  const auto function = add(config(FunctionKind::kNode));
  for (int i = 0; i < 2; ++i) {
    const auto stream = std::make_shared<Collected>();
    const InvocationResult result = invoke(*function, "{}", [&](Invocation& call) { call.stream = stream; });
    EXPECT_EQ(result.fault, FunctionFault::kNone) << result.message;
    EXPECT_EQ(stream->content_type, "application/vnd.awslambda.http-integration-response");
    EXPECT_EQ(stream->body, std::string(R"({"statusCode":201,"headers":{"x-a":"b"},"cookies":["c=d"]})") +
                                std::string(8, '\0') + "one two");
    EXPECT_GE(stream->pieces, 2);
  }
  EXPECT_NE(invoke(*function, "{}").payload.find("one two"), std::string::npos) << "gathered when nobody streams";
}

TEST_F(NodeTest, AStreamThatBreaksSaysSoInItsTrailers) {
  write("app.js", kStreaming);
  const auto stream = std::make_shared<Collected>();
  const InvocationResult result =
      invoke(*add(config(FunctionKind::kNode)), R"({"fail":true})", [&](Invocation& call) { call.stream = stream; });
  EXPECT_EQ(result.fault, FunctionFault::kFunctionError);
  EXPECT_EQ(result.error_type, "Error");
  EXPECT_NE(result.payload.find(R"("errorMessage":"in the middle")"), std::string::npos) << result.payload;
  EXPECT_NE(stream->body.find("one "), std::string::npos);
}

TEST_F(NodeTest, LargeEventsAndResultsPass) {
  write("app.js", "exports.handler = async (e) => ({ text: e.text });");
  const auto function = add(config(FunctionKind::kNode));
  const std::string event = R"({"text":")" + std::string(5'000'000, 'x') + R"("})";
  EXPECT_EQ(invoke(*function, event).payload, event);
  EXPECT_EQ(invoke(*function, event).payload, event);
}

}  // namespace
}  // namespace stator::gateway
