#include "emulator/gateway/handlers/runtime_routes.h"

#include "emulator/gateway/call.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

// A client may announce gigabytes; past this the rest is not even read, so that a 413 can still be seen by a client
// that sends a little too much.
constexpr size_t kMaxDiscarded = 64 * 1024 * 1024;
constexpr size_t kMaxExtensions = 16;
constexpr size_t kMaxWaitingEvents = 64;

std::string error_json(std::string_view type, std::string_view message) {
  std::string out;
  JsonWriter(out).begin_object().key("errorMessage").string(message).key("errorType").string(type).end_object();
  out += '\n';
  return out;
}

// The path from the API's version on, whatever stands before it.
std::string_view api_path(std::string_view target) {
  target = target.substr(0, target.find('?'));
  for (const std::string_view version : {"/2018-06-01/", "/2020-01-01/", "/2020-08-15/", "/2022-07-01/"})
    if (const size_t at = target.find(version); at != std::string_view::npos) return target.substr(at);
  return {};
}

void send_event(RuntimeReplies& client, std::string event) {
  client.reply(200, std::move(event), "\r\nLambda-Extension-Event-Identifier: " + new_uuid());
}

}  // namespace

RuntimeExtensions::Extension* RuntimeExtensions::find(const std::string& id) {
  for (Extension& each : all_)
    if (each.id == id) return &each;
  return nullptr;
}

void RuntimeExtensions::tell(const RuntimeEvent& event) {
  for (Extension& extension : all_) {
    if (!extension.wants_invoke || extension.events.size() >= kMaxWaitingEvents) continue;
    std::string body;
    JsonWriter(body)
        .begin_object()
        .key("eventType")
        .string("INVOKE")
        .key("deadlineMs")
        .integer(event.deadline_ms)
        .key("requestId")
        .string(event.request_id)
        .key("invokedFunctionArn")
        .string(event.function_arn)
        .key("tracing")
        .begin_object()
        .key("type")
        .string("X-Amzn-Trace-Id")
        .key("value")
        .string(event.trace_id)
        .end_object()
        .end_object();
    if (const auto waiting = extension.waiting.lock()) {
      extension.waiting.reset();
      send_event(*waiting, std::move(body));
    } else {
      extension.events.push_back(std::move(body));
    }
  }
}

std::string RuntimeRoutes::truncated_error() {
  return error_json("TruncatedHTTPRequest", "HTTP request detected as truncated");
}

std::string RuntimeRoutes::refused_transition() {
  return error_json(
      "InvalidStateTransition",
      "State transition from Running to Ready failed for runtime. Error: State transition is not allowed");
}

void RuntimeRoutes::begin(std::string_view method, std::string_view target) {
  const std::string_view path = api_path(target);
  const bool get = method == "GET", post = method == "POST";
  body_.clear();
  body_bytes_ = 0;
  use_ = Body::kIgnored;

  constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
  if (path == "/2018-06-01/runtime/invocation/next" && get) {
    after_ = [this] { client_.park(); };
  } else if (path.starts_with(kInvocation) && post) {
    const std::string_view rest = path.substr(kInvocation.size());
    const size_t slash = rest.find('/');
    id_ = std::string(rest.substr(0, slash));
    const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (verb == "response") return begin_response();
    if (verb != "error") return refuse_path(404);
    use_ = Body::kError;
    after_ = [this] {
      const auto verdict = host_.error(id_, client_.header("Lambda-Runtime-Function-Error-Type"), std::move(body_));
      if (verdict == RuntimeHost::Verdict::kAccepted)
        accept();
      else
        reply_late(verdict);
    };
  } else if (path == "/2018-06-01/runtime/init/error" && post) {
    use_ = Body::kInitError;
    after_ = [this] {
      host_.init_error(client_.header("Lambda-Runtime-Function-Error-Type"), std::move(body_));
      accept();
    };
  } else if (path == "/2018-06-01/ping" && get) {
    after_ = [this] { client_.reply(200, "pong", {}, "text/plain; charset=utf-8"); };
  } else if (path == "/2018-06-01/runtime/restore/next" && get) {
    after_ = [this] { client_.reply(200, {}); };
  } else if (path == "/2018-06-01/runtime/restore/error" && post) {
    after_ = [this] { accept(); };
  } else if (path.starts_with("/2020-01-01/extension/")) {
    begin_extension(path.substr(22), get, post);
  } else if ((path == "/2020-08-15/logs" || path == "/2022-07-01/telemetry") && method == "PUT") {
    const bool logs = path == "/2020-08-15/logs";
    after_ = [this, logs] {
      client_.reply(202, error_json(logs ? "Logs.NotSupported" : "Telemetry.NotSupported",
                                    logs ? "Logs API is not supported" : "Telemetry API is not supported"));
    };
  } else {
    const bool known = path.starts_with("/2018-06-01/runtime/") || path == "/2018-06-01/ping";
    refuse_path(known && (path.ends_with("/next") || path.ends_with("/response") || path.ends_with("/error")) ? 405
                                                                                                              : 404);
  }
}

void RuntimeRoutes::begin_response() {
  const std::string mode = client_.header("Lambda-Runtime-Function-Response-Mode");
  const bool streamed = equal_ignoring_case(mode, "streaming");
  if (!mode.empty() && !streamed && !equal_ignoring_case(mode, "buffered")) {
    after_ = [this] {
      client_.reply(400, error_json("InvalidFunctionResponseMode", "Invalid function response mode"));
    };
    return;
  }
  const auto verdict = host_.response_begins(id_, streamed, client_.header("Content-Type"));
  if (verdict != RuntimeHost::Verdict::kAccepted) {
    after_ = [this, verdict] { reply_late(verdict); };
    return;
  }
  use_ = streamed ? Body::kStream : Body::kResponse;
  after_ = [this] { end_response(); };
}

void RuntimeRoutes::end_response() {
  if (body_bytes_ > limit()) {
    host_.response_too_large(id_);
    client_.reply(413, error_json("RequestEntityTooLarge", "Exceeded maximum allowed payload size (" +
                                                               std::to_string(kMaxBufferedResponse) + " bytes)."));
    return;
  }
  // Trailers say that a stream broke. The error's body comes in base64, so that it fits a field.
  std::string type, body;
  if (use_ == Body::kStream) {
    type = client_.header("Lambda-Runtime-Function-Error-Type");
    body = client_.header("Lambda-Runtime-Function-Error-Body");
    Arena arena;
    if (const auto decoded = decode_base64(body, arena)) body = std::string(*decoded);
  }
  host_.response_ends(id_, std::move(body_), std::move(type), std::move(body));
  accept();
}

bool RuntimeRoutes::take(std::string_view piece) {
  body_bytes_ += piece.size();
  if (use_ != Body::kIgnored && body_bytes_ <= limit()) {
    if (use_ == Body::kStream)
      host_.response_piece(id_, std::string(piece));
    else
      body_.append(piece);
  }
  return body_bytes_ <= limit() + kMaxDiscarded;
}

void RuntimeRoutes::finish() {
  after_();
}

void RuntimeRoutes::cut() {
  if (use_ == Body::kResponse || use_ == Body::kStream) host_.response_cut(id_, use_ == Body::kStream);
}

void RuntimeRoutes::refuse_path(int status) {
  after_ = [this, status] {
    client_.reply(status, status == 404 ? "404 page not found\n" : "", {}, "text/plain; charset=utf-8");
  };
}

void RuntimeRoutes::accept() {
  client_.reply(202, "{\"status\":\"OK\"}\n");
}

void RuntimeRoutes::reply_late(RuntimeHost::Verdict verdict) {
  if (verdict == RuntimeHost::Verdict::kTimedOut)
    client_.reply(410, error_json("InvokeTimeout", "The invocation has timed out"));
  else
    client_.reply(400, error_json("InvalidRequestID", "Invalid request ID"));
}

void RuntimeRoutes::begin_extension(std::string_view path, bool get, bool post) {
  if (path == "register" && post) {
    use_ = Body::kRegister;
    after_ = [this] { register_extension(); };
  } else if (path == "event/next" && get) {
    after_ = [this] { extension_next(); };
  } else if ((path == "init/error" || path == "exit/error") && post) {
    after_ = [this] {
      if (known_extension() != nullptr) accept();
    };
  } else {
    refuse_path(404);
  }
}

RuntimeExtensions::Extension* RuntimeRoutes::known_extension() {
  const std::string id = client_.header("Lambda-Extension-Identifier");
  auto* found = extensions_.find(id);
  if (found == nullptr)
    client_.reply(
        403, error_json(id.empty() ? "Extension.MissingExtensionIdentifier" : "Extension.UnknownExtensionIdentifier",
                        id.empty() ? "Missing Lambda-Extension-Identifier header"
                                   : "Unknown extension Lambda-Extension-Identifier"));
  return found;
}

void RuntimeRoutes::register_extension() {
  if (extensions_.all_.size() >= kMaxExtensions)
    return client_.reply(403, error_json("Extension.TooManyExtensions", "Extension limit (10) reached."));
  RuntimeExtensions::Extension extension;
  extension.id = new_uuid();
  extension.name = client_.header("Lambda-Extension-Name");
  if (extension.name.empty())
    return client_.reply(403, error_json("Extension.InvalidExtensionName", "Empty extension name"));
  extension.wants_invoke = body_.find("\"INVOKE\"") != std::string::npos;
  extensions_.all_.push_back(extension);
  const RuntimeHost::Identity who = host_.identity();
  std::string body;
  JsonWriter(body)
      .begin_object()
      .key("functionName")
      .string(who.function_name)
      .key("functionVersion")
      .string("$LATEST")
      .key("handler")
      .string(who.handler)
      .end_object();
  client_.reply(200, std::move(body), "\r\nLambda-Extension-Identifier: " + extension.id);
}

void RuntimeRoutes::extension_next() {
  auto* extension = known_extension();
  if (extension == nullptr) return;
  if (extension->events.empty()) {
    extension->waiting = client_.wait_for_client();  // answered by RuntimeExtensions::tell()
    return;
  }
  std::string event = std::move(extension->events.front());
  extension->events.pop_front();
  send_event(client_, std::move(event));
}

}  // namespace stator::gateway
