// WebSocket APIs, black box: handshakes, routes, events byte for byte, what comes back, @connections, time limits.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "emulator/gateway/websocket/sockets.h"
#include "gateway_fakes.h"
#include "websocket_client.h"

namespace stator::gateway {
namespace {

class FakeRaw : public RawConnection {
 public:
  void start(std::function<void(std::string_view)> bytes, std::function<void()> closed) override {
    on_bytes = std::move(bytes);
    on_closed = std::move(closed);
  }
  void send(std::string bytes) override {
    const std::lock_guard lock(mutex);
    sent += bytes;
    changed.notify_all();
  }
  // What comes from another thread, a timer's; all else is sent within the call that asks for it.
  std::string wait_for_bytes() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(20), [this] { return !sent.empty(); });
    return sent;
  }
  void close() override {
    shut = true;
    hang_up();
  }
  size_t unsent_bytes() const override { return unsent; }
  void hang_up() {
    if (auto told = std::exchange(on_closed, nullptr)) told();
  }

  // As the door does with a connection that ends: a socket and its connection hold each other through these.
  void forget() {
    on_bytes = nullptr;
    on_closed = nullptr;
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::string sent;
  size_t unsent = 0;
  bool shut = false;
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_closed;
};

class UpgradingExchange : public FakeExchange {
 public:
  using FakeExchange::FakeExchange;
  std::shared_ptr<RawConnection> take_over() override {
    raw = std::make_shared<FakeRaw>();
    taken_over.push_back(raw);
    return raw;
  }
  std::shared_ptr<FakeRaw> raw;
  static inline std::vector<std::shared_ptr<FakeRaw>> taken_over;  // in the test under way
};

constexpr const char* kApi = R"(
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {FunctionName: f, Runtime: nodejs20.x, Handler: a.b}}
  G: {Type: AWS::Serverless::Function, Properties: {FunctionName: g, Runtime: nodejs20.x, Handler: a.b}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}
  J: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${G.Arn}/invocations"}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $connect, Target: !Sub "integrations/${I}"}}
  Disconnect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $disconnect, Target: !Sub "integrations/${I}"}}
  Send: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: send, Target: !Sub "integrations/${J}"}}
  Ask: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: ask, Target: !Sub "integrations/${J}"}}
  Answer: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Ask, RouteResponseKey: $default}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: prod, AutoDeploy: true, StageVariables: {colour: red}, AccessLogSettings: {DestinationArn: x, Format: "$context.eventType $context.routeKey $context.status $context.connectionId $context.disconnectStatusCode"}}}
)";

// The handshake of RFC 6455 section 1.3.
std::vector<std::pair<std::string, std::string>> handshake(std::vector<std::pair<std::string, std::string>> more = {}) {
  std::vector<std::pair<std::string, std::string>> headers = {{"Host", "localhost:8000"},
                                                              {"Upgrade", "websocket"},
                                                              {"Connection", "keep-alive, Upgrade"},
                                                              {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                                              {"Sec-WebSocket-Version", "13"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

struct Chat : Served {
  explicit Chat(const std::string& text = kApi, std::function<void(GatewayOptions&)> more = {})
      : Served(text, "template.yaml", std::move(more)) {
    for (const char* name : {"f", "g"}) answer(name, R"({"statusCode":200})");
  }
  ~Chat() {
    for (const auto& raw : std::exchange(UpgradingExchange::taken_over, {})) raw->forget();
  }
  // The function answers that; its events are kept.
  void answer(const std::string& name, std::string payload, FunctionFault fault = FunctionFault::kNone) {
    functions.behaviours[name] = [this, name, says = FakeFunctions::says(std::move(payload), fault)](Invocation i) {
      events.push_back(name + " " + settled(i.payload));
      raw_events.push_back(i.payload);
      says(std::move(i));
    };
  }
  std::shared_ptr<UpgradingExchange> connect(std::string target = "/",
                                             std::vector<std::pair<std::string, std::string>> more = {}) {
    auto exchange = std::make_shared<UpgradingExchange>("GET", std::move(target), handshake(std::move(more)));
    taken = gateway->handle(exchange);
    if (exchange->raw) exchange->raw->sent = exchange->raw->sent.substr(exchange->raw->sent.find("\r\n\r\n") + 4);
    return exchange;
  }
  // What the client gets for a message: "text", several joined by '|'.
  std::string say(FakeRaw& raw, std::string_view message) {
    raw.sent.clear();
    raw.on_bytes(client_frame(1, message));
    std::string out;
    for (const auto& [first, payload] : server_frames(raw.sent))
      out += (out.empty() ? "" : "|") + (first == 0x81 ? settled(payload) : std::to_string(first) + ":" + payload);
    return out;
  }
  std::string id() const {
    const std::string& event = raw_events.back();
    return event.substr(event.find("\"connectionId\":\"") + 16, 16);
  }

  std::vector<std::string> events, raw_events;
};

TEST(Handshake, IsAnsweredWhenTheConnectRouteAgrees) {
  Chat api;
  auto exchange = std::make_shared<UpgradingExchange>(
      "GET", "/prod?token=a%20b&token=c", handshake({{"User-Agent", "test"}, {"Origin", "http://localhost"}}));
  ASSERT_TRUE(api.gateway->handle(exchange));
  ASSERT_TRUE(exchange->raw);
  EXPECT_EQ(exchange->raw->sent,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  ASSERT_EQ(api.events.size(), 1u);
  EXPECT_EQ(
      api.events[0],
      settled(
          R"(f {"headers":{"Host":"localhost:8000","Origin":"http://localhost","Sec-WebSocket-Key":"dGhlIHNhbXBsZSBub25jZQ==","Sec-WebSocket-Version":"13","User-Agent":"test","X-Amzn-Trace-Id":"TRACE","X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"8000","X-Forwarded-Proto":"http"},)"
          R"("multiValueHeaders":{"Host":["localhost:8000"],"Origin":["http://localhost"],"Sec-WebSocket-Key":["dGhlIHNhbXBsZSBub25jZQ=="],"Sec-WebSocket-Version":["13"],"User-Agent":["test"],"X-Amzn-Trace-Id":["TRACE"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["8000"],"X-Forwarded-Proto":["http"]},)"
          R"("queryStringParameters":{"token":"c"},"multiValueQueryStringParameters":{"token":["a b","c"]},"stageVariables":{"colour":"red"},)"
          R"("requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","messageDirection":"IN","stage":"prod","connectedAt":1587481701067,"requestTimeEpoch":1587481701067,)"
          R"("identity":{"userAgent":"test","sourceIp":"127.0.0.1"},"requestId":"EXTENDED","domainName":"localhost:8000","connectionId":"EXTENDED","apiId":")" +
          templates::api_id_for("Api") + R"("},"isBase64Encoded":false})"));
  EXPECT_EQ(settled(api.access_log.at(0)), "CONNECT $connect 101 EXTENDED -");
  EXPECT_EQ(api.traces.at(0).route, "$connect");
  EXPECT_EQ(api.traces.at(0).method, "CONNECT");
}

TEST(Handshake, IsRefusedWithTheIntegrationsStatus) {
  Chat api;
  auto refused = [&](std::string payload, FunctionFault fault = FunctionFault::kNone) {
    api.answer("f", std::move(payload), fault);
    const auto e = api.connect();
    return e->raw ? "accepted" : std::to_string(e->answer.status) + " " + settled(e->answer.body);
  };
  EXPECT_EQ(refused(R"({"statusCode":401})"), "401 ");
  EXPECT_EQ(refused(R"({"statusCode":403,"body":"no"})"), "403 no");
  EXPECT_EQ(refused(R"({"statusCode":302})"), "302 ");
  EXPECT_EQ(refused(R"({"statusCode":204})"), "accepted");
  const std::string internal =
      R"(502 {"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(refused("{}", FunctionFault::kFunctionError), internal);
  EXPECT_EQ(refused("null"), internal);
  EXPECT_EQ(refused("{}", FunctionFault::kThrottled), "500" + internal.substr(3));
}

TEST(Handshake, NamesASubprotocolOnlyWhenTheFunctionDoes) {
  Chat api;
  auto head = [&] {
    auto e = std::make_shared<UpgradingExchange>("GET", "/", handshake({{"Sec-WebSocket-Protocol", "a, b"}}));
    api.gateway->handle(e);
    return e->raw->sent;
  };
  EXPECT_EQ(head().find("Protocol:"), std::string::npos);
  api.answer("f", R"({"statusCode":200,"headers":{"sec-websocket-protocol":"b","X-Other":"1"}})");
  EXPECT_NE(head().find("\r\nSec-WebSocket-Protocol: b\r\n\r\n"), std::string::npos);
  EXPECT_EQ(head().find("X-Other"), std::string::npos);
}

TEST(Handshake, OnlyAtTheApisUrls) {
  Chat api;
  const std::string id = templates::api_id_for("Api");
  for (const std::string& target :
       {std::string("/"), std::string("/prod"), std::string("/prod/"), "/_aws/execute-api/" + id + "/prod"})
    EXPECT_TRUE(api.connect(target)->raw) << target;
  auto hosted = handshake();
  hosted[0].second = id + ".execute-api.us-east-1.localhost:8000";
  auto by_host = std::make_shared<UpgradingExchange>("GET", "/prod", hosted);
  EXPECT_TRUE(api.gateway->handle(by_host) && by_host->raw);
  EXPECT_EQ(api.connect("/nothing")->answer.status, 403);
  EXPECT_EQ(api.connect("/prod/more")->answer.status, 403);
  EXPECT_EQ(api.connect("/_aws/execute-api/" + id + "/other")->answer.status, 403);
  EXPECT_EQ(api.connect("/_aws/execute-api/other/prod")->answer.status, 403);
  EXPECT_EQ(api.text("GET", "/"), "not ours") << "the root stays the server's for all other requests";
  EXPECT_EQ(api.text("GET", "/prod"), "not ours");
  const std::string url = "/_aws/execute-api/" + id + "/prod";
  EXPECT_EQ(api.text("GET", url), R"(426 {"message":"Upgrade Required"})");
  auto old = handshake();
  old[4].second = "8";
  EXPECT_EQ(api.text("GET", url, old), R"(426 {"message":"Upgrade Required"})");
  auto bad_key = handshake();
  bad_key[3].second = "short";
  EXPECT_EQ(api.text("GET", url, bad_key).substr(0, 3), "400");
}

TEST(Handshake, NeedsNoConnectRoute) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: $connect"), 18, "RouteKey: other");
  Chat api(text);
  EXPECT_TRUE(api.connect()->raw);
  EXPECT_TRUE(api.events.empty());
}

TEST(Handshake, AsksTheAuthorizerAndRemembersWhatItSaid) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: $connect"), 18,
               "RouteKey: $connect, AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth");
  text += R"(  H: {Type: AWS::Serverless::Function, Properties: {FunctionName: h, Runtime: nodejs20.x, Handler: a.b}}
  Auth: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: auth, AuthorizerType: REQUEST, AuthorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${H.Arn}/invocations", IdentitySource: [route.request.querystring.token]}}
)";
  Chat api(text);
  auto says = [&](const std::string& effect) {
    api.answer(
        "h",
        R"({"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":")" +
            effect + R"(","Resource":"arn:aws:execute-api:*:*:*/prod/$connect"}]},"context":{"team":7}})");
  };
  auto refused = [&](const std::string& target) {
    const auto e = api.connect(target);
    return e->raw ? "accepted" : std::to_string(e->answer.status) + " " + settled(e->answer.body);
  };
  says("Allow");
  EXPECT_EQ(refused("/prod"), R"(401 {"message": "Unauthorized", "connectionId":"EXTENDED", "requestId":"EXTENDED"})");
  EXPECT_TRUE(api.events.empty());
  says("Deny");
  EXPECT_EQ(refused("/prod?token=t").substr(0, 64),
            R"(403 {"message": "User is not authorized to access this resource )");
  says("Allow");
  api.events.clear();
  const auto client = api.connect("/prod?token=t");
  ASSERT_TRUE(client->raw);
  ASSERT_EQ(api.events.size(), 2u);
  const std::string asked = api.events[0];
  EXPECT_EQ(asked.substr(0, asked.find(R"(,"headers")")),
            R"(h {"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:)" +
                templates::api_id_for("Api") + R"(/prod/$connect")");
  EXPECT_NE(asked.find(R"("headers":{"Connection":"upgrade","content-length":"0","Host":)"), std::string::npos)
      << asked;
  EXPECT_NE(asked.find(R"("queryStringParameters":{"token":"t"})"), std::string::npos);
  EXPECT_NE(asked.find(R"("requestContext":{"routeKey":"$connect","eventType":"CONNECT")"), std::string::npos);
  for (const char* message : {"", R"({"action":"send"})"}) {
    if (*message) api.say(*client->raw, message);
    EXPECT_NE(api.events.back().find(R"("authorizer":{)"), std::string::npos) << api.events.back();
    EXPECT_NE(api.events.back().find(R"("principalId":"ann")"), std::string::npos) << api.events.back();
  }
  api.events.clear();
  client->raw->hang_up();
  EXPECT_NE(api.events.at(0).find(R"("disconnectStatusCode":1006,"authorizer":{)"), std::string::npos);
  says("Allow");
  EXPECT_EQ(refused("/prod?token=t"), "accepted");
  EXPECT_EQ(api.events[api.events.size() - 2].substr(0, 1), "h") << "nothing is cached for handshakes";
}

TEST(Messages, GoToTheirRoute) {
  Chat api;
  const auto client = api.connect();
  const std::string connection = api.id();
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","text":"h\u00e9"})"), "");
  ASSERT_EQ(api.events.size(), 2u);
  EXPECT_EQ(
      api.events[1],
      R"(g {"stageVariables":{"colour":"red"},"requestContext":{"routeKey":"send","messageId":"EXTENDED","eventType":"MESSAGE","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","messageDirection":"IN","stage":"prod","connectedAt":1587481701067,"requestTimeEpoch":1587481701067,)"
      R"("identity":{"sourceIp":"127.0.0.1"},"requestId":"EXTENDED","domainName":"localhost:8000","connectionId":"EXTENDED","apiId":")" +
          templates::api_id_for("Api") +
          R"("},"body":"{\"action\":\"send\",\"text\":\"h\\u00e9\"}","isBase64Encoded":false})");
  EXPECT_EQ(api.id(), connection);
  const std::string forbidden = R"({"message": "Forbidden", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  for (const char* message : {R"({"action":"other"})", R"({"x":1})", "hello", "", R"({"action":"$connect"})",
                              R"({"action":"$disconnect"})", "[1]"})
    EXPECT_EQ(api.say(*client->raw, message), forbidden) << message;
  EXPECT_EQ(api.events.size(), 2u);
  EXPECT_EQ(settled(api.access_log.back()), "MESSAGE - 403 EXTENDED -");
  EXPECT_EQ(api.traces.back().problem, "no route has the key \"\", and there is no $default");
}

TEST(Messages, FallBackToTheDefaultRoute) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: ask"), 13, "RouteKey: $default");
  Chat api(text);
  const auto client = api.connect();
  api.answer("g", R"({"statusCode":200,"body":"default"})");
  for (const char* message :
       {R"({"action":"other"})", "hello", R"({"action":"$connect"})", R"({"action":"$default"})"}) {
    EXPECT_EQ(api.say(*client->raw, message), "default") << message;
    EXPECT_NE(api.events.back().find("\"routeKey\":\"$default\""), std::string::npos);
  }
  EXPECT_EQ(api.traces[1].passed_over, std::vector<std::string>{"no route has the key \"other\""});
}

TEST(Messages, AreCheckedAgainstTheModelThatTheRouteSelects) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: send,"), 15,
               "RouteKey: send, ModelSelectionExpression: $request.body.kind, RequestModels: {text: Text, $default: "
               "Any},");
  text +=
      R"(  Text: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Text, ContentType: application/json, Schema: {type: object, required: [text], properties: {text: {type: string}}}}}
  Any: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Any, ContentType: application/json, Schema: {type: object, required: [kind]}}}
)";
  Chat api(text);
  const auto client = api.connect();
  const std::string bad = R"({"message": "Bad request body", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text","text":"x"})"), "");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"other"})"), "");
  EXPECT_EQ(api.events.size(), 3u);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text","text":1})"), bad);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text"})"), bad);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send"})"), bad);
  EXPECT_EQ(api.events.size(), 3u) << "the function does not see them";
  EXPECT_EQ(settled(api.access_log.back()), "MESSAGE send 400 EXTENDED -");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ask"})"), "") << "another route has no models";
}

TEST(Messages, OnlyARouteResponseSendsTheResultBack) {
  Chat api;
  const auto client = api.connect();
  const std::string ask = R"({"action":"ask"})", send = R"({"action":"send"})";
  auto result = [&](const std::string& message, std::string payload, FunctionFault fault = FunctionFault::kNone) {
    api.answer("g", std::move(payload), fault);
    return api.say(*client->raw, message);
  };
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":"yes"})"), "yes");
  EXPECT_EQ(result(send, R"({"statusCode":200,"body":"yes"})"), "");
  EXPECT_EQ(result(ask, R"({"statusCode":500,"body":"its own error"})"), "its own error");
  EXPECT_EQ(result(send, R"({"statusCode":500})"), "") << "a status alone tells a client nothing";
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":"eWVz","isBase64Encoded":true})"), "yes");
  EXPECT_EQ(result(ask, R"({"statusCode":200})"), "");
  const std::string internal =
      R"({"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(result(send, "{}", FunctionFault::kFunctionError), internal);
  EXPECT_EQ(result(send, "null"), internal);
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":")" + std::string(131073, 'x') + "\"}"), internal);
  api.functions.behaviours["g"] = [](Invocation) {};
  client->raw->sent.clear();
}

TEST(Messages, AnIntegrationHasItsTime) {
  std::string text = kApi;
  text.replace(text.find("IntegrationType: AWS_PROXY", text.find("  J:")), 26,
               "TimeoutInMillis: 50, IntegrationType: AWS_PROXY");
  Chat api(text);
  std::vector<std::function<void(InvocationResult)>> hanging;
  api.functions.behaviours["g"] = [&](Invocation i) { hanging.push_back(std::move(i.done)); };
  const auto client = api.connect();
  client->raw->on_bytes(client_frame(1, R"({"action":"send"})"));
  EXPECT_EQ(settled(server_frames(client->raw->wait_for_bytes()).at(0).second),
            R"({"message": "Endpoint request timed out", "connectionId":"EXTENDED", "requestId":"EXTENDED"})");
  hanging.clear();
}

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

TEST(Integrations, MockAndWebServers) {
  std::string text = kApi;
  const auto put = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), from.size(), to);
  };
  put("  Stage:",
      R"(  M: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: MOCK, TemplateSelectionExpression: "\\$default", RequestTemplates: {$default: '{"statusCode": 200}'}}}
  MR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref M, IntegrationResponseKey: '/2\d\d/', TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "pong to $context.routeKey"}}}
  Ping: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: ping, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${M}"}}
  W: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: PUT, IntegrationUri: "http://127.0.0.1:9/in", RequestParameters: {integration.request.header.ConnectionId: context.connectionId, integration.request.querystring.to: route.request.body.to, integration.request.header.Fixed: "'x'"}}}
  Web: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: web, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${W}"}}
  Stage:)");
  Chat api(text);
  const auto client = api.connect();
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ping"})"), "pong to ping");
  api.upstream.result.status = 404;
  api.upstream.result.body = "from the web";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"web","to":"a b"})"), "from the web");
  const UpstreamRequest& sent = api.upstream.last;
  EXPECT_EQ(sent.method + " " + sent.url, "PUT http://127.0.0.1:9/in?to=a%20b");
  EXPECT_EQ(sent.body, R"({"action":"web","to":"a b"})");
  std::string headers;
  for (const auto& [name, value] : sent.headers) headers += name + "=" + value + ";";
  EXPECT_NE(headers.find("ConnectionId=" + api.id() + ";"), std::string::npos) << headers;
  EXPECT_NE(headers.find("Fixed=x;"), std::string::npos) << headers;
  api.upstream.result.fault = UpstreamFault::kUnreachable;
  EXPECT_EQ(api.say(*client->raw, R"({"action":"web"})").substr(0, 35), R"({"message": "Internal server error")");
}

TEST(Integrations, TemplatesMakePayloadAndAnswer) {
  std::string text = kApi;
  text.replace(
      text.find("  Stage:"), 8,
      R"yaml(  L: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${G.Arn}/invocations", TemplateSelectionExpression: '\$default', RequestTemplates: {$default: '{"text": $input.json("$.text"), "me": "$context.connectionId"}'}}}
  LR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref L, IntegrationResponseKey: $default, TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "sum $input.path('$.sum')"}}}
  LE: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref L, IntegrationResponseKey: '/bo+m.*/', TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "failed, $input.path('$.errorMessage')"}}}
  Custom: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: custom, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${L}"}}
  D: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS, IntegrationUri: "arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem", TemplateSelectionExpression: '${request.body.kind}', RequestTemplates: {one: '{"TableName": "T", "Key": $input.json("$.key")}', broken: '#if('}}}
  DR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref D, IntegrationResponseKey: '/2\d\d/'}}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: get, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${D}"}}
  Stage:)yaml");
  std::string asked;
  Chat api(text, [&](GatewayOptions& options) {
    options.dynamodb = [&](WireRequest& request, WireReply& reply) {
      asked = std::string(request.header("X-Amz-Target").value_or("")) + " " +
              std::string(request.body.data(), request.body.size());
      reply.status = asked.find("missing") == std::string::npos ? 200 : 400;
      reply.body = R"({"Item":{}})";
    };
  });
  const auto client = api.connect();
  api.answer("g", R"({"sum":7})");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"custom","text":"h\"i"})"), "sum 7");
  EXPECT_EQ(api.events.back(), R"(g {"text": "h\"i", "me": "EXTENDED"})");
  api.answer("g", R"({"errorMessage":"boom and bust"})", FunctionFault::kFunctionError);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"custom"})"), "failed, boom and bust");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"one","key":{"id":{"S":"1"}}})"), R"({"Item":{}})");
  EXPECT_EQ(asked, R"(DynamoDB_20120810.GetItem {"TableName": "T", "Key": {"id":{"S":"1"}}})");
  const std::string internal =
      R"({"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"one","key":"missing"})"), internal)
      << "no integration response is for 400";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"broken"})"), internal);
}

TEST(Sam, WritesAWebSocketApiAsOneResource) {
  Chat api(R"(
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {FunctionName: f, Runtime: nodejs20.x, Handler: a.b, Environment: {Variables: {URL: !GetAtt Talk.ApiEndpoint}}}}
  Talk:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: live
      Routes:
        $connect: {FunctionArn: !GetAtt F.Arn}
        ask: {FunctionArn: !GetAtt F.Arn, RouteResponseSelectionExpression: $default, IntegrationTimeout: 5000}
)");
  const auto client = api.connect("/live");
  ASSERT_TRUE(client->raw);
  api.answer("f", R"({"statusCode":200,"body":"here"})");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ask"})"), "here");
  EXPECT_EQ(api.gateway->functions().at(0).environment.at("URL"),
            "wss://" + templates::api_id_for("Talk") + ".execute-api.us-east-1.amazonaws.com");
}

TEST(Routes, AreToldWithTheirUrls) {
  Chat api;
  std::string lines;
  for (const RouteLine& line : api.gateway->routes("http://127.0.0.1:8000"))
    lines += line.key + " " + line.url + " " + line.target + "|";
  EXPECT_EQ(lines,
            "$connect ws://127.0.0.1:8000 f|$disconnect ws://127.0.0.1:8000 f|send ws://127.0.0.1:8000 g|ask "
            "ws://127.0.0.1:8000 g|");
  EXPECT_TRUE(api.gateway->notes().empty());
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
