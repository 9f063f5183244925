// One request on its way through the gateway: the exchange with the client, the stage it belongs to, what was read from
// the request, and the ids and times that events, logs and answers share. Made on a door thread, then handed from the
// routing to the integration's callback; it lives as long as anyone who may still answer holds it.
//
// Threads: everything but finish() is written before the integration is called. finish() may be called from any thread
// and by several (the function's answer, the timeout): the first wins, the others are told so.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/authorizers/caller.h"
#include "emulator/gateway/function.h"
#include "emulator/gateway/stage.h"
#include "emulator/gateway/timers.h"
#include "emulator/gateway/trace.h"
#include "emulator/gateway/upstream.h"
#include "protocol/url/url.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

class AccessControl;
class ResponseCache;
class ExecutionLog;

// What a request needs of the world. Outlives every call.
struct CallServices {
  FunctionRegistry* functions = nullptr;
  UpstreamClient* upstream = nullptr;
  Timers* timers = nullptr;
  AccessControl* access = nullptr;
  ResponseCache* responses = nullptr;  // what the stages' caches keep
  // One request of DynamoDB's, answered at once; empty where there is no database.
  std::function<void(WireRequest&, WireReply&)> dynamodb;
  std::function<int64_t()> now_ms;  // wall clock
  std::string account;
  std::string region;
  std::string fork;       // empty: the main space
  bool explain = false;   // fill RequestTrace::passed_over
  bool payloads = false;  // fill RequestTrace::event and ::result
  std::function<void(const RequestTrace&)> on_trace;
  std::function<void(const std::string& line)> on_access_log;
  std::function<void(const std::string& line)> on_problem;  // what the API's owner must repair: a template that fails
};

// What a call of a WebSocket API has besides.
struct SocketCall {
  std::string connection_id;
  const char* event_type = "";  // CONNECT, MESSAGE, DISCONNECT
  std::string message_id;       // MESSAGE
  int64_t connected_ms = 0;
  int close_code = 0;  // DISCONNECT
  std::string close_reason;
};

struct Call : std::enable_shared_from_this<Call> {
  Call(const CallServices& world, std::shared_ptr<Exchange> client);

  const CallServices& services;
  std::shared_ptr<Exchange> exchange;
  std::shared_ptr<const ServedStage> stage;
  const RoutePlan* plan = nullptr;

  WireRequest& request;  // valid while the exchange is
  std::string method;
  std::string path;          // within the API; REST: as sent, HTTP: decoded
  std::string context_path;  // requestContext.path: with the stage where the URL has it
  std::string domain_path;   // the whole path where a custom domain name was called, mapping included; else empty
  std::string raw_query;
  QueryList query;
  std::vector<std::pair<std::string, std::string>> path_parameters;      // decoded
  std::vector<std::pair<std::string, std::string>> raw_path_parameters;  // REST: as sent
  std::string decoded_body;  // what request.body points at, where it came in a content coding
  std::string domain_name;
  std::string domain_prefix;
  std::string source_ip;
  std::string user_agent;
  std::string trace_id;  // "Root=1-..."

  std::string request_id;           // a UUID; HTTP APIs: the extended id
  std::string invocation_id;        // a UUID, for the function
  std::string extended_request_id;  // sixteen characters, as x-amz-apigw-id and apigw-requestid carry it
  int64_t time_ms = 0;
  std::chrono::steady_clock::time_point begun;

  Caller caller;  // complete when the access checks are

  // For $context.error.* of gateway responses and logs.
  std::string error_message;
  std::string error_type;  // the gateway response's type
  std::string validation_error;
  std::string integration_status;
  std::string integration_error;
  std::chrono::steady_clock::time_point integration_begun;
  std::atomic<int64_t> integration_us{0};

  std::optional<SocketCall> socket;
  std::shared_ptr<ExecutionLog> execution_log;  // of a test by the API's owner; else null

  RequestTrace trace;
  std::stop_source client_gone;

  // Sees the answer first; empty unless the stage's cache keeps answers of this route.
  std::function<void(Call&, WireReply&)> before_answer;

  // Claims the right to answer: true once.
  bool claim() { return !claimed_.exchange(true); }
  bool claimed() const { return claimed_.load(); }
  // Sends what the claimer made and writes the logs. `bytes`: of the body when it was streamed.
  void answer(WireReply reply);
  void log_answer(int status, size_t bytes);

  std::optional<std::string_view> header(std::string_view name) const { return request.header(name); }
  std::string_view body() const { return {request.body.data(), request.body.size()}; }
  void integration_answered();

 private:
  std::atomic<bool> claimed_{false};
};

std::string new_uuid();
std::string new_extended_id();
double random_percent();  // from 0 up to 100, that not included
std::string new_trace_root(int64_t now_ms);
std::string clf_time(int64_t ms);  // "22/Nov/2026:18:29:20 +0000"
std::string iso_time(int64_t ms);  // "2026-11-22T18:29:20.123Z"

// The value of $context.NAME, without the "$context."; nothing when there is no such name here.
std::optional<std::string> context_value(const Call& call, std::string_view name, int status, size_t response_bytes);
// Replaces every $context.name, and $input-free text stays; unknown names become "-".
std::string fill_access_log(const Call& call, std::string_view format, int status, size_t response_bytes);

}  // namespace stator::gateway
