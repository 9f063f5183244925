// The fixture's interface in process, where its clock can be moved: forks that nobody uses, the cap on forks, and a
// held clock at its bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "emulator/fixture/admin.h"
#include "emulator/fixture/held_clock.h"
#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;

class CapturedExchange final : public Exchange {
 public:
  CapturedExchange(std::string method, std::string target, std::string body)
      : method_(std::move(method)), target_(std::move(target)), body_(std::move(body)) {
    request_.method = method_;
    request_.target = target_;
    request_.headers = {{"Content-Type", "application/json"}};
    request_.body = {body_.data(), body_.size()};
  }
  WireRequest& request() override { return request_; }
  void reply(WireReply reply) override { answer_.set_value(std::move(reply)); }
  void begin(WireReply) override {}
  bool write(std::string) override { return false; }
  void end() override {}
  void abort() override {}
  void on_gone(std::function<void()>) override {}
  std::shared_ptr<RawConnection> take_over() override { return nullptr; }

  WireReply answer() { return answer_.get_future().get(); }

 private:
  std::string method_, target_, body_;
  WireRequest request_;
  std::promise<WireReply> answer_;
};

class AdminCalls : public testing::Test {
 protected:
  AdminCalls() { admin.start(); }
  ~AdminCalls() override { admin.stop(); }

  std::pair<int, std::string> call(std::string method, const std::string& path, std::string body = {}) {
    auto exchange = std::make_shared<CapturedExchange>(std::move(method), "/_stator/v1/" + path, std::move(body));
    EXPECT_TRUE(admin.answer(exchange));
    WireReply reply = exchange->answer();
    return {reply.status, reply.body};
  }

  EngineUnderTest server;
  Metrics metrics;
  Admin admin{server.engine, server.maintenance, metrics};
};

constexpr int64_t kHour = 3'600'000;

TEST_F(AdminCalls, AForkThatNobodyUsesForAnHourIsGone) {
  EXPECT_EQ(call("POST", "forks", R"({"key":"idle"})").first, 200);
  EXPECT_EQ(call("POST", "forks", R"({"key":"busy"})").first, 200);
  server.clock.ms += kHour / 2;
  EXPECT_EQ(call("GET", "clock?fork=busy").first, 200);
  server.clock.ms += kHour / 2 + 1;
  EXPECT_EQ(call("GET", "forks"), std::pair(200, std::string(R"({"forks":[{"key":"busy","account":"000000000000"}]})"
                                                             "\n")));
  EXPECT_EQ(call("GET", "clock?fork=idle").first, 404);
  EXPECT_EQ(call("POST", "forks", R"({"key":"idle"})").first, 200) << "its key is free again";
}

TEST_F(AdminCalls, ForksAreCapped) {
  for (size_t i = 0; i < Spaces::kMaxForks; ++i)
    ASSERT_EQ(call("POST", "forks", R"({"key":"w)" + std::to_string(i) + "\"}").first, 200);
  auto [status, body] = call("POST", "forks", R"({"key":"one-more"})");
  EXPECT_EQ(status, 429);
  EXPECT_THAT(body, HasSubstr("there are 256 forks already"));
  EXPECT_EQ(call("DELETE", "forks/w7").first, 200);
  EXPECT_EQ(call("POST", "forks", R"({"key":"one-more"})").first, 200);
}

TEST_F(AdminCalls, RefusedInputIsToldAndChangesNothing) {
  int64_t before = server.engine.spaces().main()->clock.now_ms();
  for (const char* body : {"[]", "{", "7", R"({"freeze":true,"advance_ms":-1})", R"({"freeze":true,"rate":1e9})",
                           R"({"freeze":true,"set_ms":9223372036854775807})", R"({"freeze":true,"stop":true})"}) {
    auto [status, answer] = call("POST", "clock", body);
    EXPECT_EQ(status, 400) << body;
    EXPECT_THAT(answer, testing::StartsWith(R"({"error":")")) << body;
  }
  EXPECT_FALSE(server.engine.spaces().main()->clock.held());
  EXPECT_EQ(server.engine.spaces().main()->clock.now_ms(), before);
  EXPECT_EQ(call("POST", "settings", R"({"throttle":true,"read_lag_ms":-1})").first, 400);
  EXPECT_FALSE(server.engine.spaces().main()->throttle.on());
  EXPECT_EQ(call("PUT", "clock", "{}").first, 405);
}

TEST(HeldClock, GoesNoFurtherThanItsLatestTime) {
  FakeClock source;
  HeldClock clock(source);
  clock.set(HeldClock::kLatest - 5);
  clock.advance(3);
  EXPECT_EQ(clock.now_ms(), HeldClock::kLatest - 2);
  clock.advance(INT64_MAX);
  EXPECT_EQ(clock.now_ms(), HeldClock::kLatest);
  clock.run(1e6);
  source.ms += 1'000'000'000'000;
  EXPECT_EQ(clock.now_ms(), HeldClock::kLatest);
  clock.release();
  EXPECT_EQ(clock.now_ms(), source.now_ms());
}

TEST(HeldClock, FollowsAnother) {
  FakeClock source;
  HeldClock first(source), second(source);
  first.set(1000);
  first.run(2);
  source.ms += 10;
  second.follow(first);
  EXPECT_EQ(second.now_ms(), 1020);
  source.ms += 10;
  EXPECT_EQ(second.now_ms(), 1040);
  first.freeze();
  source.ms += 10;
  EXPECT_EQ(second.now_ms(), 1060) << "and is its own from then on";
}

}  // namespace
}  // namespace stator
