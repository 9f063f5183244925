#include "emulator/gateway/handlers/runtime_api.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <limits>
#include <set>
#include <vector>

#include "emulator/gateway/call.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::gateway {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

class Connection;

// A client may announce gigabytes; past this the rest is not even read, so that a 413 can still be seen by a client
// that sends a little too much.
constexpr size_t kMaxDiscarded = 64 * 1024 * 1024;

constexpr std::string_view kAcceptedBody = "{\"status\":\"OK\"}\n";

std::string error_json(std::string_view type, std::string_view message) {
  std::string out;
  JsonWriter(out).begin_object().key("errorMessage").string(message).key("errorType").string(type).end_object();
  out += '\n';
  return out;
}

const char* reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 410:
      return "Gone";
    case 413:
      return "Request Entity Too Large";
    default:
      return "Internal Server Error";
  }
}

std::string view_string(boost::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct RuntimeApi::Shared : std::enable_shared_from_this<RuntimeApi::Shared> {
  Shared(asio::io_context& context, RuntimeHost& runtime_host)
      : loop(context), acceptor(context), host(&runtime_host) {}

  void accept();
  void close();

  struct Extension {
    std::string id, name;
    bool wants_invoke = false;
    std::deque<std::string> events;  // sent when it next asks
    std::weak_ptr<Connection> waiting;
  };
  Extension* extension(const std::string& id) {
    for (Extension& each : extensions)
      if (each.id == id) return &each;
    return nullptr;
  }

  asio::io_context& loop;
  tcp::acceptor acceptor;
  RuntimeHost* host;  // null once RuntimeApi is gone
  std::set<Connection*> connections;
  std::vector<Extension> extensions;
};

namespace {

class Connection : public RuntimePoll, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<RuntimeApi::Shared> api, tcp::socket socket)
      : api_(std::move(api)), socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    api_->connections.insert(this);
  }
  ~Connection() override { api_->connections.erase(this); }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(2 * 1024 * 1024);  // an X-Ray cause comes as a header of up to 1 MB
    // Counted here, to answer as the service does. Not boost::none: 1.74 takes that for less than any length.
    parser_->body_limit(std::numeric_limits<uint64_t>::max());
    http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](const auto& error, size_t) {
      if (!error)
        self->on_head();
      else
        self->close();
    });
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (parked_) {
      parked_ = false;
      if (api_->host != nullptr) api_->host->poll_gone(this);
    }
  }

  // RuntimePoll
  void answer(RuntimeEvent event) override {
    if (!parked_) return;
    parked_ = false;
    payload_ = std::move(event.payload);
    head_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: " + event.request_id +
            "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(event.deadline_ms) +
            "\r\nLambda-Runtime-Invoked-Function-Arn: " + event.function_arn;
    if (!event.trace_id.empty()) head_ += "\r\nLambda-Runtime-Trace-Id: " + event.trace_id;
    if (!event.client_context.empty()) head_ += "\r\nLambda-Runtime-Client-Context: " + event.client_context;
    if (!event.cognito_identity.empty()) head_ += "\r\nLambda-Runtime-Cognito-Identity: " + event.cognito_identity;
    finish_head();
  }
  void refuse() override {
    if (!parked_) return;
    parked_ = false;
    reply(403, error_json("InvalidStateTransition",
                          "State transition from Running to Ready failed for runtime. Error: "
                          "State transition is not allowed"));
  }

  void reply(int status, std::string body, std::string_view more_headers = {},
             std::string_view type = "application/json") {
    head_ = "HTTP/1.1 " + std::to_string(status) + " " + reason(status) + "\r\nContent-Type: ";
    head_ += type;
    head_ += more_headers;
    payload_ = std::move(body);
    finish_head();
  }

 private:
  enum class Body : uint8_t { kIgnored, kResponse, kStream, kError, kInitError, kRegister };

  void finish_head() {
    head_ += "\r\nContent-Length: " + std::to_string(payload_.size());
    if (!keep_alive_) head_ += "\r\nConnection: close";
    head_ += "\r\n\r\n";
    if (payload_.size() < 4096) {  // one buffer for the many small ones
      head_ += payload_;
      payload_.clear();
    }
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_), asio::buffer(payload_)};
    asio::async_write(socket_, pieces, [self = shared_from_this()](const auto& error, size_t) {
      if (error || !self->keep_alive_)
        self->close();
      else
        self->read_head();
    });
  }

  // The path from the API's version on, whatever stands before it.
  static std::string_view api_path(std::string_view target) {
    target = target.substr(0, target.find('?'));
    for (const std::string_view version : {"/2018-06-01/", "/2020-01-01/", "/2020-08-15/", "/2022-07-01/"})
      if (const size_t at = target.find(version); at != std::string_view::npos) return target.substr(at);
    return {};
  }

  void on_head() {
    if (api_->host == nullptr) return close();
    const auto& request = parser_->get();
    keep_alive_ = parser_->keep_alive();
    const std::string_view path = api_path({request.target().data(), request.target().size()});
    const bool get = request.method() == http::verb::get;
    const bool post = request.method() == http::verb::post;
    body_.clear();
    body_bytes_ = 0;
    use_ = Body::kIgnored;

    constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
    if (path == "/2018-06-01/runtime/invocation/next" && get) {
      after_ = [this] { park(); };
    } else if (path.starts_with(kInvocation) && post) {
      const std::string_view rest = path.substr(kInvocation.size());
      const size_t slash = rest.find('/');
      id_ = std::string(rest.substr(0, slash));
      const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
      if (verb == "response")
        begin_response();
      else if (verb == "error")
        begin_error();
      else
        refuse_path(404);
    } else if (path == "/2018-06-01/runtime/init/error" && post) {
      use_ = Body::kInitError;
      after_ = [this] {
        api_->host->init_error(header("Lambda-Runtime-Function-Error-Type"), std::move(body_));
        if (socket_.is_open()) reply(202, std::string(kAcceptedBody));
      };
    } else if (path == "/2018-06-01/ping" && get) {
      after_ = [this] { reply(200, "pong", {}, "text/plain; charset=utf-8"); };
    } else if (path == "/2018-06-01/runtime/restore/next" && get) {
      after_ = [this] { reply(200, {}); };
    } else if (path == "/2018-06-01/runtime/restore/error" && post) {
      after_ = [this] { reply(202, std::string(kAcceptedBody)); };
    } else if (path.starts_with("/2020-01-01/extension/")) {
      begin_extension(path.substr(22), get, post);
    } else if ((path == "/2020-08-15/logs" || path == "/2022-07-01/telemetry") && request.method() == http::verb::put) {
      const bool logs = path == "/2020-08-15/logs";
      after_ = [this, logs] {
        reply(202, error_json(logs ? "Logs.NotSupported" : "Telemetry.NotSupported",
                              logs ? "Logs API is not supported" : "Telemetry API is not supported"));
      };
    } else {
      const bool known = path.starts_with("/2018-06-01/runtime/") || path == "/2018-06-01/ping";
      refuse_path(known && (path.ends_with("/next") || path.ends_with("/response") || path.ends_with("/error")) ? 405
                                                                                                                : 404);
    }
    if (boost::beast::iequals(request[http::field::expect], "100-continue") && !parser_->is_done()) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(socket_, asio::buffer(kContinue), [self = shared_from_this()](const auto& error, size_t) {
        if (error)
          self->close();
        else
          self->read_body();
      });
      return;
    }
    read_body();
  }

  void refuse_path(int status) {
    after_ = [this, status] {
      reply(status, status == 404 ? "404 page not found\n" : "", {}, "text/plain; charset=utf-8");
    };
  }

  std::string header(std::string_view name) const {
    return view_string(parser_->get()[boost::string_view(name.data(), name.size())]);
  }

  void reply_late(RuntimeHost::Verdict verdict) {
    if (verdict == RuntimeHost::Verdict::kTimedOut)
      reply(410, error_json("InvokeTimeout", "The invocation has timed out"));
    else
      reply(400, error_json("InvalidRequestID", "Invalid request ID"));
  }

  void begin_response() {
    const std::string mode = header("Lambda-Runtime-Function-Response-Mode");
    const bool streamed = boost::beast::iequals(mode, "streaming");
    if (!mode.empty() && !streamed && !boost::beast::iequals(mode, "buffered")) {
      after_ = [this] { reply(400, error_json("InvalidFunctionResponseMode", "Invalid function response mode")); };
      return;
    }
    const auto verdict = api_->host->response_begins(id_, streamed, header("Content-Type"));
    if (verdict != RuntimeHost::Verdict::kAccepted) {
      after_ = [this, verdict] { reply_late(verdict); };
      return;
    }
    use_ = streamed ? Body::kStream : Body::kResponse;
    after_ = [this] {
      if (body_bytes_ > limit()) {
        api_->host->response_too_large(id_);
        if (socket_.is_open())
          reply(413, error_json("RequestEntityTooLarge", "Exceeded maximum allowed payload size (" +
                                                             std::to_string(kMaxBufferedResponse) + " bytes)."));
        return;
      }
      // Trailers: the parser adds them to the fields. The error's body comes in base64, so that it fits a field.
      std::string type, body;
      if (use_ == Body::kStream) {
        type = header("Lambda-Runtime-Function-Error-Type");
        body = header("Lambda-Runtime-Function-Error-Body");
        Arena arena;
        if (const auto decoded = decode_base64(body, arena)) body = std::string(*decoded);
      }
      api_->host->response_ends(id_, std::move(body_), std::move(type), std::move(body));
      if (socket_.is_open()) reply(202, std::string(kAcceptedBody));
    };
  }

  void begin_error() {
    use_ = Body::kError;
    after_ = [this] {
      const auto verdict = api_->host->error(id_, header("Lambda-Runtime-Function-Error-Type"), std::move(body_));
      if (!socket_.is_open()) return;
      if (verdict != RuntimeHost::Verdict::kAccepted) return reply_late(verdict);
      reply(202, std::string(kAcceptedBody));
    };
  }

  void begin_extension(std::string_view path, bool get, bool post) {
    if (path == "register" && post) {
      use_ = Body::kRegister;
      after_ = [this] { register_extension(); };
    } else if (path == "event/next" && get) {
      after_ = [this] { extension_next(); };
    } else if ((path == "init/error" || path == "exit/error") && post) {
      after_ = [this] {
        if (known_extension() != nullptr) reply(202, std::string(kAcceptedBody));
      };
    } else {
      refuse_path(404);
    }
  }

  RuntimeApi::Shared::Extension* known_extension() {
    const std::string id = header("Lambda-Extension-Identifier");
    auto* found = api_->extension(id);
    if (found == nullptr)
      reply(403,
            error_json(id.empty() ? "Extension.MissingExtensionIdentifier" : "Extension.UnknownExtensionIdentifier",
                       id.empty() ? "Missing Lambda-Extension-Identifier header"
                                  : "Unknown extension Lambda-Extension-Identifier"));
    return found;
  }

  void register_extension() {
    if (api_->extensions.size() >= 16)
      return reply(403, error_json("Extension.TooManyExtensions", "Extension limit (10) reached."));
    RuntimeApi::Shared::Extension extension;
    extension.id = new_uuid();
    extension.name = header("Lambda-Extension-Name");
    if (extension.name.empty()) return reply(403, error_json("Extension.InvalidExtensionName", "Empty extension name"));
    extension.wants_invoke = body_.find("\"INVOKE\"") != std::string::npos;
    api_->extensions.push_back(extension);
    const RuntimeHost::Identity who = api_->host->identity();
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
    reply(200, std::move(body), "\r\nLambda-Extension-Identifier: " + extension.id);
  }

  void extension_next() {
    auto* extension = known_extension();
    if (extension == nullptr) return;
    if (extension->events.empty()) {
      extension->waiting = weak_from_this();
      return watch_client();  // answered by tell_extensions()
    }
    std::string event = std::move(extension->events.front());
    extension->events.pop_front();
    send_event(std::move(event));
  }

 public:
  void send_event(std::string event) {
    reply(200, std::move(event), "\r\nLambda-Extension-Event-Identifier: " + new_uuid());
  }

 private:
  size_t limit() const { return use_ == Body::kStream ? kMaxStreamedResponse : kMaxBufferedResponse; }

  void read_body() {
    if (parser_->is_done()) return finish_request();
    parser_->get().body().data = piece_.data();
    parser_->get().body().size = piece_.size();
    http::async_read_some(socket_, buffer_, *parser_,
                          [self = shared_from_this()](boost::system::error_code error, size_t) {
                            if (error == http::error::need_buffer) error = {};
                            self->on_piece(error);
                          });
  }

  void on_piece(const boost::system::error_code& error) {
    if (api_->host == nullptr) return close();
    const size_t got = piece_.size() - parser_->get().body().size;
    if (got > 0) take({piece_.data(), got});
    if (error) {
      if ((use_ == Body::kResponse || use_ == Body::kStream) && api_->host != nullptr)
        api_->host->response_cut(id_, use_ == Body::kStream);
      if (!socket_.is_open()) return;
      keep_alive_ = false;  // the client may only have closed its sending half
      return reply(400, error_json("TruncatedHTTPRequest", "HTTP request detected as truncated"));
    }
    if (body_bytes_ > limit() + kMaxDiscarded) {
      keep_alive_ = false;
      return after_();
    }
    read_body();
  }

  void take(std::string_view bytes) {
    body_bytes_ += bytes.size();
    if (use_ == Body::kIgnored || body_bytes_ > limit()) return;
    if (use_ == Body::kStream)
      api_->host->response_piece(id_, std::string(bytes));
    else
      body_.append(bytes);
  }

  void finish_request() {
    if (api_->host == nullptr) return close();
    after_();
  }

  void park() {
    parked_ = true;
    watch_client();
    api_->host->next(shared_from_this());
  }

  // While nothing is read from a client that waits, its leaving shows as a readable end. One wait at a time: one that
  // is still pending from before does as well.
  void watch_client() {
    if (watching_) return;
    watching_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const auto& error) {
      self->watching_ = false;
      if (error || !self->parked_) return;
      char byte;
      boost::system::error_code peeked;
      self->socket_.non_blocking(true, peeked);
      const size_t got = self->socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, peeked);
      if (got == 0 && peeked != asio::error::would_block) self->close();
    });
  }

  std::shared_ptr<RuntimeApi::Shared> api_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  std::array<char, 32768> piece_;
  std::function<void()> after_;  // once the body is in
  std::string id_, body_, head_, payload_;
  size_t body_bytes_ = 0;
  Body use_ = Body::kIgnored;
  bool keep_alive_ = true;
  bool parked_ = false;
  bool watching_ = false;
};

}  // namespace

void RuntimeApi::Shared::accept() {
  acceptor.async_accept([self = shared_from_this()](const boost::system::error_code& error, tcp::socket socket) {
    if (self->host == nullptr || error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<Connection>(self, std::move(socket))->read_head();
    self->accept();
  });
}

void RuntimeApi::Shared::close() {
  host = nullptr;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  const std::vector<Connection*> open(connections.begin(), connections.end());
  for (Connection* connection : open) connection->close();
}

RuntimeApi::RuntimeApi(asio::io_context& loop, RuntimeHost& host, uint16_t port)
    : shared_(std::make_shared<Shared>(loop, host)) {
  const tcp::endpoint here(asio::ip::address_v4::loopback(), port);
  shared_->acceptor.open(here.protocol());
  shared_->acceptor.set_option(tcp::acceptor::reuse_address(true));
  shared_->acceptor.bind(here);
  shared_->acceptor.listen();
  shared_->accept();
}

RuntimeApi::~RuntimeApi() {
  shared_->close();
}

uint16_t RuntimeApi::port() const {
  return shared_->acceptor.local_endpoint().port();
}

void RuntimeApi::tell_extensions(const RuntimeEvent& event) {
  for (Shared::Extension& extension : shared_->extensions) {
    if (!extension.wants_invoke || extension.events.size() >= 64) continue;
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
      waiting->send_event(std::move(body));
    } else {
      extension.events.push_back(std::move(body));
    }
  }
}

}  // namespace stator::gateway
