// The Runtime API's wire, byte by byte, through an attach function: the test is the runtime.
#include "handlers_fixture.h"
#include "raw_peer.h"

namespace stator::gateway {
namespace {

class RuntimeApiTest : public HandlersTest {
 protected:
  void attach(const std::map<std::string, std::string>& environment = {}, milliseconds timeout = milliseconds(10000)) {
    FunctionConfig made = config(FunctionKind::kAttach);
    made.environment = environment;
    made.timeout = timeout;
    function_ = add(made);
    runtime_ = std::make_unique<RawClient>(handlers().attach_port("subject"));
    ASSERT_TRUE(runtime_->connected);
  }
  static std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }
  static std::string post(const std::string& path, const std::string& body, const std::string& headers = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static int status(const std::string& reply) { return reply.size() > 12 ? std::atoi(reply.c_str() + 9) : 0; }
  static std::string body(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }
  static std::string id_of(const std::string& reply) {
    const std::string name = "Lambda-Runtime-Aws-Request-Id: ";
    const size_t at = reply.find(name);
    return at == std::string::npos ? "" : reply.substr(at + name.size(), 36);
  }

  std::shared_ptr<Function> function_;
  std::unique_ptr<RawClient> runtime_;
};

const std::string kNext = "/2018-06-01/runtime/invocation/next";
const std::string kInvocation = "/2018-06-01/runtime/invocation/";

TEST_F(RuntimeApiTest, AnEventAndItsAnswerWithAPathBeforeTheApis) {
  attach();
  runtime_->send(get("/_rt/subject" + kNext));
  auto result = begin(*function_, "{\"a\":1}");
  const std::string event = runtime_->reply();
  EXPECT_EQ(status(event), 200);
  EXPECT_EQ(body(event), "{\"a\":1}");
  const std::string accepted = runtime_->ask(post("/_rt/subject" + kInvocation + id_of(event) + "/response", "[2]"));
  EXPECT_EQ(status(accepted), 202);
  EXPECT_EQ(body(accepted), "{\"status\":\"OK\"}\n");
  EXPECT_EQ(wait(result).payload, "[2]");
}

TEST_F(RuntimeApiTest, AnAnswerAndTheNextQuestionInOneWrite) {
  attach();
  runtime_->send(get(kNext));
  for (int i = 0; i < 3; ++i) {
    auto result = begin(*function_, std::to_string(i));
    const std::string event = runtime_->reply();
    EXPECT_EQ(body(event), std::to_string(i));
    runtime_->send(post(kInvocation + id_of(event) + "/response", "ok") + get(kNext));
    EXPECT_EQ(wait(result).payload, "ok");
    EXPECT_EQ(status(runtime_->reply()), 202);
  }
}

TEST_F(RuntimeApiTest, AChunkedResponseWithErrorTrailers) {
  attach();
  runtime_->send(get(kNext));
  auto result = begin(*function_, "{}");
  const std::string event = runtime_->reply();
  // {"errorMessage":"late"} in base64.
  const std::string accepted =
      runtime_->ask("POST " + kInvocation + id_of(event) +
                    "/response HTTP/1.1\r\nHost: x\r\nContent-Type: "
                    "text/plain\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
                    "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, "
                    "Lambda-Runtime-Function-Error-Body\r\n\r\n"
                    "4\r\npart\r\n0\r\nLambda-Runtime-Function-Error-Type: Late.Error\r\n"
                    "Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJsYXRlIn0=\r\n\r\n");
  EXPECT_EQ(status(accepted), 202);
  const InvocationResult broken = wait(result);
  EXPECT_EQ(broken.fault, FunctionFault::kFunctionError);
  EXPECT_EQ(broken.error_type, "Late.Error");
  EXPECT_EQ(broken.payload, R"({"errorMessage":"late"})");
}

TEST_F(RuntimeApiTest, TheSmallCalls) {
  attach();
  EXPECT_EQ(body(runtime_->ask(get("/2018-06-01/ping"))), "pong");
  EXPECT_EQ(status(runtime_->ask(get("/2018-06-01/runtime/restore/next"))), 200);
  EXPECT_EQ(status(runtime_->ask(post("/2018-06-01/runtime/restore/error", "{}"))), 202);
  EXPECT_EQ(status(runtime_->ask(get("/nothing/here"))), 404);
  EXPECT_EQ(status(runtime_->ask(post(kNext, ""))), 404) << "an invocation called next has no such call";
  EXPECT_EQ(status(runtime_->ask(get("/2018-06-01/runtime/init/error"))), 405);
  const std::string telemetry =
      runtime_->ask("PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(status(telemetry), 202);
  EXPECT_NE(body(telemetry).find("Telemetry.NotSupported"), std::string::npos);
}

TEST_F(RuntimeApiTest, AnExtensionRegistersAndIsToldOfInvocations) {
  attach();
  const std::string registered = runtime_->ask(
      post("/2020-01-01/extension/register", R"({"events":["INVOKE","SHUTDOWN"]})", "Lambda-Extension-Name: ext\r\n"));
  EXPECT_EQ(status(registered), 200);
  EXPECT_EQ(body(registered), R"({"functionName":"subject","functionVersion":"$LATEST","handler":"app.handler"})");
  const size_t at = registered.find("Lambda-Extension-Identifier: ");
  ASSERT_NE(at, std::string::npos);
  const std::string header = registered.substr(at, registered.find("\r\n", at) - at) + "\r\n";
  EXPECT_EQ(status(runtime_->ask(get("/2020-01-01/extension/event/next"))), 403);
  RawClient extension(handlers().attach_port("subject"));
  extension.send("GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\n" + header + "\r\n");
  runtime_->send(get(kNext));
  auto result = begin(*function_, "{}");
  const std::string event = extension.reply();
  EXPECT_EQ(status(event), 200);
  EXPECT_NE(body(event).find(R"("eventType":"INVOKE")"), std::string::npos) << event;
  runtime_->ask(post(kInvocation + id_of(runtime_->reply()) + "/response", "1"));
  EXPECT_EQ(wait(result).payload, "1");
}

TEST_F(RuntimeApiTest, SeveralAtOnceWhenTheProcessSaysSo) {
  attach({{"AWS_LAMBDA_MAX_CONCURRENCY", "2"}});
  RawClient other(handlers().attach_port("subject"));
  runtime_->send(get(kNext));
  other.send(get(kNext));
  auto first = begin(*function_, "1");
  auto second = begin(*function_, "2");
  const std::string one = runtime_->reply(), two = other.reply();
  EXPECT_NE(id_of(one), id_of(two));
  EXPECT_EQ(status(other.ask(post(kInvocation + id_of(two) + "/response", body(two)))), 202);
  EXPECT_EQ(status(runtime_->ask(post(kInvocation + id_of(one) + "/response", body(one)))), 202);
  EXPECT_EQ(wait(first).payload, "1");
  EXPECT_EQ(wait(second).payload, "2");
}

TEST_F(RuntimeApiTest, AnEndlessBodyIsCutOff) {
  attach();
  runtime_->send(get(kNext));
  auto result = begin(*function_, "{}");
  const std::string event = runtime_->reply();
  runtime_->send("POST " + kInvocation + id_of(event) +
                 "/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
  for (int i = 0; i < 80; ++i) runtime_->send(piece);
  EXPECT_EQ(wait(result).fault, FunctionFault::kTooLarge);
}

TEST_F(RuntimeApiTest, WhatIsNotHttpOnlyEndsItsConnection) {
  attach();
  runtime_->send(std::string("\0\xff not http\r\n\r\n", 16));
  EXPECT_EQ(runtime_->reply(), "");
  RawClient again(handlers().attach_port("subject"));
  EXPECT_EQ(body(again.ask(get("/2018-06-01/ping"))), "pong");
}

}  // namespace
}  // namespace stator::gateway
