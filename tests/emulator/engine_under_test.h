// An engine in memory with a dispatcher, called in process the way the door calls it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <atomic>

#include "emulator/dispatcher.h"
#include "emulator/engine.h"
#include "emulator/maintenance.h"
#include "protocol/shapes/model.h"

namespace stator {

class FakeClock : public Clock {
 public:
  int64_t now_ms() const override { return ms.load(); }
  std::atomic<int64_t> ms{1'700'000'000'000};
};

class EngineUnderTest {
 public:
  explicit EngineUnderTest(EngineOptions options = {}, const std::string& folder = {})
      : engine(persistence::open_stores({.folder = folder}), clock, std::move(options)),
        dispatcher(engine),
        maintenance(engine) {}

  // The answer's status and body.
  std::pair<int, std::string> call(std::string_view operation, std::string body) {
    const OperationInfo* known = find_operation(operation);
    const bool streams = known != nullptr && known->service == Service::kDynamoDBStreams;
    std::string target = (streams ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + std::string(operation);
    WireRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                       {"X-Amz-Target", target},
                       {"X-Amz-Date", "20260101T000000Z"},
                       {"Authorization",
                        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
                        "SignedHeaders=host;x-amz-date, Signature=0"}};
    request.body = {body.data(), body.size()};
    WireReply reply;
    dispatcher.handle_now(request, reply);
    return {reply.status, reply.body};
  }

  FakeClock clock;
  Engine engine;
  Dispatcher dispatcher;
  Maintenance maintenance;
};

}  // namespace stator
