// What HTTP APIs send to functions and to Lambda authorizers, in payload formats 1.0 and 2.0.
#include "emulator/gateway/event_parts.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/http/parameter_mapping.h"
#include "emulator/gateway/media_type.h"

namespace stator::gateway {
namespace {

bool http_body_is_binary(const Call& call) {
  const auto type = call.header("Content-Type");
  if (!type) return valid_utf8(call.body()) != call.body();
  return !is_text_type(media_type(*type));
}

// Format 1.0 alone tells a custom domain's mapping.
const std::string& path_1(const Call& call) {
  return call.domain_path.empty() ? call.context_path : call.domain_path;
}

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
  write_text(w.key("path"), path_1(call));
  w.key("protocol").string("HTTP/1.1");
  w.key("requestId").string(call.request_id);
  w.key("requestTime").string(clf_time(call.time_ms));
  w.key("requestTimeEpoch").integer(call.time_ms);
  w.key("resourceId").string(call.plan->key);
  w.key("resourcePath").string(call.plan->path);
  w.key("stage").string(served.stage->name);
  w.end_object();
}

std::string identity_text(const std::vector<std::string>& values) {
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
  const ToldRequest told = told_request(call, call.plan->integration->request_parameters);
  const Grouped headers = group(told.headers, false);
  const Grouped query = group(told.query, false);
  const std::string resource = call.plan->path;
  w.begin_object();
  w.key("version").string("1.0");
  w.key("resource").string(resource);
  write_text(w.key("path"), path_1(call));
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
  write_text(w.key("identitySource"), identity_text(identity));
  write_text(w.key("authorizationToken"), identity_text(identity));
  w.key("resource").string(call.plan->path);
  write_text(w.key("path"), path_1(call));
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
void write_http_request_2(JsonWriter& w, const Call& call, const ToldRequest& told) {
  const ServedStage& served = *call.stage;
  HeaderList headers = told.headers;
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
  write_text(w.key("rawPath"), told.path);
  write_text(w.key("rawQueryString"), told.raw_query);
  if (!cookies.empty()) {
    w.key("cookies").begin_array();
    for (const std::string& cookie : cookies) write_text(w, cookie);
    w.end_array();
  }
  write_joined(w, "headers", group(headers, false));
  if (!told.query.empty()) write_joined(w, "queryStringParameters", group(told.query, false));
  w.key("requestContext").begin_object();
  w.key("accountId").string(call.services.account);
  w.key("apiId").string(served.api->id);
  write_http_authorizer_2(w, call.caller);
  write_text(w.key("domainName"), call.domain_name);
  write_text(w.key("domainPrefix"), call.domain_prefix);
  w.key("http").begin_object();
  w.key("method").string(call.method);
  write_text(w.key("path"), told.path);
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
  write_http_request_2(w, call, told_request(call, call.plan->integration->request_parameters));
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
  write_http_request_2(w, call, told_request(call, {}));
  w.end_object();
  return out;
}

}  // namespace stator::gateway
