// A door on a free port with handlers that a test can see into and steer.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "protocol/http/http_server.h"
#include "protocol/wire_message.h"
#include "raw_client.h"

namespace stator::http {

// Answers with what it was asked: target, then body. A test may replace any part.
class EchoInline : public InlineHandler {
 public:
  void handle(WireRequest& request, WireReply& reply) override {
    ++handled;
    if (on_handle) return on_handle(request, reply);
    reply.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
    reply.body.append(request.target).append("|").append(request.body.data(), request.body.size());
    terminated = terminated && request.body.data()[request.body.size()] == '\0';
  }
  bool settle() override {
    ++settled;
    return settles;
  }
  void fail(WireReply& reply) override {
    ++failed;
    reply.status = 500;
    reply.body = "failed";
  }

  std::function<void(WireRequest&, WireReply&)> on_handle;
  std::atomic<int> handled{0};
  std::atomic<int> settled{0};
  std::atomic<int> failed{0};
  std::atomic<bool> settles{true};
  std::atomic<bool> terminated{true};
};

struct DoorUnderTest {
  explicit DoorUnderTest(HttpServerOptions options = {}, ExchangeHandler exchange = nullptr) {
    options.threads = options.threads ? options.threads : 2;
    if (!exchange)
      exchange = [](std::shared_ptr<Exchange> open) {
        WireReply reply;
        reply.body.append(open->request().method).append(" ").append(open->request().target).append("|");
        reply.body.append(open->request().body.data(), open->request().body.size());
        open->reply(std::move(reply));
      };
    server = std::make_unique<HttpServer>(std::move(options), handler, std::move(exchange));
    server->start();
  }
  int port() const { return server->port(); }

  EchoInline handler;
  std::unique_ptr<HttpServer> server;
};

inline HttpServerOptions one_thread() {
  HttpServerOptions options;
  options.threads = 1;
  return options;
}

inline std::string dynamo_request(std::string_view body, std::string_view more_headers = {},
                                  std::string_view target = "/") {
  std::string text("POST ");
  text.append(target).append(" HTTP/1.1\r\nHost: localhost:8000\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n");
  text.append(more_headers)
      .append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
  return text;
}

}  // namespace stator::http
