// What the service writes of one execution of a REST API's method or authorizer, a line a fact, for TestInvokeMethod
// and TestInvokeAuthorizer: "Wed Mar 05 06:43:16 UTC 2025 : HTTP Method: GET, Resource Path: /pets". A line is cut
// after 1,024 characters, as the service cuts it. What the service says of its own signatures stays out: nobody signs
// here.
//
// Threads: any; the lines stand in the order in which they came.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "emulator/gateway/call.h"

namespace stator::gateway {

class ExecutionLog {
 public:
  ExecutionLog(std::string request_id, std::function<int64_t()> now_ms);

  void add(std::string line);
  std::string text() const;

  // What a Lambda authorizer answered, as it came.
  void keep_authorizer_result(std::string payload);
  std::string authorizer_result() const;

 private:
  const std::function<int64_t()> now_ms_;
  mutable std::mutex mutex_;
  std::string text_;               // guarded by mutex_
  std::string authorizer_result_;  // guarded by mutex_
};

// "{a=1, b=2}", as Java writes a map; a name that comes again has its values joined by commas.
std::string java_map(const HeaderList& pairs);

// The service's lines about a call of an endpoint. Nothing is written where the call has no execution log.
void log_endpoint_request(const Call& call, const std::string& uri, const HeaderList& headers, std::string_view body);
void log_endpoint_response(const Call& call, int status, const HeaderList& headers, std::string_view body);
// The same for a function, which `uri` names as integrations and authorizers do.
void log_function_request(const Call& call, std::string_view uri, std::string_view event);
void log_function_response(const Call& call, bool failed, std::string_view payload);

}  // namespace stator::gateway
