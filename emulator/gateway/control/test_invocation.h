// What TestInvokeMethod and TestInvokeAuthorizer ask of the serving side, and what it answers. Plain values; `done` is
// called once, on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/control/document_store.h"

namespace stator::gateway {

// The one stage that a tested API has.
inline constexpr const char* kTestedStage = "test-invoke-stage";
inline constexpr const char* kTestedAuthorizerStage = "ESTestInvoke-stage";

struct TestInvocation {
  DocumentScope scope;
  std::shared_ptr<const Api> api;  // its draft, deployed to the stage `stage`
  std::string stage;
  std::string id;      // of the resource, or of the authorizer
  std::string method;  // of the resource, as it is defined there: may be ANY
  std::string verb;    // as asked for
  std::string path;    // with its query; empty: the resource's own
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user_agent;  // of who asks for the test
};

struct TestResult {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string log;
  int64_t latency_ms = 0;
  // An authorizer's
  std::string principal_id;
  std::string policy;  // JSON
  std::vector<std::pair<std::string, std::string>> claims;
};

using TestDone = std::function<void(TestResult)>;

struct TestInvoker {
  std::function<void(TestInvocation, TestDone)> method, authorizer;
};

}  // namespace stator::gateway
