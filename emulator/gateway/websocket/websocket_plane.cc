#include "emulator/gateway/websocket/websocket_plane.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/websocket/socket_integration.h"
#include "protocol/header_list.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

// A message, or the end of a connection, as a request without a client that waits for its answer: so it takes the way
// of all calls (integrations, logs, traces). What is answered goes by the socket or nowhere.
class SocketExchange final : public Exchange {
 public:
  SocketExchange(const SocketOrigin& origin, std::string message) : origin_(origin), message_(std::move(message)) {
    request_.method = "MESSAGE";
    request_.target = origin_.connection_id;
    request_.remote_address = origin_.source_ip;
    if (!origin_.user_agent.empty()) request_.headers.push_back({"User-Agent", origin_.user_agent});
    request_.body = {message_.data(), message_.size()};
  }

  WireRequest& request() override { return request_; }
  void reply(WireReply) override {}
  void begin(WireReply) override {}
  bool write(std::string) override { return false; }
  void end() override {}
  void abort() override {}
  void on_gone(std::function<void()>) override {}  // a client that leaves does not stop what its message began
  std::shared_ptr<RawConnection> take_over() override { return nullptr; }

 private:
  const SocketOrigin origin_;
  std::string message_;
  WireRequest request_;
};

// As the service writes it, blanks included.
std::string error_text(const Call& call, std::string_view message) {
  return "{\"message\": \"" + std::string(message) + "\", \"connectionId\":\"" + call.socket->connection_id +
         "\", \"requestId\":\"" + call.request_id + "\"}";
}

void refuse(Call& call, int status, std::string body, std::string_view type = "application/json") {
  WireReply reply;
  reply.status = status;
  add_rest_headers(call, reply);
  if (!body.empty()) reply.headers.emplace_back("Content-Type", type);
  reply.body = std::move(body);
  call.answer(std::move(reply));
}

// RFC 6455 section 4.2.2
std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  std::string out;
  append_base64({reinterpret_cast<const char*>(digest), size}, out);
  return out;
}

bool is_key(std::string_view key) {
  Arena arena(64);
  const std::optional<std::string_view> bytes = decode_base64(key, arena);
  return bytes && bytes->size() == 16;
}

bool has_token(const Call& call) {
  return call.plan->limit == nullptr ||
         call.plan->limit->take(
             std::chrono::duration_cast<std::chrono::microseconds>(call.begun.time_since_epoch()).count());
}

// What is wrong with the message by the model that the route's selection names, or $default's; empty: nothing.
std::string model_fault(const Call& call) {
  const auto& schemas = call.plan->body_schemas;
  if (schemas.empty()) return {};
  const std::string key = call.plan->model_selection.evaluate(call.body());
  auto chosen = std::find_if(schemas.begin(), schemas.end(), [&](const auto& each) { return each.first == key; });
  if (chosen == schemas.end())
    chosen = std::find_if(schemas.begin(), schemas.end(), [](const auto& each) { return each.first == "$default"; });
  if (chosen == schemas.end()) return {};
  const JsonSchema::Verdict verdict = chosen->second->check(call.body());
  return verdict.valid ? "" : "[" + verdict.message + "]";
}

void describe(Call& call, const ServedStage& stage) {
  call.request_id = call.extended_request_id;  // one id, of this form
  call.trace.api_id = stage.api->id;
  call.trace.api_name = stage.api->name;
  call.trace.stage = stage.stage->name;
}

std::shared_ptr<Call> make_call(const CallServices& services, const Socket& socket, const char* event_type,
                                std::string message, std::shared_ptr<const ServedStage> stage) {
  const SocketOrigin& origin = socket.origin();
  auto call = std::make_shared<Call>(services, std::make_shared<SocketExchange>(origin, std::move(message)));
  call->socket.emplace();
  call->socket->connection_id = origin.connection_id;
  call->socket->event_type = event_type;
  call->socket->connected_ms = origin.connected_ms;
  call->domain_name = origin.domain_name;
  call->domain_prefix = origin.api_id;
  call->path = call->context_path = origin.connection_id;
  call->stage = std::move(stage);
  if (origin.caller) call->caller = *origin.caller;
  describe(*call, *call->stage);
  return call;
}

}  // namespace

bool is_upgrade(const WireRequest& request) {
  return lists(request.header("Upgrade").value_or(""), "websocket") &&
         lists(request.header("Connection").value_or(""), "upgrade");
}

WebSocketPlane::WebSocketPlane(const CallServices& services, FindStage find_stage)
    : services_(services),
      find_stage_(std::move(find_stage)),
      sockets_(std::make_shared<Sockets>(*services.timers, services.now_ms)) {}

void WebSocketPlane::serve(std::shared_ptr<Call> call) {
  call->socket.emplace();
  call->socket->connection_id = new_extended_id();
  call->socket->event_type = "CONNECT";
  call->socket->connected_ms = call->time_ms;
  describe(*call, *call->stage);
  auto refuse_with = [&](int status, const char* message) {
    if (call->claim()) refuse(*call, status, error_text(*call, message));
  };
  if (call->path != "/") {
    call->trace.problem = "a WebSocket API has no paths below its stage";
    return refuse_with(403, "Forbidden");
  }
  if (!is_upgrade(call->request) || call->request.method != "GET" ||
      call->header("Sec-WebSocket-Version").value_or("") != "13") {
    if (!call->claim()) return;
    call->trace.problem = "not a WebSocket handshake (RFC 6455, version 13)";
    WireReply reply;
    reply.status = 426;
    add_rest_headers(*call, reply);
    for (const auto& [name, value] : {std::pair{"Upgrade", "websocket"}, std::pair{"Sec-WebSocket-Version", "13"},
                                      std::pair{"Content-Type", "application/json"}})
      reply.headers.emplace_back(name, value);
    reply.body = "{\"message\":\"Upgrade Required\"}";
    return call->answer(std::move(reply));
  }
  if (!is_key(call->header("Sec-WebSocket-Key").value_or(""))) {
    call->trace.problem = "Sec-WebSocket-Key is not the base64 of 16 bytes";
    return refuse_with(400, "Bad Request");
  }
  call->query = parse_query(call->raw_query, true);
  call->plan = call->stage->plan_of("$connect");
  if (!call->plan) {
    call->trace.route = "none: there is no $connect route, everybody may connect";
    if (call->claim()) accept(*call, {});
    return;
  }
  call->trace.route = call->plan->key;
  call->services.access->check(std::move(call), [this](const std::shared_ptr<Call>& checked, AccessOutcome outcome) {
    if (outcome.access == Access::kAdmitted) return connect(checked);
    checked->trace.problem = std::move(outcome.reason);
    if (!checked->claim()) return;
    const int status = gateway_response(*checked, error_of(outcome.access), std::move(outcome.message)).status;
    refuse(*checked, status, error_text(*checked, checked->error_message));
  });
}

// The caller is admitted: the $connect route's integration decides.
void WebSocketPlane::connect(std::shared_ptr<Call> call) {
  if (!has_token(*call)) {
    if (call->claim()) refuse(*call, 429, error_text(*call, "Too Many Requests"));
    return;
  }
  call_socket_integration(std::move(call), [this](Call& c, SocketOutcome outcome) {
    if (outcome.cancelled) {
      c.exchange->abort();
      return c.log_answer(499, 0);
    }
    if (!outcome.fault.empty()) return refuse(c, outcome.status, error_text(c, outcome.fault));
    std::string_view subprotocol, type = "text/plain;charset=UTF-8";
    for (const auto& [name, value] : outcome.headers) {
      if (equal_ignoring_case(name, "Sec-WebSocket-Protocol")) subprotocol = value;
      if (equal_ignoring_case(name, "Content-Type")) type = value;
    }
    if (outcome.status < 200 || outcome.status > 299) {
      c.trace.problem = "the $connect route's integration answered " + std::to_string(outcome.status);
      return refuse(c, outcome.status, std::move(outcome.body), type);
    }
    accept(c, subprotocol);
  });
}

void WebSocketPlane::accept(Call& call, std::string_view subprotocol) {
  SocketOrigin origin;
  origin.connection_id = call.socket->connection_id;
  origin.api_id = call.stage->api->id;
  origin.stage = call.stage->stage->name;
  origin.domain_name = call.domain_name;
  origin.source_ip = call.source_ip;
  origin.user_agent = call.user_agent;
  origin.connected_ms = call.socket->connected_ms;
  if (call.caller.kind != Caller::Kind::kUnknown) origin.caller = std::make_shared<const Caller>(call.caller);
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  head += "Sec-WebSocket-Accept: " + accept_key(call.header("Sec-WebSocket-Key").value_or("")) + "\r\n";
  if (!subprotocol.empty()) head.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  head += "\r\n";
  auto socket = std::make_shared<Socket>(std::move(origin), call.exchange->take_over(), services_.now_ms, *this);
  // In this order: whoever finds the connection may send to it, and nothing may stand before the answer.
  socket->open(std::move(head));
  sockets_->add(socket);
  socket->listen();
  call.log_answer(101, 0);
}

void WebSocketPlane::on_message(const std::shared_ptr<Socket>& socket, std::string message) {
  std::shared_ptr<const ServedStage> stage = find_stage_(socket->origin().api_id, socket->origin().stage);
  if (!stage) return socket->close(kCloseGoingAway, "Going away");  // the template has it no more
  const std::string key = stage->selection.evaluate(message);
  const auto call = make_call(services_, *socket, "MESSAGE", std::move(message), std::move(stage));
  call->socket->message_id = new_extended_id();
  auto tell = [socket](Call& c, int status, std::string_view text) {
    const std::string frame = error_text(c, text);
    socket->send(frame);
    c.log_answer(status, frame.size());
  };
  // The two that are not for messages cannot be asked for by one.
  if (key != "$connect" && key != "$disconnect") call->plan = call->stage->plan_of(key);
  if (!call->plan && key != "$default") {
    if (call->services.explain) call->trace.passed_over.push_back("no route has the key \"" + key + "\"");
    call->plan = call->stage->plan_of("$default");
  }
  if (!call->plan) {
    call->trace.problem = "no route has the key \"" + key + "\", and there is no $default";
    if (call->claim()) tell(*call, 403, "Forbidden");
    return;
  }
  call->trace.route = call->plan->key;
  if (!has_token(*call)) {
    if (call->claim()) tell(*call, 429, "Too Many Requests");
    return;
  }
  if (std::string fault = model_fault(*call); !fault.empty()) {
    call->trace.problem = "the message does not fit its model: " + fault;
    call->validation_error = std::move(fault);
    if (call->claim()) tell(*call, 400, "Bad request body");
    return;
  }
  call_socket_integration(call, [socket, tell](Call& c, SocketOutcome outcome) {
    if (outcome.cancelled) return c.log_answer(499, 0);
    if (!outcome.fault.empty()) return tell(c, outcome.status, outcome.fault);
    if (!c.plan->route->sends_back() || outcome.body.empty()) return c.log_answer(outcome.status, 0);
    if (outcome.body.size() > kMaxMessage) {
      c.integration_error = "the answer is over 128 KB";
      return tell(c, 500, "Internal server error");
    }
    socket->send(outcome.body);
    c.log_answer(outcome.status, outcome.body.size());
  });
}

void WebSocketPlane::on_closed(const std::shared_ptr<Socket>& socket) {
  sockets_->remove(socket->origin().connection_id);
  if (stopping_) return;
  std::shared_ptr<const ServedStage> stage = find_stage_(socket->origin().api_id, socket->origin().stage);
  if (!stage) return;
  const auto call = make_call(services_, *socket, "DISCONNECT", {}, std::move(stage));
  call->socket->close_code = socket->code();
  call->socket->close_reason = socket->reason();
  call->plan = call->stage->plan_of("$disconnect");
  if (!call->plan) {
    call->trace.route = "none: there is no $disconnect route";
    return call->log_answer(200, 0);
  }
  call->trace.route = call->plan->key;
  call_socket_integration(call, [](Call& c, SocketOutcome outcome) { c.log_answer(outcome.status, 0); });
}

void WebSocketPlane::stop() {
  stopping_ = true;
  sockets_->close_all(kCloseGoingAway, "Going away");
}

}  // namespace stator::gateway
