// What REST APIs send to functions and to Lambda authorizers.
#include "emulator/gateway/event_parts.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/media_type.h"

namespace stator::gateway {
namespace {

// All of a REST event but its beginning, its body and its end.
void write_rest_request(JsonWriter& w, const Call& call, Absent absent) {
  const ServedStage& served = *call.stage;
  const RoutePlan& plan = *call.plan;
  const Caller& caller = call.caller;
  const Grouped headers = group(integration_headers(call, false, false), true);
  const Grouped query = group(call.query, false);
  w.key("resource").string(plan.path);
  write_text(w.key("path"), call.domain_path.empty() ? call.path : call.domain_path);
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

}  // namespace stator::gateway
