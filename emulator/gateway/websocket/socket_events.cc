// What WebSocket APIs send to functions and to Lambda authorizers.
#include "emulator/gateway/event_parts.h"
#include "emulator/gateway/events.h"

namespace stator::gateway {
namespace {

// Everything of a WebSocket event but its beginning, its body and its end.
void write_socket_request(JsonWriter& w, const Call& call, const HeaderList& header_pairs, Absent absent) {
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
  HeaderList headers;
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
  HeaderList headers = integration_headers(call, false, false);
  headers.insert(headers.begin(), {{"Connection", "upgrade"}, {"content-length", "0"}});
  headers.emplace_back("Upgrade", "websocket");
  write_socket_request(w, call, headers, Absent::kEmpty);
  w.end_object();
  return out;
}

}  // namespace stator::gateway
