// A WebSocket API of two functions, a gateway over it, and clients without sockets that speak with it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway_fakes.h"
#include "websocket_client.h"

namespace stator::gateway {

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

inline constexpr const char* kApi = R"(
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
inline std::vector<std::pair<std::string, std::string>> handshake(
    std::vector<std::pair<std::string, std::string>> more = {}) {
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

}  // namespace stator::gateway
