#include "emulator/gateway/events.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "emulator/gateway/media_type.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

bool precedes(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) < std::tolower(y);
  });
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

// Text that came off the wire and may be anything.
void write_text(JsonWriter& w, std::string_view text) {
  w.string(valid_utf8(text));
}

// Names with all their values, in the order of first appearance.
using Grouped = std::vector<std::pair<std::string, std::vector<std::string>>>;

Grouped group(const HeaderPairs& pairs, bool ignore_case) {
  Grouped out;
  std::map<std::string, size_t> index;
  for (const auto& [name, value] : pairs) {
    const auto [at, fresh] = index.try_emplace(ignore_case ? lower_ascii(name) : name, out.size());
    if (fresh) out.push_back({name, {}});
    out[at->second].second.push_back(value);
  }
  return out;
}

// Whether an absent map is null, as functions get it, or {}, as authorizers do.
enum class Absent : uint8_t { kNull, kEmpty };

void write_last(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent = Absent::kNull) {
  w.key(key);
  if (grouped.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, values] : grouped) write_text(w.key(valid_utf8(name)), values.back());
  w.end_object();
}

void write_all(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent = Absent::kNull) {
  w.key(key);
  if (grouped.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, values] : grouped) {
    w.key(valid_utf8(name)).begin_array();
    for (const std::string& value : values) write_text(w, value);
    w.end_array();
  }
  w.end_object();
}

void write_joined(JsonWriter& w, std::string_view key, const Grouped& grouped) {
  w.key(key).begin_object();
  for (const auto& [name, values] : grouped) {
    std::string joined;
    for (size_t i = 0; i < values.size(); ++i) joined += (i ? "," : "") + values[i];
    write_text(w.key(valid_utf8(name)), joined);
  }
  w.end_object();
}

template <typename Pairs>
void write_pairs(JsonWriter& w, std::string_view key, const Pairs& pairs, Absent absent = Absent::kNull) {
  w.key(key);
  if (pairs.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, value] : pairs) write_text(w.key(name), value);
  w.end_object();
}

void write_body(JsonWriter& w, const Call& call, bool binary, bool null_when_empty) {
  const std::string_view body = call.body();
  if (body.empty()) {
    if (null_when_empty) w.key("body").null();
    w.key("isBase64Encoded").boolean(false);
    return;
  }
  if (binary) {
    std::string encoded;
    append_base64(body, encoded);
    w.key("body").string(encoded);
  } else {
    write_text(w.key("body"), body);
  }
  w.key("isBase64Encoded").boolean(binary);
}

bool http_body_is_binary(const Call& call) {
  const auto type = call.header("Content-Type");
  if (!type) return valid_utf8(call.body()) != call.body();
  return !is_text_type(media_type(*type));
}

}  // namespace

HeaderPairs integration_headers(const Call& call, bool lower_case, bool keep_length) {
  HeaderPairs out;
  std::string forwarded;
  for (const WireHeader& h : call.request.headers) {
    if (is_one_of(h.name, {"Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
                           "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection", "Expect",
                           "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id"}))
      continue;
    if (!keep_length && equal_ignoring_case(h.name, "Content-Length")) continue;
    if (equal_ignoring_case(h.name, "X-Forwarded-For")) {
      forwarded += (forwarded.empty() ? "" : ", ") + std::string(h.value);
      continue;
    }
    out.emplace_back(lower_case ? lower_ascii(h.name) : std::string(h.name), std::string(h.value));
  }
  if (call.execution_log) return out;  // a test's request came over no network
  if (keep_length && !call.header("Content-Length"))
    out.emplace_back("content-length", std::to_string(call.body().size()));
  const std::string host(call.header("Host").value_or(""));
  const size_t colon = host.rfind(':');
  const std::string port = colon != std::string::npos && host.find(']', colon) == std::string::npos
                               ? host.substr(colon + 1)
                               : (call.request.tls ? "443" : "80");
  auto name = [&](const char* text) { return lower_case ? lower_ascii(text) : std::string(text); };
  out.emplace_back(name("X-Amzn-Trace-Id"), call.trace_id);
  out.emplace_back(name("X-Forwarded-For"), (forwarded.empty() ? "" : forwarded + ", ") + call.source_ip);
  out.emplace_back(name("X-Forwarded-Port"), port);
  out.emplace_back(name("X-Forwarded-Proto"), call.request.tls ? "https" : "http");
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return precedes(a.first, b.first); });
  return out;
}

namespace {

// A null where there is none.
void write_known(JsonWriter& w, std::string_view key, const std::string& value) {
  w.key(key);
  if (value.empty())
    w.null();
  else
    write_text(w, value);
}

// All of a REST event but its beginning, its body and its end.
void write_rest_request(JsonWriter& w, const Call& call, Absent absent) {
  const ServedStage& served = *call.stage;
  const RoutePlan& plan = *call.plan;
  const Caller& caller = call.caller;
  const Grouped headers = group(integration_headers(call, false, false), true);
  const Grouped query = group(call.query, false);
  w.key("resource").string(plan.path);
  write_text(w.key("path"), call.path);
  w.key("httpMethod").string(call.method);
  write_last(w, "headers", headers, absent);
  write_all(w, "multiValueHeaders", headers, absent);
  write_last(w, "queryStringParameters", query, absent);
  write_all(w, "multiValueQueryStringParameters", query, absent);
  write_pairs(w, "pathParameters", call.raw_path_parameters, absent);
  write_pairs(w, "stageVariables", served.stage->variables, absent);
  w.key("requestContext").begin_object();
  w.key("resourceId").string(plan.resource->id);
  write_rest_authorizer(w, caller);
  w.key("resourcePath").string(plan.path);
  if (!plan.method->operation_name.empty()) w.key("operationName").string(plan.method->operation_name);
  w.key("httpMethod").string(call.method);
  w.key("extendedRequestId").string(call.extended_request_id);
  w.key("requestTime").string(clf_time(call.time_ms));
  write_text(w.key("path"), call.context_path);
  w.key("accountId").string(call.services.account);
  w.key("protocol").string("HTTP/1.1");
  w.key("stage").string(served.stage->name);
  write_text(w.key("domainPrefix"), call.domain_prefix);
  w.key("requestTimeEpoch").integer(call.time_ms);
  w.key("requestId").string(call.request_id);
  w.key("identity").begin_object();
  w.key("cognitoIdentityPoolId").null();
  write_known(w, "accountId", caller.account);
  w.key("cognitoIdentityId").null();
  write_known(w, "caller", caller.user_id);
  if (!caller.api_key.empty()) {
    write_known(w, "apiKey", caller.api_key);
    write_known(w, "apiKeyId", caller.api_key_id);
  }
  w.key("sourceIp").string(call.source_ip);
  w.key("principalOrgId").null();
  write_known(w, "accessKey", caller.access_key);
  w.key("cognitoAuthenticationType").null();
  w.key("cognitoAuthenticationProvider").null();
  write_known(w, "userArn", caller.user_arn);
  write_known(w, "userAgent", call.user_agent);
  write_known(w, "user", caller.user_id);
  w.end_object();
  write_text(w.key("domainName"), call.domain_name);
  w.key("deploymentId").string(served.stage->deployment_id);
  w.key("apiId").string(served.api->id);
  w.end_object();
}

}  // namespace

std::string rest_event(const Call& call) {
  std::string out;
  out.reserve(2048 + call.body().size() * 5 / 4);
  JsonWriter w(out);
  w.begin_object();
  write_rest_request(w, call, Absent::kNull);
  const std::string type = media_type(call.header("Content-Type").value_or("application/json"));
  write_body(w, call, is_binary_type(type, call.stage->definition->binary_media_types), true);
  w.end_object();
  return out;
}

std::string token_authorizer_event(const std::string& method_arn, const std::string& token) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("type").string("TOKEN");
  write_text(w.key("methodArn"), method_arn);
  write_text(w.key("authorizationToken"), token);
  w.end_object();
  return out;
}

std::string rest_authorizer_event(const Call& call, const std::string& method_arn) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("type").string("REQUEST");
  write_text(w.key("methodArn"), method_arn);
  write_rest_request(w, call, Absent::kEmpty);
  w.end_object();
  return out;
}

namespace {

void write_http_context_1(JsonWriter& w, const Call& call) {
  const ServedStage& served = *call.stage;
  w.key("requestContext").begin_object();
  w.key("accountId").string(call.services.account);
  w.key("apiId").string(served.api->id);
  write_http_authorizer_1(w, call.caller);
  write_text(w.key("domainName"), call.domain_name);
  write_text(w.key("domainPrefix"), call.domain_prefix);
  w.key("extendedRequestId").string(call.extended_request_id);
  w.key("httpMethod").string(call.method);
  w.key("identity").begin_object();
  write_known(w, "accessKey", call.caller.access_key);
  write_known(w, "accountId", call.caller.account);
  write_known(w, "caller", call.caller.user_id);
  for (const char* name : {"cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
                           "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId"})
    w.key(name).null();
  w.key("sourceIp").string(call.source_ip);
  write_known(w, "user", call.caller.user_id);
  write_text(w.key("userAgent"), call.user_agent);
  write_known(w, "userArn", call.caller.user_arn);
  w.end_object();
  write_text(w.key("path"), call.context_path);
  w.key("protocol").string("HTTP/1.1");
  w.key("requestId").string(call.request_id);
  w.key("requestTime").string(clf_time(call.time_ms));
  w.key("requestTimeEpoch").integer(call.time_ms);
  w.key("resourceId").string(call.plan->key);
  w.key("resourcePath").string(call.plan->path);
  w.key("stage").string(served.stage->name);
  w.end_object();
}

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) out += (i ? "," : "") + values[i];
  return out;
}

}  // namespace

std::string http_event_1(const Call& call) {
  const ServedStage& served = *call.stage;
  std::string out;
  out.reserve(2048 + call.body().size() * 5 / 4);
  JsonWriter w(out);
  const Grouped headers = group(integration_headers(call, true, true), false);
  const Grouped query = group(call.query, false);
  const std::string resource = call.plan->path;
  w.begin_object();
  w.key("version").string("1.0");
  w.key("resource").string(resource);
  write_text(w.key("path"), call.context_path);
  w.key("httpMethod").string(call.method);
  write_last(w, "headers", headers);
  write_all(w, "multiValueHeaders", headers);
  write_last(w, "queryStringParameters", query);
  write_all(w, "multiValueQueryStringParameters", query);
  write_http_context_1(w, call);
  write_pairs(w, "pathParameters", call.path_parameters);
  write_pairs(w, "stageVariables", served.stage->variables);
  write_body(w, call, http_body_is_binary(call), true);
  w.end_object();
  return out;
}

std::string http_authorizer_event_1(const Call& call, const std::string& method_arn,
                                    const std::vector<std::string>& identity) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("version").string("1.0");
  w.key("type").string("REQUEST");
  write_text(w.key("methodArn"), method_arn);
  write_text(w.key("identitySource"), joined(identity));
  write_text(w.key("authorizationToken"), joined(identity));
  w.key("resource").string(call.plan->path);
  write_text(w.key("path"), call.context_path);
  w.key("httpMethod").string(call.method);
  write_last(w, "headers", group(integration_headers(call, true, true), false), Absent::kEmpty);
  write_last(w, "queryStringParameters", group(call.query, false), Absent::kEmpty);
  write_pairs(w, "pathParameters", call.path_parameters, Absent::kEmpty);
  write_pairs(w, "stageVariables", call.stage->stage->variables, Absent::kEmpty);
  write_http_context_1(w, call);
  w.end_object();
  return out;
}

namespace {

// All of a 2.0 event but its beginning, its body and its end.
void write_http_request_2(JsonWriter& w, const Call& call) {
  const ServedStage& served = *call.stage;
  HeaderPairs headers = integration_headers(call, true, true);
  std::vector<std::string> cookies;
  std::erase_if(headers, [&](const auto& header) {
    if (header.first != "cookie") return false;
    std::string_view rest = header.second;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      std::string_view one = rest.substr(0, end);
      while (one.starts_with(' ')) one.remove_prefix(1);
      if (!one.empty()) cookies.emplace_back(one);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return true;
  });
  w.key("routeKey").string(call.plan->key);
  write_text(w.key("rawPath"), call.context_path);
  write_text(w.key("rawQueryString"), call.raw_query);
  if (!cookies.empty()) {
    w.key("cookies").begin_array();
    for (const std::string& cookie : cookies) write_text(w, cookie);
    w.end_array();
  }
  write_joined(w, "headers", group(headers, false));
  if (!call.query.empty()) write_joined(w, "queryStringParameters", group(call.query, false));
  w.key("requestContext").begin_object();
  w.key("accountId").string(call.services.account);
  w.key("apiId").string(served.api->id);
  write_http_authorizer_2(w, call.caller);
  write_text(w.key("domainName"), call.domain_name);
  write_text(w.key("domainPrefix"), call.domain_prefix);
  w.key("http").begin_object();
  w.key("method").string(call.method);
  write_text(w.key("path"), call.context_path);
  w.key("protocol").string("HTTP/1.1");
  w.key("sourceIp").string(call.source_ip);
  write_text(w.key("userAgent"), call.user_agent);
  w.end_object();
  w.key("requestId").string(call.request_id);
  w.key("routeKey").string(call.plan->key);
  w.key("stage").string(served.stage->name);
  w.key("time").string(clf_time(call.time_ms));
  w.key("timeEpoch").integer(call.time_ms);
  w.end_object();
  if (!call.path_parameters.empty()) write_pairs(w, "pathParameters", call.path_parameters);
  if (!served.stage->variables.empty()) write_pairs(w, "stageVariables", served.stage->variables);
}

}  // namespace

std::string http_event_2(const Call& call) {
  std::string out;
  out.reserve(1536 + call.body().size() * 5 / 4);
  JsonWriter w(out);
  w.begin_object();
  w.key("version").string("2.0");
  write_http_request_2(w, call);
  write_body(w, call, http_body_is_binary(call), false);
  w.end_object();
  return out;
}

std::string http_authorizer_event_2(const Call& call, const std::string& route_arn,
                                    const std::vector<std::string>& identity) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("version").string("2.0");
  w.key("type").string("REQUEST");
  write_text(w.key("routeArn"), route_arn);
  w.key("identitySource");
  if (identity.empty()) {
    w.null();
  } else {
    w.begin_array();
    for (const std::string& each : identity) write_text(w, each);
    w.end_array();
  }
  write_http_request_2(w, call);
  w.end_object();
  return out;
}

namespace {

// Everything of a WebSocket event but its beginning, its body and its end.
void write_socket_request(JsonWriter& w, const Call& call, const HeaderPairs& header_pairs, Absent absent) {
  const ServedStage& served = *call.stage;
  const SocketCall& socket = *call.socket;
  const std::string_view type = socket.event_type;
  const bool all = absent == Absent::kEmpty;  // what is absent is left out, except for authorizers
  if (const Grouped headers = group(header_pairs, true); !headers.empty()) {
    write_last(w, "headers", headers);
    write_all(w, "multiValueHeaders", headers);
  }
  if (all || !call.query.empty()) {
    const Grouped query = group(call.query, false);
    write_last(w, "queryStringParameters", query, absent);
    write_all(w, "multiValueQueryStringParameters", query, absent);
  }
  if (all || !served.stage->variables.empty()) write_pairs(w, "stageVariables", served.stage->variables, absent);
  w.key("requestContext").begin_object();
  w.key("routeKey").string(call.plan->key);
  if (type == "DISCONNECT") w.key("disconnectStatusCode").integer(socket.close_code);
  write_rest_authorizer(w, call.caller);
  if (type == "MESSAGE") w.key("messageId").string(socket.message_id);
  w.key("eventType").string(type);
  w.key("extendedRequestId").string(call.extended_request_id);
  w.key("requestTime").string(clf_time(call.time_ms));
  w.key("messageDirection").string("IN");
  if (type == "DISCONNECT") write_text(w.key("disconnectReason"), socket.close_reason);
  w.key("stage").string(served.stage->name);
  w.key("connectedAt").integer(socket.connected_ms);
  w.key("requestTimeEpoch").integer(call.time_ms);
  w.key("identity").begin_object();
  if (!call.user_agent.empty()) write_text(w.key("userAgent"), call.user_agent);
  w.key("sourceIp").string(call.source_ip);
  w.end_object();
  w.key("requestId").string(call.request_id);
  write_text(w.key("domainName"), call.domain_name);
  w.key("connectionId").string(socket.connection_id);
  w.key("apiId").string(served.api->id);
  w.end_object();
}

}  // namespace

std::string socket_event(const Call& call) {
  const std::string_view type = call.socket->event_type;
  std::string out;
  out.reserve(1024 + call.body().size() * 5 / 4);
  JsonWriter w(out);
  w.begin_object();
  HeaderPairs headers;
  if (type == "CONNECT")
    headers = integration_headers(call, false, false);
  else if (type == "DISCONNECT")  // what the service sends when no request is left to take them from
    headers = {{"Host", call.domain_name}, {"x-api-key", ""}, {"X-Forwarded-For", ""}, {"x-restapi", ""}};
  write_socket_request(w, call, headers, Absent::kNull);
  if (type == "MESSAGE") w.key("body").string(call.body());
  w.key("isBase64Encoded").boolean(false);
  w.end_object();
  return out;
}

std::string socket_authorizer_event(const Call& call, const std::string& method_arn) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("type").string("REQUEST");
  write_text(w.key("methodArn"), method_arn);
  HeaderPairs headers = integration_headers(call, false, false);
  headers.insert(headers.begin(), {{"Connection", "upgrade"}, {"content-length", "0"}});
  headers.emplace_back("Upgrade", "websocket");
  write_socket_request(w, call, headers, Absent::kEmpty);
  w.end_object();
  return out;
}

}  // namespace stator::gateway
