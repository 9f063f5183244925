// Lambda's own Invoke, so that an SDK or `aws lambda invoke --endpoint-url` reaches the local functions:
//   POST /2015-03-31/functions/NAME/invocations                         RequestResponse, Event, DryRun; log tail
//   POST /2021-11-15/functions/NAME/response-streaming-invocations      the answer as an event stream
// NAME is a name or an ARN, percent-encoded. Shapes and errors are those of the `lambda` API model. An Event that fails
// is not tried again (the service tries twice more): its error is in the log.
//
// Threads: any; never blocks. Lifetime: the registry outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/gateway/function.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

struct LambdaApiOptions {
  std::string account = "000000000000";
  std::string region = "us-east-1";
  std::function<int64_t()> now_ms;                 // must be set
  std::function<void(const std::string&)> failed;  // an invocation that failed, in words; may be empty
};

class LambdaApi {
 public:
  LambdaApi(FunctionRegistry& functions, LambdaApiOptions options);

  // True when the request is one of these calls; it then is or will be answered. A request signed for another service
  // is not, whatever its path.
  bool handle(const std::shared_ptr<Exchange>& exchange);

 private:
  struct Asked;
  void invoke(const std::shared_ptr<Exchange>& exchange, const Asked& asked);

  FunctionRegistry& functions_;
  std::shared_ptr<const LambdaApiOptions> options_;
};

}  // namespace stator::gateway
