#include "emulator/gateway/handlers/http_client.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <optional>
#include <set>

#include "emulator/gateway/handlers/url.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;

namespace {

constexpr size_t kMaxIdle = 64;  // connections kept for one upstream
constexpr std::chrono::seconds kIdleTime{15};

// A connection, plain or TLS, as one type to Beast's read and write.
class Link {
 public:
  using executor_type = tcp::socket::executor_type;

  explicit Link(asio::io_context& loop) : socket(loop) {}

  executor_type get_executor() { return socket.get_executor(); }
  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls)
      tls->async_read_some(buffers, std::forward<Handler>(handler));
    else
      socket.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls)
      tls->async_write_some(buffers, std::forward<Handler>(handler));
    else
      socket.async_write_some(buffers, std::forward<Handler>(handler));
  }
  // An idle connection has nothing to read; one that its server has closed shows its end.
  bool still_quiet() {
    char byte;
    error_code error;
    socket.non_blocking(true, error);
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == asio::error::would_block;
  }

  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  bool reused = false;
};

struct IdleLink {
  std::unique_ptr<Link> link;
  steady_clock::time_point since;
};

bool is_token(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f ||
        std::string_view("()<>@,;:\\\"/[]?={}").find(c) != std::string_view::npos)
      return false;
  return !text.empty();
}

// A value mapped from decoded input may hold a line's end; on the wire it must not start another header.
void append_value(std::string_view value, std::string& out) {
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

bool may_repeat(std::string_view method) {
  return method != "POST" && method != "PATCH" && method != "CONNECT";
}

}  // namespace

class UpstreamExchange;

struct HttpClient::Shared : std::enable_shared_from_this<HttpClient::Shared> {
  explicit Shared(asio::io_context& context) : loop(context) {}

  // Made for the first https call, on the loop's thread: OpenSSL and the machine's roots are 5 MB and most of a start.
  asio::ssl::context& tls() {
    if (tls_context) return *tls_context;
    tls_context.emplace(asio::ssl::context::tls_client);
    error_code ignored;
    tls_context->set_default_verify_paths(ignored);
    tls_context->set_verify_mode(asio::ssl::verify_peer);
    return *tls_context;
  }

  std::unique_ptr<Link> take_idle(const std::string& key) {
    const auto found = idle.find(key);
    while (found != idle.end() && !found->second.empty()) {
      IdleLink last = std::move(found->second.back());
      found->second.pop_back();
      if (steady_clock::now() - last.since > kIdleTime || !last.link->still_quiet()) continue;
      last.link->reused = true;
      return std::move(last.link);
    }
    return nullptr;
  }
  void keep(const std::string& key, std::unique_ptr<Link> link) {
    const auto now = steady_clock::now();
    for (auto at = idle.begin(); at != idle.end();) {
      std::erase_if(at->second, [now](const IdleLink& each) { return now - each.since > kIdleTime; });
      at = at->second.empty() && at->first != key ? idle.erase(at) : std::next(at);
    }
    auto& list = idle[key];
    if (list.size() < kMaxIdle) list.push_back({std::move(link), now});
  }

  asio::io_context& loop;
  std::optional<asio::ssl::context> tls_context;
  std::map<std::string, std::vector<IdleLink>> idle;  // by scheme and authority
  std::set<UpstreamExchange*> running;
  bool stopped = false;
};

class UpstreamExchange : public std::enable_shared_from_this<UpstreamExchange> {
 public:
  UpstreamExchange(std::shared_ptr<HttpClient::Shared> client, UpstreamRequest request,
                   std::function<void(UpstreamResult)> done)
      : client_(std::move(client)),
        request_(std::move(request)),
        done_(std::move(done)),
        resolver_(client_->loop),
        timer_(client_->loop) {}

  void begin() {
    auto url = Url::parse(request_.url);
    if (!url || !is_token(request_.method)) return finish(UpstreamFault::kBadUrl, "cannot be called: " + request_.url);
    if (client_->stopped) return finish(UpstreamFault::kCancelled, "the server is stopping");
    url_ = std::move(*url);
    client_->running.insert(this);
    make_head();
    timer_.expires_after(request_.timeout);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error)
        self->finish(UpstreamFault::kTimeout,
                     "no answer within " + std::to_string(self->request_.timeout.count()) + " ms");
    });
    if (request_.client_gone.stop_possible()) {
      std::function<void()> gone = [weak = weak_from_this(), &loop = client_->loop] {
        asio::post(loop, [weak] {
          if (const auto self = weak.lock()) self->finish(UpstreamFault::kCancelled, "the client left");
        });
      };
      gone_ = std::make_unique<std::stop_callback<std::function<void()>>>(request_.client_gone, std::move(gone));
    }
    link_ = client_->take_idle(key());
    if (link_)
      write();
    else
      resolve();
  }

  void finish(UpstreamFault fault, std::string message) {
    if (!done_) return;
    client_->running.erase(this);
    timer_.cancel();
    resolver_.cancel();
    if (link_) {
      error_code ignored;
      link_->socket.close(ignored);  // ends the operation under way; the link itself lives until that is told
    }
    UpstreamResult result;
    result.fault = fault;
    if (!message.empty()) result.message = request_.method + " " + request_.url + ": " + message;
    if (fault == UpstreamFault::kNone) result = std::move(result_);
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

 private:
  std::string key() const { return (url_.tls ? "https://" : "http://") + url_.host + " " + url_.port; }

  void make_head() {
    head_ = request_.method + " " + url_.target + " HTTP/1.1\r\n";
    bool host = false;
    std::string rest;
    for (const auto& [name, value] : request_.headers) {
      if (!is_token(name) || equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Content-Length") ||
          equal_ignoring_case(name, "Transfer-Encoding"))
        continue;
      host = host || equal_ignoring_case(name, "Host");
      rest += name;
      rest += ": ";
      append_value(value, rest);
      rest += "\r\n";
    }
    if (!host) head_ += "Host: " + url_.authority + "\r\n";
    head_ += rest;
    if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH")
      head_ += "Content-Length: " + std::to_string(request_.body.size()) + "\r\n";
    head_ += "Connection: keep-alive\r\n\r\n";
  }

  void resolve() {
    link_ = std::make_unique<Link>(client_->loop);
    error_code no_address;
    const auto address = asio::ip::make_address(url_.host, no_address);
    if (!no_address) return connect({tcp::endpoint(address, static_cast<uint16_t>(std::stoi(url_.port)))});
    resolver_.async_resolve(url_.host, url_.port,
                            [self = shared_from_this()](const error_code& error, const auto& found) {
                              if (!self->done_) return;
                              if (error)
                                return self->finish(UpstreamFault::kUnreachable, "no such host: " + error.message());
                              self->connect({found.begin(), found.end()});
                            });
  }

  void connect(std::vector<tcp::endpoint> endpoints) {
    endpoints_ = std::move(endpoints);
    asio::async_connect(link_->socket, endpoints_,
                        [self = shared_from_this()](const error_code& error, const tcp::endpoint&) {
                          if (!self->done_) return;
                          if (error)
                            return self->finish(UpstreamFault::kUnreachable, "no connection: " + error.message());
                          error_code ignored;
                          self->link_->socket.set_option(tcp::no_delay(true), ignored);
                          if (self->url_.tls)
                            self->handshake();
                          else
                            self->write();
                        });
  }

  void handshake() {
    auto& tls = link_->tls.emplace(link_->socket, client_->tls());
    error_code not_a_name;
    asio::ip::make_address(url_.host, not_a_name);
    if (not_a_name) SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str());
    tls.set_verify_callback(asio::ssl::host_name_verification(url_.host));
    tls.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
      if (!self->done_) return;
      if (error) return self->finish(UpstreamFault::kUnreachable, "no TLS connection: " + error.message());
      self->write();
    });
  }

  void write() {
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_), asio::buffer(request_.body)};
    asio::async_write(*link_, pieces, [self = shared_from_this()](const error_code& error, size_t) {
      if (!self->done_) return;
      // A server may refuse a body and answer before it has read it all: look for the answer in any case.
      if (error && !self->again())
        return self->finish(UpstreamFault::kUnreachable, "the connection broke: " + error.message());
      if (!error) self->read();
    });
  }

  bool again() {
    if (!link_->reused || repeated_ || !may_repeat(request_.method)) return false;
    repeated_ = true;
    buffer_.clear();
    resolve();
    return true;
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(128 * 1024);
    parser_->body_limit(kMaxUpstreamBody);
    if (request_.method == "HEAD") parser_->skip(true);
    http::async_read(*link_, buffer_, *parser_, [self = shared_from_this()](const error_code& error, size_t bytes) {
      if (self->done_) self->on_read(error, bytes);
    });
  }

  void on_read(const error_code& error, size_t bytes) {
    if (error == http::error::body_limit) return finish(UpstreamFault::kTooLarge, "the answer is larger than 10 MB");
    if (error && bytes == 0 && buffer_.size() == 0) {
      if (again()) return;
      return finish(UpstreamFault::kMalformed, "the connection ended without an answer");
    }
    if (error) return finish(UpstreamFault::kMalformed, "the answer is broken: " + error.message());
    auto& message = parser_->get();
    if (message.result_int() == 101) return finish(UpstreamFault::kMalformed, "it switched protocols unasked");
    if (message.result_int() < 200) return read();
    result_.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      result_.headers.emplace_back(std::string(field.name_string().data(), field.name_string().size()),
                                   std::string(field.value().data(), field.value().size()));
    }
    result_.body = std::move(message.body());
    if (parser_->keep_alive() && buffer_.size() == 0) client_->keep(key(), std::move(link_));
    finish(UpstreamFault::kNone, {});
  }

  std::shared_ptr<HttpClient::Shared> client_;
  UpstreamRequest request_;
  std::function<void(UpstreamResult)> done_;  // empty once called
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  std::unique_ptr<std::stop_callback<std::function<void()>>> gone_;
  Url url_;
  std::string head_;
  std::vector<tcp::endpoint> endpoints_;
  std::unique_ptr<Link> link_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::string_body>> parser_;
  UpstreamResult result_;
  bool repeated_ = false;
};

HttpClient::HttpClient(asio::io_context& loop) : shared_(std::make_shared<Shared>(loop)) {}

HttpClient::~HttpClient() = default;

void HttpClient::send(UpstreamRequest request, std::function<void(UpstreamResult)> done) {
  asio::post(shared_->loop, [client = shared_, request = std::move(request), done = std::move(done)]() mutable {
    std::make_shared<UpstreamExchange>(std::move(client), std::move(request), std::move(done))->begin();
  });
}

void HttpClient::stop() {
  shared_->stopped = true;
  shared_->idle.clear();
  const std::set<UpstreamExchange*> running = shared_->running;
  for (UpstreamExchange* exchange : running) exchange->finish(UpstreamFault::kCancelled, "the server is stopping");
}

}  // namespace stator::gateway
