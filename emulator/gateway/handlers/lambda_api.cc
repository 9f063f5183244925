#include "emulator/gateway/handlers/lambda_api.h"

#include <zlib.h>

#include <cstdio>
#include <optional>
#include <stop_token>
#include <utility>

#include "emulator/gateway/call.h"
#include "emulator/gateway/signed_service.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"
#include "protocol/url/url.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxRequest = 6 * 1024 * 1024;  // 6291456
constexpr size_t kMaxEvent = 1024 * 1024;

WireReply error_reply(int status, std::string_view type, std::string_view kind, std::string_view message,
                      std::string_view member = "Message") {
  WireReply reply;
  reply.status = status;
  reply.headers = {
      {"Content-Type", "application/json"}, {"x-amzn-RequestId", new_uuid()}, {"x-amzn-ErrorType", std::string(type)}};
  JsonWriter(reply.body).begin_object().key("Type").string(kind).key(member).string(message).end_object();
  return reply;
}

// application/vnd.amazon.eventstream: total length, headers' length, their CRC, headers, payload, CRC of all before it.
void append_number(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string event_message(std::string_view event_type, std::string_view content_type, std::string_view payload) {
  std::string headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    headers += static_cast<char>(name.size());
    headers += name;
    headers += '\x07';  // a string
    headers += static_cast<char>(value.size() >> 8);
    headers += static_cast<char>(value.size() & 0xff);
    headers += value;
  };
  add(":message-type", "event");
  add(":event-type", event_type);
  add(":content-type", content_type);
  std::string out;
  append_number(static_cast<uint32_t>(headers.size() + payload.size() + 16), out);
  append_number(static_cast<uint32_t>(headers.size()), out);
  append_number(checksum(out), out);
  out += headers;
  out += payload;
  append_number(checksum(out), out);
  return out;
}

// The client's end of a response-streaming invocation: each piece a PayloadChunk.
class EventStream : public ResponseStream {
 public:
  EventStream(std::shared_ptr<Exchange> exchange, std::string request_id)
      : exchange_(std::move(exchange)), request_id_(std::move(request_id)) {}

  void begin(std::string_view content_type) override {
    if (std::exchange(begun_, true)) return;
    WireReply head;
    head.headers = {{"Content-Type", "application/vnd.amazon.eventstream"},
                    {"x-amzn-RequestId", request_id_},
                    {"X-Amz-Executed-Version", "$LATEST"}};
    if (!content_type.empty()) head.headers.emplace_back("X-Amzn-Remapped-Content-Type", content_type);
    exchange_->begin(std::move(head));
  }
  bool write(std::string bytes) override {
    return exchange_->write(event_message("PayloadChunk", "application/octet-stream", bytes));
  }
  void end(const InvocationResult& result, std::string_view log) {
    begin({});
    if (!result.payload.empty() && result.fault == FunctionFault::kNone) write(result.payload);
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    if (result.fault != FunctionFault::kNone)
      json.key("ErrorCode").string(result.error_type).key("ErrorDetails").string(result.payload);
    if (!log.empty()) json.key("LogResult").string(log);
    json.end_object();
    exchange_->write(event_message("InvokeComplete", "application/json", body));
    exchange_->end();
  }

 private:
  std::shared_ptr<Exchange> exchange_;
  std::string request_id_;
  bool begun_ = false;
};

// The log as X-Amz-Log-Result has it: the service's own lines around the function's, the last 4 KB.
std::string log_result(const InvocationResult& result, const std::string& id, int memory_mb) {
  char report[256];
  const double ms = static_cast<double>(result.duration.count()) / 1000.0;
  std::snprintf(report, sizeof report,
                "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %lld ms\tMemory Size: %d MB\t", id.c_str(),
                ms, static_cast<long long>(ms) + 1, memory_mb);
  std::string text =
      "START RequestId: " + id + " Version: $LATEST\n" + result.log_tail + "END RequestId: " + id + "\n" + report;
  if (result.cold_start) {
    std::snprintf(report, sizeof report, "Init Duration: %.2f ms\t",
                  static_cast<double>(result.started.count()) / 1000.0);
    text += report;
  }
  text += '\n';
  if (text.size() > 4096) text.erase(0, text.size() - 4096);
  std::string encoded;
  append_base64(text, encoded);
  return encoded;
}

WireReply result_reply(InvocationResult& result, const std::string& id) {
  if (result.fault == FunctionFault::kThrottled) {
    WireReply reply;
    reply.status = 429;
    reply.headers = {{"Content-Type", "application/json"},
                     {"x-amzn-RequestId", id},
                     {"x-amzn-ErrorType", "TooManyRequestsException"}};
    reply.body =
        R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."})";
    return reply;
  }
  if (result.fault == FunctionFault::kCancelled)
    return error_reply(500, "ServiceException", "Service", "The function was stopped before it answered.");
  WireReply reply;
  reply.headers = {
      {"Content-Type", "application/json"}, {"x-amzn-RequestId", id}, {"X-Amz-Executed-Version", "$LATEST"}};
  if (result.fault != FunctionFault::kNone) reply.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  reply.body = std::move(result.payload);
  return reply;
}

}  // namespace

struct LambdaApi::Asked {
  std::string function;
  bool streaming = false;
};

LambdaApi::LambdaApi(FunctionRegistry& functions, LambdaApiOptions options)
    : functions_(functions), options_(std::make_shared<const LambdaApiOptions>(std::move(options))) {}

bool LambdaApi::handle(const std::shared_ptr<Exchange>& exchange) {
  const WireRequest& request = exchange->request();
  if (request.method != "POST") return false;
  std::string_view path = request.target.substr(0, request.target.find('?'));
  Asked asked;
  std::string_view ending = "/invocations";
  if (path.starts_with("/2021-11-15/functions/")) {
    asked.streaming = true;
    ending = "/response-streaming-invocations";
  } else if (!path.starts_with("/2015-03-31/functions/")) {
    return false;
  }
  path.remove_prefix(22);
  if (!path.ends_with(ending)) return false;
  path.remove_suffix(ending.size());
  if (path.empty() || path.find('/') != std::string_view::npos) return false;
  const std::string_view service = signed_service(request);
  if (!service.empty() && service != "lambda") return false;
  asked.function = percent_decode(path);
  invoke(exchange, asked);
  return true;
}

void LambdaApi::invoke(const std::shared_ptr<Exchange>& exchange, const Asked& asked) {
  const WireRequest& request = exchange->request();
  const std::shared_ptr<Function> function = functions_.find(asked.function);
  if (!function) {
    const std::string arn = asked.function.starts_with("arn:") ? asked.function
                                                               : "arn:aws:lambda:" + options_->region + ":" +
                                                                     options_->account + ":function:" + asked.function;
    return exchange->reply(error_reply(404, "ResourceNotFoundException", "User", "Function not found: " + arn));
  }
  const std::string_view type = request.header("X-Amz-Invocation-Type").value_or("RequestResponse");
  const bool event = type == "Event";
  if (type == "DryRun") {
    WireReply reply;
    reply.status = 204;
    reply.headers = {{"x-amzn-RequestId", new_uuid()}};
    return exchange->reply(std::move(reply));
  }
  if (!event && type != "RequestResponse")
    return exchange->reply(
        error_reply(400, "InvalidParameterValueException", "User",
                    "1 validation error detected: Value '" + std::string(type) +
                        "' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: "
                        "[Event, DryRun, RequestResponse]",
                    "message"));
  const size_t limit = event ? kMaxEvent : kMaxRequest;
  if (request.body.size() > limit)
    return exchange->reply(error_reply(413, "RequestTooLargeException", "User",
                                       std::to_string(request.body.size()) + " byte payload is too large for the " +
                                           std::string(type) + " invocation type (limit " + std::to_string(limit) +
                                           " bytes)"));
  Arena arena;
  const std::string_view body(request.body.data(), request.body.size());
  if (!body.empty()) {
    const JsonParse parsed = parse_json(body, arena);
    if (parsed.fault != JsonFault::kNone)
      return exchange->reply(error_reply(
          400, "InvalidRequestContentException", "User",
          "Could not parse request body into json: not JSON at byte " + std::to_string(parsed.offset), "message"));
  }

  Invocation call;
  call.payload = body.empty() ? "{}" : std::string(body);
  call.request_id = new_uuid();
  const auto trace = request.header("X-Amzn-Trace-Id");
  call.trace_id =
      trace ? std::string(*trace) : new_trace_root(options_->now_ms()) + ";Parent=0000000000000000;Sampled=0";
  if (const auto context = request.header("X-Amz-Client-Context"))
    if (const auto decoded = decode_base64(*context, arena)) call.client_context = std::string(*decoded);
  call.asynchronous = event;
  call.log_tail = !event && equal_ignoring_case(request.header("X-Amz-Log-Type").value_or("None"), "Tail");

  const std::string id = call.request_id;
  const auto options = options_;
  if (event) {
    call.done = [options](InvocationResult result) {
      if (result.fault != FunctionFault::kNone && options->failed) options->failed(result.message);
    };
    WireReply accepted;
    accepted.status = 202;
    accepted.headers = {{"x-amzn-RequestId", id}};
    exchange->reply(std::move(accepted));
    return function->invoke(std::move(call));
  }
  const auto client = std::make_shared<std::stop_source>();
  call.client_gone = client->get_token();
  exchange->on_gone([client] { client->request_stop(); });
  std::shared_ptr<EventStream> stream;
  if (asked.streaming) call.stream = stream = std::make_shared<EventStream>(exchange, id);
  const bool tail = call.log_tail;
  call.done = [exchange, stream, options, id, tail, function](InvocationResult result) {
    if (result.fault != FunctionFault::kNone && options->failed) options->failed(result.message);
    const std::string log = tail ? log_result(result, id, function->config().memory_mb) : std::string();
    if (stream && result.fault != FunctionFault::kThrottled && result.fault != FunctionFault::kCancelled)
      return stream->end(result, log);
    WireReply reply = result_reply(result, id);
    if (tail && reply.status == 200) reply.headers.emplace_back("X-Amz-Log-Result", log);
    exchange->reply(std::move(reply));
  };
  function->invoke(std::move(call));
}

}  // namespace stator::gateway
