// One request to a control plane, as its operation sees it, and what the operation answers with. Lives for the call;
// used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/control/control_error.h"
#include "emulator/gateway/control/documents.h"
#include "emulator/gateway/control/model.h"
#include "emulator/gateway/control/test_invocation.h"
#include "emulator/gateway/control/usage_counts.h"
#include "protocol/url/url.h"

namespace stator::gateway::control {

struct ControlReply {
  Node body;                                                 // written by the operation's output shape
  std::string raw;                                           // instead of `body`: an export
  std::vector<std::pair<std::string, std::string>> headers;  // with `raw`
  // Instead of both: run behind the transaction, gives the body to `done`, once and on any thread.
  std::function<void(std::function<void(Node)> done)> later;
};

struct ControlRequest {
  ControlRequest(const model::Operation& its_operation, Documents& its_documents)
      : operation(its_operation), documents(its_documents) {}

  const model::Operation& operation;
  Documents& documents;
  std::string account;
  std::string region;
  DocumentScope scope;
  std::string base_url;  // where the caller reaches this server
  int64_t now_ms = 0;
  const UsageCounts* usage = nullptr;
  const TestInvoker* tests = nullptr;
  std::map<std::string, std::string, std::less<>> names;  // path parameters, decoded
  QueryList query;
  Node input;            // the body; a map, empty when there was none
  std::string_view raw;  // the body's bytes
  std::string accept;
  std::string user_agent;
  ControlReply reply;
  // APIs whose stages must be compiled again, by their path.
  std::vector<std::string> changed;

  const std::string& name(std::string_view parameter) const { return names.find(parameter)->second; }
  std::string asked(std::string_view parameter, std::string_view absent = {}) const {
    for (const auto& [key, value] : query)
      if (key == parameter) return value;
    return std::string(absent);
  }
  const model::Shape& input_shape() const { return model::shape(operation.service, operation.input); }
  const model::Shape& output_shape() const { return model::shape(operation.service, operation.output); }
  bool is_rest() const { return operation.service == model::Service::kRest; }
  // The path that an ARN of the service names: "arn:aws:apigateway:REGION::/restapis/ID".
  std::string arn(std::string_view path) const { return "arn:aws:apigateway:" + region + "::" + std::string(path); }
};

// Letters and digits, as the service's ids are.
std::string new_id(size_t length);

// Refuses what the input's shape does not allow: types, enumerations, members that must be there.
void check_input(const ControlRequest& request);
// The document as the shape has it: members that it does not know stay away, times are written as the service does.
Node shaped(const Node& document, const model::Shape& shape);
// The input's members that a document of this shape has.
Node taken_input(const ControlRequest& request, const model::Shape& document);

}  // namespace stator::gateway::control
