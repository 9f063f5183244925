// Lambda's Invoke as SDKs call it.
#include "emulator/gateway/handlers/lambda_api.h"

#include "handlers_fixture.h"
#include "protocol/value/arena.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string method, std::string target, std::vector<std::pair<std::string, std::string>> headers,
               std::string body)
      : method_(std::move(method)), target_(std::move(target)), headers_(std::move(headers)), body_(std::move(body)) {
    request_.method = method_;
    request_.target = target_;
    for (const auto& [name, value] : headers_) request_.headers.push_back({name, value});
    request_.body = {body_.data(), body_.size()};
  }
  WireRequest& request() override { return request_; }
  void reply(WireReply reply) override { done_.set_value(std::move(reply)); }
  void begin(WireReply head) override { head_ = std::move(head); }
  bool write(std::string bytes) override {
    head_.body += bytes;
    return true;
  }
  void end() override { done_.set_value(std::move(head_)); }
  void abort() override { done_.set_value({}); }
  void on_gone(std::function<void()>) override {}
  std::shared_ptr<RawConnection> take_over() override { return nullptr; }
  WireReply wait() { return done_.get_future().get(); }

 private:
  std::string method_, target_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
  WireRequest request_;
  WireReply head_;
  std::promise<WireReply> done_;
};

std::string header(const WireReply& reply, std::string_view name) {
  for (const auto& [each, value] : reply.headers)
    if (equal_ignoring_case(each, name)) return value;
  return {};
}

class LambdaApiTest : public HandlersTest {
 protected:
  void SetUp() override {
    FunctionConfig made = config(FunctionKind::kRuntime);
    made.command = {RAW_RUNTIME};
    add(made);
    LambdaApiOptions options;
    options.now_ms = test_epoch_ms;
    options.failed = [this](const std::string& text) {
      const std::lock_guard lock(log_mutex_);
      log_.push_back("failed: " + text);
    };
    api_ = std::make_unique<LambdaApi>(handlers().functions(), std::move(options));
  }
  WireReply call(const std::string& name, const std::string& body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
    const auto exchange =
        std::make_shared<FakeExchange>("POST", "/2015-03-31/functions/" + name + "/invocations", headers, body);
    EXPECT_TRUE(api_->handle(exchange));
    return exchange->wait();
  }
  std::unique_ptr<LambdaApi> api_;
};

TEST_F(LambdaApiTest, AnswersWithTheFunctionsResult) {
  const WireReply reply = call("subject", "{\"a\":1}");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"a\":1}");
  EXPECT_EQ(header(reply, "X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(header(reply, "X-Amz-Function-Error"), "");
  EXPECT_EQ(call("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Asubject", "").body, "{}");
}

TEST_F(LambdaApiTest, AnErrorIsAPayloadWithAHeaderAndTheLogComesInBase64) {
  const WireReply reply = call("subject", "\"error\"", {{"X-Amz-Log-Type", "Tail"}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(header(reply, "X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(reply.body, R"({"errorMessage":"m","errorType":"T"})");
  Arena arena;
  const auto log = decode_base64(header(reply, "X-Amz-Log-Result"), arena);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->find("START RequestId: "), 0u);
  EXPECT_NE(log->find("\nREPORT RequestId: "), std::string_view::npos);
  EXPECT_TRUE(logged("failed: function subject: reported"));
}

TEST_F(LambdaApiTest, EventAndDryRun) {
  EXPECT_EQ(call("subject", "\"exit\"", {{"X-Amz-Invocation-Type", "Event"}}).status, 202);
  EXPECT_TRUE(eventually([&] { return logged("failed: function subject: Runtime exited with error: exit status 7"); }));
  EXPECT_EQ(call("subject", "{}", {{"X-Amz-Invocation-Type", "DryRun"}}).status, 204);
}

TEST_F(LambdaApiTest, RefusesAsTheServiceDoes) {
  const WireReply missing = call("nobody", "{}");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(header(missing, "x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(missing.body,
            R"({"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"})");
  EXPECT_EQ(header(call("subject", "{nonsense"), "x-amzn-ErrorType"), "InvalidRequestContentException");
  const WireReply large = call("subject", "\"" + std::string(6 * 1024 * 1024, 'x') + "\"");
  EXPECT_EQ(large.status, 413);
  EXPECT_NE(large.body.find(
                "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"),
            std::string::npos);
  EXPECT_EQ(call("subject", "{}", {{"X-Amz-Invocation-Type", "Odd"}}).status, 400);
}

TEST_F(LambdaApiTest, OnlyItsOwnCalls) {
  const auto other = [&](const std::string& method, const std::string& target, const std::string& service) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!service.empty())
      headers = {{"Authorization",
                  "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/" + service + "/aws4_request, SignedHeaders=host"}};
    return api_->handle(std::make_shared<FakeExchange>(method, target, headers, "{}"));
  };
  EXPECT_FALSE(other("GET", "/2015-03-31/functions/subject/invocations", ""));
  EXPECT_FALSE(other("POST", "/2015-03-31/functions/subject", ""));
  EXPECT_FALSE(other("POST", "/2015-03-31/functions/a/b/invocations", ""));
  EXPECT_FALSE(other("POST", "/2015-03-31/functions/subject/invocations", "execute-api"));
  EXPECT_TRUE(other("POST", "/2015-03-31/functions/subject/invocations", "lambda"));
}

TEST_F(LambdaApiTest, StreamsAsEventMessages) {
  const auto exchange =
      std::make_shared<FakeExchange>("POST", "/2021-11-15/functions/subject/response-streaming-invocations",
                                     std::vector<std::pair<std::string, std::string>>{}, "{\"a\":1}");
  ASSERT_TRUE(api_->handle(exchange));
  const WireReply reply = exchange->wait();
  EXPECT_EQ(header(reply, "Content-Type"), "application/vnd.amazon.eventstream");
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(reply.body.at(at + i));
    return value;
  };
  const uint32_t first = number(0);
  ASSERT_LT(first, reply.body.size());
  EXPECT_EQ(reply.body.substr(first - 4 - 7, 7), "{\"a\":1}");
  EXPECT_EQ(first + number(first), reply.body.size()) << "two messages: the chunk and the end";
  EXPECT_NE(reply.body.find("InvokeComplete"), std::string::npos);
}

}  // namespace
}  // namespace stator::gateway
