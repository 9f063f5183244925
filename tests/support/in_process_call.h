// A request of DynamoDB's as the door hands it on, answered in process by a dispatcher.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "emulator/dispatcher.h"
#include "protocol/shapes/model.h"

namespace stator {

// The answer's status and body. The operation's name tells which of the two services is asked.
inline std::pair<int, std::string> call_in_process(Dispatcher& dispatcher, std::string_view operation,
                                                   std::string body) {
  const OperationInfo* known = find_operation(operation);
  const bool streams = known != nullptr && known->service == Service::kDynamoDBStreams;
  const std::string target = (streams ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + std::string(operation);
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

}  // namespace stator
