// The API Gateway Management API's three calls, as REST-JSON. Errors are told by x-amzn-ErrorType; an unknown
// connection's has no body, which is how its clients come to say "GoneException" and nothing more.
#include <algorithm>

#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/websocket/websocket_plane.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

void answer(Call& call, int status, std::string body, const char* error = nullptr) {
  if (!call.claim()) return;
  WireReply reply;
  reply.status = status;
  add_rest_headers(call, reply);
  if (error) {
    reply.headers.emplace_back("x-amzn-ErrorType", error);
    if (call.trace.problem.empty()) call.trace.problem = error;
  }
  if (status != 204) reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  call.answer(std::move(reply));
}

// Ids are base64, as the service's are; what cannot be one is told so.
bool may_be_id(std::string_view id) {
  const size_t end = id.find_last_not_of('=');
  return id.size() % 4 == 0 && end != std::string_view::npos && id.size() - end <= 3 &&
         std::all_of(id.begin(), id.begin() + static_cast<std::ptrdiff_t>(end) + 1, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '+' || c == '/';
         });
}

std::string connection_json(const Socket& socket) {
  const SocketOrigin& origin = socket.origin();
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("connectedAt").string(iso_time(origin.connected_ms));
  w.key("identity").begin_object();
  w.key("sourceIp").string(origin.source_ip);
  w.key("userAgent").string(valid_utf8(origin.user_agent));
  w.end_object();
  w.key("lastActiveAt").string(iso_time(socket.last_active_ms()));
  w.end_object();
  return out;
}

}  // namespace

void WebSocketPlane::manage(std::shared_ptr<Call> call, const std::string& connection_id,
                            const std::function<bool(const SocketOrigin&)>& reaches) {
  const std::string& method = call->method;
  call->trace.route = method + " /@connections/{connectionId}";
  if (method != "POST" && method != "GET" && method != "DELETE")
    return answer(*call, 403, "{\"message\":\"Missing Authentication Token\"}", "MissingAuthenticationTokenException");
  if (!may_be_id(connection_id)) {
    std::string body = "{\"message\":";
    append_json_string(valid_utf8("Invalid connectionId: " + connection_id), body);
    return answer(*call, 400, body + "}", "BadRequestException");
  }
  const std::shared_ptr<Socket> socket = sockets_->find(connection_id);
  if (!socket || !reaches(socket->origin())) return answer(*call, 410, {}, "GoneException");
  if (method == "GET") return answer(*call, 200, connection_json(*socket));
  if (method == "DELETE") {
    socket->close(kCloseNormal, "Connection Closed Normally");
    return answer(*call, 204, {});
  }
  if (call->body().size() > kMaxMessage)
    return answer(*call, 413, "{\"message\":\"Message too long\"}", "PayloadTooLargeException");
  if (call->services.payloads) call->trace.event = call->body();
  switch (socket->send(call->body())) {
    case Socket::Sent::kSent:
      return answer(*call, 200, {});
    case Socket::Sent::kGone:
      return answer(*call, 410, {}, "GoneException");
    case Socket::Sent::kFull:
      return answer(*call, 429, {}, "LimitExceededException");
  }
}

}  // namespace stator::gateway
