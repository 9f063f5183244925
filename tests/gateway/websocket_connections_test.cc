// WebSocket APIs, black box: connections while they are open: control frames, @connections, ends, time limits.
#include <gtest/gtest.h>

#include "chat.h"
#include "emulator/gateway/websocket/sockets.h"

namespace stator::gateway {
namespace {

TEST(Control, PingsAreAnsweredAndFaultsClose) {
  Chat api;
  auto client = api.connect();
  client->raw->on_bytes(client_frame(9, "hi") + client_frame(10, "x"));
  EXPECT_EQ(client->raw->sent, std::string("\x8A\x02hi"));
  EXPECT_FALSE(client->raw->shut);
  auto closed_by = [&](const std::string& bytes) {
    client = api.connect();
    client->raw->on_bytes(bytes);
    const auto frames = server_frames(client->raw->sent);
    const std::string event = api.raw_events.back();
    const size_t at = event.find("\"disconnectStatusCode\":");
    const size_t reason = event.find("\"disconnectReason\":");
    const std::string& words = frames.back().second;
    const int code = words.size() < 2 ? 0 : (static_cast<uint8_t>(words[0]) << 8) + static_cast<uint8_t>(words[1]);
    return std::to_string(frames.back().first) + " " + std::to_string(code) + " " +
           (at == std::string::npos
                ? "no event"
                : event.substr(at + 23, 4) + event.substr(reason + 19, event.find(',', reason) - reason - 19));
  };
  EXPECT_EQ(closed_by(client_frame(2, "x")), R"(136 1003 1003"")");
  EXPECT_EQ(closed_by(client_frame(1, std::string(40000, 'x'))), R"(136 1009 1009"")");
  EXPECT_EQ(closed_by("\x81\x01x"), R"(136 1002 1002"")");
  EXPECT_EQ(closed_by(client_frame(8, "\x03\xE8")), R"(136 1000 1000"")");
  EXPECT_EQ(closed_by(client_frame(8, "\x0F\xA1so long")), R"(136 4001 4001"so long")");
  EXPECT_EQ(closed_by(client_frame(8, "")), R"(136 0 1005"Client-side close frame status not set")");
}

TEST(Disconnect, IsToldOnceWithTheServicesWords) {
  Chat api;
  const auto client = api.connect();
  client->raw->hang_up();
  ASSERT_EQ(api.events.size(), 2u);
  EXPECT_EQ(
      api.events[1],
      R"(f {"headers":{"Host":"localhost:8000","x-api-key":"","X-Forwarded-For":"","x-restapi":""},"multiValueHeaders":{"Host":["localhost:8000"],"x-api-key":[""],"X-Forwarded-For":[""],"x-restapi":[""]},)"
      R"("stageVariables":{"colour":"red"},"requestContext":{"routeKey":"$disconnect","disconnectStatusCode":1006,"eventType":"DISCONNECT","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","messageDirection":"IN","disconnectReason":"","stage":"prod","connectedAt":1587481701067,"requestTimeEpoch":1587481701067,)"
      R"("identity":{"sourceIp":"127.0.0.1"},"requestId":"EXTENDED","domainName":"localhost:8000","connectionId":"EXTENDED","apiId":")" +
          templates::api_id_for("Api") + R"("},"isBase64Encoded":false})");
  EXPECT_EQ(settled(api.access_log.back()), "DISCONNECT $disconnect 200 EXTENDED 1006");
}

TEST(Connections, AreSentToAskedAboutAndClosed) {
  Chat api;
  const auto client = api.connect("/", {{"User-Agent", "test"}});
  const std::string id = api.id(), api_id = templates::api_id_for("Api");
  auto ask = [&](const std::string& method, const std::string& target, const std::string& body = {}) {
    const auto e = api.call(method, target, {{"Host", "localhost:8000"}}, body);
    return api.taken ? std::to_string(e->answer.status) + " " + e->header("x-amzn-ErrorType") + " " + e->answer.body
                     : "not ours";
  };
  std::string encoded = id;
  encoded.replace(encoded.find('='), 1, "%3D");
  for (const std::string& before : {std::string(), std::string("/prod"), "/_aws/execute-api/" + api_id + "/prod"}) {
    client->raw->sent.clear();
    EXPECT_EQ(ask("POST", before + "/@connections/" + encoded, "hello"), "200 (absent) ") << before;
    EXPECT_EQ(client->raw->sent, std::string("\x81\x05hello"));
  }
  EXPECT_EQ(
      ask("GET", "/prod/@connections/" + id),
      R"(200 (absent) {"connectedAt":"2020-04-21T15:08:21.067Z","identity":{"sourceIp":"127.0.0.1","userAgent":"test"},"lastActiveAt":"2020-04-21T15:08:21.067Z"})");
  EXPECT_EQ(ask("POST", "/@connections/" + id, std::string(131073, 'x')),
            R"(413 PayloadTooLargeException {"message":"Message too long"})");
  EXPECT_EQ(ask("POST", "/prod/@connections/AAAAAAAAAAAAAAA="), "410 GoneException ");
  EXPECT_EQ(ask("POST", "/prod/@connections/cjy8i76bx002884le6n17d49b"),
            R"(400 BadRequestException {"message":"Invalid connectionId: cjy8i76bx002884le6n17d49b"})");
  EXPECT_EQ(ask("POST", "/dev/@connections/" + id), R"(403 ForbiddenException {"message":"Forbidden"})");
  EXPECT_EQ(ask("POST", "/_aws/execute-api/other/prod/@connections/" + id),
            R"(403 ForbiddenException {"message":"Forbidden"})");
  EXPECT_EQ(ask("PUT", "/@connections/" + id).substr(0, 3), "403");
  client->raw->unsent = (1 << 20) + 1;
  EXPECT_EQ(ask("POST", "/@connections/" + id, "x"), "429 LimitExceededException ");
  client->raw->unsent = 0;
  client->raw->sent.clear();
  EXPECT_EQ(ask("DELETE", "/prod/@connections/" + id), "204 (absent) ");
  EXPECT_EQ(client->raw->sent, std::string("\x88\x02\x03\xE8"));
  EXPECT_NE(api.events.back().find(R"("disconnectStatusCode":1000,"eventType":"DISCONNECT")"), std::string::npos);
  EXPECT_NE(api.events.back().find(R"("disconnectReason":"Connection Closed Normally")"), std::string::npos);
  for (const char* method : {"POST", "GET", "DELETE"})
    EXPECT_EQ(ask(method, "/prod/@connections/" + id), "410 GoneException ") << method;
}

TEST(Connections, ArePathsLikeAnyOtherBelowOtherApis) {
  std::string text = kApi;
  text += R"(  H: {Type: AWS::Serverless::HttpApi}
  K: {Type: AWS::Serverless::Function, Properties: {FunctionName: k, Runtime: nodejs20.x, Handler: a.b, Events: {E: {Type: HttpApi, Properties: {ApiId: !Ref H, Path: "/{any+}", Method: any}}}}}
)";
  Chat api(text);
  api.answer("k", R"({"statusCode":200,"body":"mine"})");
  const std::string web = templates::api_id_for("H"), sockets = templates::api_id_for("Api");
  EXPECT_EQ(api.text("POST", "/_aws/execute-api/" + web + "/@connections/AAAAAAAAAAAAAAA=", {}, "x"), "200 mine");
  EXPECT_EQ(api.text("POST", "/_aws/execute-api/" + sockets + "/prod/@connections/AAAAAAAAAAAAAAA=", {}, "x"), "410 ");
  EXPECT_EQ(api.text("POST", "/prod/@connections/AAAAAAAAAAAAAAA=", {}, "x"), "410 ") << "https://{domainName}/{stage}";
  EXPECT_EQ(api.connect("/prod")->raw, nullptr) << "two APIs: neither is at the root";
  EXPECT_TRUE(api.connect("/_aws/execute-api/" + sockets + "/prod")->raw);
}

TEST(Connections, AreNotThereBeforeTheConnectRouteHasAnswered) {
  Chat api;
  std::string seen;
  api.functions.behaviours["f"] = [&](Invocation i) {
    api.raw_events.push_back(i.payload);
    if (seen.empty()) seen = api.text("POST", "/@connections/" + api.id(), {}, "too early");
    FakeFunctions::says(R"({"statusCode":200})")(std::move(i));
  };
  const auto client = api.connect();
  EXPECT_EQ(seen, "410 ");
  EXPECT_EQ(client->raw->sent, "");
}

TEST(Connections, OutliveAChangeOfTheTemplate) {
  Chat api;
  const auto client = api.connect();
  std::string text = kApi;
  text.replace(text.find("RouteKey: send"), 14, "RouteKey: shout");
  api.folder.write("template.yaml", text);
  ASSERT_TRUE(api.gateway->reload());
  EXPECT_EQ(api.say(*client->raw, R"({"action":"shout"})"), "");
  EXPECT_NE(api.events.back().find("\"routeKey\":\"shout\""), std::string::npos);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send"})").substr(0, 24), R"({"message": "Forbidden",)");
  api.gateway->close_sockets();
  EXPECT_EQ(server_frames(client->raw->sent).back().second, "\x03\xE9Going away");
  EXPECT_EQ(api.events.size(), 2u) << "no $disconnect while the server goes";
}

TEST(Limits, IdleForTenMinutesOrOpenForTwoHours) {
  struct Nobody : SocketOwner {
    void on_message(const std::shared_ptr<Socket>&, std::string) override {}
    void on_closed(const std::shared_ptr<Socket>& socket) override {
      ended.push_back(socket->origin().connection_id + " " + std::to_string(socket->code()) + " " + socket->reason());
    }
    std::vector<std::string> ended;
  } owner;
  std::atomic<int64_t> now = kNow;
  auto clock = [&now] { return now.load(); };
  Timers timers;
  const auto sockets = std::make_shared<Sockets>(timers, clock);
  auto open = [&](const std::string& id) {
    auto raw = std::make_shared<FakeRaw>();
    auto socket = std::make_shared<Socket>(SocketOrigin{id, "api", "prod", "", "", "", now}, raw, clock, owner);
    sockets->add(socket);
    socket->listen();
    return raw;
  };
  const auto quiet = open("quiet"), busy = open("busy"), told = open("told");
  now += kIdleLimitMs - 1;
  busy->on_bytes(client_frame(9, ""));
  EXPECT_EQ(sockets->find("told")->send("x"), Socket::Sent::kSent);
  sockets->close_overdue();
  EXPECT_TRUE(owner.ended.empty());
  now += 1;
  sockets->close_overdue();
  EXPECT_EQ(owner.ended, std::vector<std::string>{"quiet 1001 Going away"});
  EXPECT_EQ(server_frames(quiet->sent).back().second, "\x03\xE9Going away");
  while (now < kNow + kDurationLimitMs - 1) {
    now += std::min<int64_t>(60'000, kNow + kDurationLimitMs - 1 - now);
    busy->on_bytes(client_frame(9, ""));
    sockets->close_overdue();
  }
  EXPECT_EQ(owner.ended.size(), 2u) << "told was idle in the end";
  now += 1;
  sockets->close_overdue();
  EXPECT_EQ(owner.ended.back(), "busy 1001 Going away");
  EXPECT_EQ(sockets->find("quiet")->send("x"), Socket::Sent::kGone);
  for (const auto& raw : {quiet, busy, told}) raw->forget();
}

}  // namespace
}  // namespace stator::gateway
