#include "emulator/gateway/handlers/runtime_api.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "emulator/gateway/handlers/runtime_routes.h"

namespace stator::gateway {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

class Connection;

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

}  // namespace

struct RuntimeApi::Shared : std::enable_shared_from_this<RuntimeApi::Shared> {
  Shared(asio::io_context& context, RuntimeHost& runtime_host)
      : loop(context), acceptor(context), host(&runtime_host) {}

  void accept();
  void close();

  asio::io_context& loop;
  tcp::acceptor acceptor;
  RuntimeHost* host;  // null once RuntimeApi is gone
  std::set<Connection*> connections;
  RuntimeExtensions extensions;
};

namespace {

// One connection of a runtime client: reads requests for its routes, writes their answers, and holds a `next` open for
// as long as it takes.
class Connection : public RuntimePoll, public RuntimeReplies, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<RuntimeApi::Shared> api, tcp::socket socket)
      : api_(std::move(api)), socket_(std::move(socket)), routes_(*this, *api_->host, api_->extensions) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    api_->connections.insert(this);
  }
  ~Connection() override { api_->connections.erase(this); }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(2 * 1024 * 1024);  // an X-Ray cause comes as a header of up to 1 MB
    // Counted by the routes, to answer as the service does. Not boost::none: 1.74 takes that for less than any length.
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
    reply(403, RuntimeRoutes::refused_transition());
  }

  // RuntimeReplies
  std::string header(std::string_view name) const override {
    const boost::string_view value = parser_->get()[boost::string_view(name.data(), name.size())];
    return {value.data(), value.size()};
  }
  void reply(int status, std::string body, std::string_view more_headers, std::string_view type) override {
    if (!socket_.is_open()) return;
    head_ = "HTTP/1.1 " + std::to_string(status) + " " + reason(status) + "\r\nContent-Type: ";
    head_ += type;
    head_ += more_headers;
    payload_ = std::move(body);
    finish_head();
  }
  void reply(int status, std::string body) { reply(status, std::move(body), {}, "application/json"); }
  void park() override {
    parked_ = true;
    watch_client();
    api_->host->next(shared_from_this());
  }
  std::weak_ptr<RuntimeReplies> wait_for_client() override {
    watch_client();
    return weak_from_this();
  }

 private:
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

  void on_head() {
    if (api_->host == nullptr) return close();
    const auto& request = parser_->get();
    keep_alive_ = parser_->keep_alive();
    const auto method = request.method_string(), target = request.target();
    routes_.begin({method.data(), method.size()}, {target.data(), target.size()});
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
    const bool enough = got > 0 && !routes_.take({piece_.data(), got});
    if (api_->host == nullptr) return close();  // what came may have ended the worker
    if (error) {
      routes_.cut();
      keep_alive_ = false;  // the client may only have closed its sending half
      return reply(400, RuntimeRoutes::truncated_error());
    }
    if (enough) {
      keep_alive_ = false;
      return routes_.finish();
    }
    read_body();
  }

  void finish_request() {
    if (api_->host == nullptr) return close();
    routes_.finish();
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
  RuntimeRoutes routes_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  std::array<char, 32768> piece_;
  std::string head_, payload_;
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
  shared_->extensions.tell(event);
}

}  // namespace stator::gateway
