#include "emulator/gateway/handlers/url_functions.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"
#include "protocol/json/utf8.h"
#include "protocol/url/url.h"
#include "protocol/value/base64.h"
#include "protocol/wire_message.h"

namespace stator::gateway {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kHopByHop[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                          "te",         "trailer",    "upgrade",          "content-length"};

bool is_hop_by_hop(std::string_view name) {
  for (const std::string_view each : kHopByHop)
    if (equal_ignoring_case(name, each)) return true;
  return false;
}

std::string text_of(const JsonValue* value) {
  return value != nullptr && value->is_string() ? std::string(value->text()) : "";
}

// A path as it may stand in a request line: what a client could have sent stays, the rest is encoded.
void append_path(std::string_view path, std::string& out) {
  for (const char c : path) {
    if (std::string_view("/%!$&'()*+,;=:@").find(c) != std::string_view::npos)
      out += c;
    else
      out += percent_encode({&c, 1});
  }
}

bool is_utf8(std::string_view text) {
  return find_invalid_utf8(text) == text.size();
}

FunctionFault fault_of(UpstreamFault fault) {
  switch (fault) {
    case UpstreamFault::kNone:
      return FunctionFault::kNone;
    case UpstreamFault::kTimeout:
      return FunctionFault::kTimeout;
    case UpstreamFault::kTooLarge:
      return FunctionFault::kTooLarge;
    case UpstreamFault::kMalformed:
      return FunctionFault::kMalformed;
    case UpstreamFault::kCancelled:
      return FunctionFault::kCancelled;
    case UpstreamFault::kBadUrl:
    case UpstreamFault::kUnreachable:
      return FunctionFault::kUnreachable;
  }
  return FunctionFault::kUnreachable;
}

std::string error_payload(std::string_view type, std::string_view message) {
  std::string out;
  JsonWriter(out).begin_object().key("errorType").string(type).key("errorMessage").string(message).end_object();
  return out;
}

// What an upstream that failed makes of the invocation.
InvocationResult failed(const FunctionConfig& config, UpstreamResult& answer) {
  InvocationResult result;
  result.fault = fault_of(answer.fault);
  result.error_type = result.fault == FunctionFault::kTimeout ? "Sandbox.Timedout" : "Function.Unreachable";
  result.message = "function " + config.name + ": " + answer.message;
  result.payload = error_payload(result.error_type, answer.message);
  return result;
}

class UrlFunction : public OwnedFunction, public std::enable_shared_from_this<UrlFunction> {
 public:
  UrlFunction(FunctionConfig config, UpstreamClient& client) : config_(std::move(config)), client_(client) {}
  const FunctionConfig& config() const override { return config_; }

 protected:
  using Interpret = std::function<InvocationResult(UpstreamResult&)>;

  void call(UpstreamRequest request, std::function<void(InvocationResult)> done, Interpret interpret) {
    request.timeout = config_.timeout;
    const auto began = steady_clock::now();
    client_.send(std::move(request), [self = shared_from_this(), began, done = std::move(done),
                                      interpret = std::move(interpret)](UpstreamResult answer) {
      InvocationResult result =
          answer.fault == UpstreamFault::kNone ? interpret(answer) : failed(self->config_, answer);
      result.duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
      done(std::move(result));
    });
  }

  const FunctionConfig config_;
  UpstreamClient& client_;
};

class InvokeUrlFunction : public UrlFunction {
 public:
  using UrlFunction::UrlFunction;

  void invoke(Invocation invocation) override {
    UpstreamRequest request;
    request.method = "POST";
    request.url = config_.url;
    request.headers = {{"Content-Type", "application/json"}};
    if (invocation.asynchronous) request.headers.emplace_back("X-Amz-Invocation-Type", "Event");
    if (!invocation.trace_id.empty()) request.headers.emplace_back("X-Amzn-Trace-Id", invocation.trace_id);
    if (!invocation.client_context.empty()) {
      std::string context;
      append_base64(invocation.client_context, context);
      request.headers.emplace_back("X-Amz-Client-Context", std::move(context));
    }
    request.body = std::move(invocation.payload);
    call(std::move(request), std::move(invocation.done), [name = config_.name](UpstreamResult& answer) {
      InvocationResult result;
      for (const auto& [header, value] : answer.headers) {
        if (!equal_ignoring_case(header, "X-Amz-Function-Error")) continue;
        result.fault = FunctionFault::kFunctionError;
        result.error_type = value;
        result.message = "function " + name + ": reported " + value;
      }
      if (answer.status < 200 || answer.status > 299) {
        result.fault = FunctionFault::kUnreachable;
        result.error_type = "Function.Unreachable";
        result.message = "function " + name + ": its URL answered " + std::to_string(answer.status);
      }
      result.payload = std::move(answer.body);
      return result;
    });
  }
};

class HttpFunction : public UrlFunction {
 public:
  using UrlFunction::UrlFunction;

  void invoke(Invocation invocation) override {
    auto proxy = request_of_event(invocation.payload, config_.url);
    if (proxy) {
      call(std::move(proxy->request), std::move(invocation.done),
           [version_2 = proxy->version_2](UpstreamResult& answer) {
             InvocationResult result;
             result.payload = result_of_answer(answer, version_2);
             return result;
           });
      return;
    }
    UpstreamRequest request;
    request.method = "POST";
    request.url = config_.url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = std::move(invocation.payload);
    call(std::move(request), std::move(invocation.done), [](UpstreamResult& answer) {
      InvocationResult result;
      result.payload = std::move(answer.body);
      return result;
    });
  }
};

class MockFunction : public OwnedFunction {
 public:
  explicit MockFunction(FunctionConfig config) : config_(std::move(config)) {}
  const FunctionConfig& config() const override { return config_; }
  void invoke(Invocation invocation) override {
    InvocationResult result;
    result.payload = config_.mock_result;
    invocation.done(std::move(result));
  }

 private:
  const FunctionConfig config_;
};

void add_query_1(const JsonValue& event, std::string& url) {
  char separator = '?';
  const auto add = [&](std::string_view name, const JsonValue& value) {
    url += std::exchange(separator, '&');
    url += percent_encode(name) + "=";
    if (value.is_string()) url += percent_encode(value.text());
  };
  if (const JsonValue* many = event.find("multiValueQueryStringParameters")) {
    for (const JsonMember& member : many->members())
      for (const JsonValue& value : member.value.elements()) add(member.name, value);
  } else if (const JsonValue* one = event.find("queryStringParameters")) {
    for (const JsonMember& member : one->members()) add(member.name, member.value);
  }
}

void add_headers(const JsonValue& event, HeaderList& headers) {
  const auto add = [&](std::string_view name, const JsonValue& value) {
    if (value.is_string() && !is_hop_by_hop(name) && !equal_ignoring_case(name, "host"))
      headers.emplace_back(name, value.text());
  };
  if (const JsonValue* many = event.find("multiValueHeaders")) {
    for (const JsonMember& member : many->members())
      for (const JsonValue& value : member.value.elements()) add(member.name, value);
  } else if (const JsonValue* one = event.find("headers")) {
    for (const JsonMember& member : one->members()) add(member.name, member.value);
  }
}

}  // namespace

std::optional<ProxyRequest> request_of_event(std::string_view event_text, std::string_view base_url) {
  Arena arena;
  const JsonParse parsed = parse_json(event_text, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object()) return std::nullopt;
  const JsonValue& event = parsed.root;
  const JsonValue* context = event.find("requestContext");
  if (context == nullptr) return std::nullopt;
  while (base_url.ends_with('/')) base_url.remove_suffix(1);

  ProxyRequest out;
  UpstreamRequest& request = out.request;
  request.url = base_url;
  if (const JsonValue* http = context->find("http"); http != nullptr && event.find("rawPath") != nullptr) {
    out.version_2 = true;
    request.method = text_of(http->find("method"));
    append_path(text_of(event.find("rawPath")), request.url);
    if (const std::string query = text_of(event.find("rawQueryString")); !query.empty()) request.url += "?" + query;
  } else {
    request.method = text_of(event.find("httpMethod"));
    append_path(text_of(event.find("path")), request.url);
    add_query_1(event, request.url);
  }
  if (request.method.empty()) return std::nullopt;
  add_headers(event, request.headers);
  if (const JsonValue* cookies = event.find("cookies"); out.version_2 && cookies != nullptr && cookies->count() > 0) {
    std::string all;
    for (const JsonValue& cookie : cookies->elements())
      if (cookie.is_string()) (all += all.empty() ? "" : "; ") += cookie.text();
    request.headers.emplace_back("Cookie", std::move(all));
  }
  request.body = text_of(event.find("body"));
  if (const JsonValue* encoded = event.find("isBase64Encoded"); encoded != nullptr && encoded->boolean())
    if (const auto bytes = decode_base64(request.body, arena)) request.body = std::string(*bytes);
  return out;
}

std::string result_of_answer(const UpstreamResult& answer, bool version_2) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("statusCode").integer(answer.status);
  bool encoded = false;  // a compressed or otherwise encoded body is bytes
  HeaderList kept;
  for (const auto& [name, value] : answer.headers) {
    if (equal_ignoring_case(name, "content-encoding") && !equal_ignoring_case(value, "identity")) encoded = true;
    if (!is_hop_by_hop(name)) kept.emplace_back(version_2 ? lower_ascii(name) : name, value);
  }
  // Values are bytes on the wire and text in JSON: what is not UTF-8 cannot be passed on and is left out.
  std::erase_if(kept, [](const auto& header) { return !is_utf8(header.second); });
  json.key(version_2 ? "headers" : "multiValueHeaders").begin_object();
  for (size_t i = 0; i < kept.size(); ++i) {
    const auto same = [&](const auto& other) { return equal_ignoring_case(other.first, kept[i].first); };
    if (std::find_if(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(i), same) !=
        kept.begin() + static_cast<std::ptrdiff_t>(i))
      continue;  // written with the first of that name
    if (version_2 && kept[i].first == "set-cookie") continue;
    json.key(kept[i].first);
    std::string joined;
    if (!version_2) json.begin_array();
    for (size_t j = i; j < kept.size(); ++j) {
      if (!same(kept[j])) continue;
      if (version_2)
        (joined += joined.empty() ? "" : ",") += kept[j].second;
      else
        json.string(kept[j].second);
    }
    if (version_2)
      json.string(joined);
    else
      json.end_array();
  }
  json.end_object();
  if (version_2) {
    json.key("cookies").begin_array();
    for (const auto& [name, value] : kept)
      if (name == "set-cookie") json.string(value);
    json.end_array();
  }
  encoded = encoded || !is_utf8(answer.body);
  json.key("isBase64Encoded").boolean(encoded).key("body");
  if (encoded) {
    std::string text;
    append_base64(answer.body, text);
    json.string(text);
  } else {
    json.string(answer.body);
  }
  json.end_object();
  return out;
}

std::shared_ptr<OwnedFunction> make_mock_function(FunctionConfig config) {
  return std::make_shared<MockFunction>(std::move(config));
}
std::shared_ptr<OwnedFunction> make_invoke_url_function(FunctionConfig config, UpstreamClient& client) {
  return std::make_shared<InvokeUrlFunction>(std::move(config), client);
}
std::shared_ptr<OwnedFunction> make_http_function(FunctionConfig config, UpstreamClient& client) {
  return std::make_shared<HttpFunction>(std::move(config), client);
}

}  // namespace stator::gateway
