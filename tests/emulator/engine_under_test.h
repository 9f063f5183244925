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
#include "in_process_call.h"

namespace stator {

// CreateTable of "Tab" with one key attribute, pk.
inline constexpr const char* kPlainTable =
    R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]})";

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
    return call_in_process(dispatcher, operation, std::move(body));
  }

  FakeClock clock;
  Engine engine;
  Dispatcher dispatcher;
  Maintenance maintenance;
};

}  // namespace stator
