#include "emulator/gateway/execution_log.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/media_type.h"

namespace stator::gateway {
namespace {

constexpr size_t kLongestLine = 1024;

std::string java_date(int64_t ms) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::string clf = clf_time(ms);  // "05/Mar/2025:06:43:16 +0000"
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms)));
  return std::string(kDays[std::chrono::weekday(days).c_encoding()]) + " " + clf.substr(3, 3) + " " + clf.substr(0, 2) +
         " " + clf.substr(12, 8) + " UTC " + clf.substr(7, 4);
}

}  // namespace

ExecutionLog::ExecutionLog(std::string request_id, std::function<int64_t()> now_ms)
    : now_ms_(std::move(now_ms)), text_("Execution log for request " + std::move(request_id) + "\n") {}

void ExecutionLog::add(std::string line) {
  line = valid_utf8(line);
  if (line.size() > kLongestLine) {
    size_t end = kLongestLine;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // not within a character
    line = line.substr(0, end) + " [TRUNCATED]";
  }
  const std::lock_guard lock(mutex_);
  text_ += java_date(now_ms_()) + " : " + line + "\n";
}

std::string ExecutionLog::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

void ExecutionLog::keep_authorizer_result(std::string payload) {
  const std::lock_guard lock(mutex_);
  authorizer_result_ = std::move(payload);
}

std::string ExecutionLog::authorizer_result() const {
  const std::lock_guard lock(mutex_);
  return authorizer_result_;
}

std::string java_map(const HeaderList& pairs) {
  HeaderList joined;
  for (const auto& [name, value] : pairs) {
    const auto known =
        std::find_if(joined.begin(), joined.end(), [&key = name](const auto& p) { return p.first == key; });
    if (known == joined.end())
      joined.emplace_back(name, value);
    else
      known->second += "," + value;
  }
  std::string out = "{";
  for (const auto& [name, value] : joined) out += (out.size() == 1 ? "" : ", ") + name + "=" + value;
  return out + "}";
}

void log_endpoint_request(const Call& call, const std::string& uri, const HeaderList& headers, std::string_view body) {
  if (!call.execution_log) return;
  call.execution_log->add("Endpoint request URI: " + uri);
  call.execution_log->add("Endpoint request headers: " + java_map(headers));
  call.execution_log->add("Endpoint request body after transformations: " + std::string(body));
  call.execution_log->add("Sending request to " + uri);
}

void log_endpoint_response(const Call& call, int status, const HeaderList& headers, std::string_view body) {
  if (!call.execution_log) return;
  call.execution_log->add("Received response. Status: " + std::to_string(status) +
                          ", Integration latency: " + std::to_string(call.integration_us / 1000) + " ms");
  call.execution_log->add("Endpoint response headers: " + java_map(headers));
  call.execution_log->add("Endpoint response body before transformations: " + std::string(body));
}

void log_function_request(const Call& call, std::string_view uri, std::string_view event) {
  if (!call.execution_log) return;
  const std::string host = "lambda." + call.services.region + ".amazonaws.com", api = call.stage->api->id;
  const size_t path = uri.find(":path/");
  const std::string url =
      "https://" + host + (path == std::string_view::npos ? "/" + std::string(uri) : std::string(uri.substr(path + 5)));
  log_endpoint_request(call, url,
                       {{"x-amzn-apigateway-api-id", api},
                        {"Accept", "application/json"},
                        {"User-Agent", "AmazonAPIGateway_" + api},
                        {"Host", host},
                        {"X-Amzn-Trace-Id", call.trace_id},
                        {"x-amzn-lambda-integration-tag", call.request_id},
                        {"X-Amz-Source-Arn", method_arn(call)}},
                       event);
}

void log_function_response(const Call& call, bool failed, std::string_view payload) {
  if (!call.execution_log) return;
  HeaderList headers = {{"Content-Type", "application/json"},
                        {"Content-Length", std::to_string(payload.size())},
                        {"Connection", "keep-alive"},
                        {"x-amzn-RequestId", call.invocation_id}};
  if (failed) headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  headers.emplace_back("X-Amz-Executed-Version", "$LATEST");
  headers.emplace_back("X-Amzn-Trace-Id", call.trace_id);
  log_endpoint_response(call, 200, headers, payload);
}

}  // namespace stator::gateway
