// The door: HTTP/1.1 over TCP (and TLS), on an event loop of its own, one I/O thread a core. It knows sockets and
// protocol/wire_message.h and nothing of what stands behind them.
//
// A `POST /` that names one of DynamoDB's two services in X-Amz-Target is handled on the I/O thread: all such requests
// of one round of epoll, pipelined ones too, are handled, settled once, and answered. Each request's views end when
// handle() returns. Everything else becomes an Exchange, whose handler is called on the I/O thread and must not block
// it.
//
// Why not cpp-httplib's server: it gives each connection a thread for its life, polls idle ones, percent-decodes header
// values (a cookie changes on the way), refuses chunked bodies with trailers, and cannot answer later, stream under
// back-pressure or upgrade. Its protected process_request, behind a loop of our own, still does the last four. What is
// left to gain from it is its parser, so a parser of our own (request_parser.h, 250 lines, no copies) stands here, and
// httplib stays where it is good: as an HTTP client, among others in this room's tests, so that the door is judged by a
// reader that we did not write.
//
// Threads: start() and stop() from one thread; the rest any time. Exchanges and RawConnections may outlive the server:
// they do nothing then. Memory: an idle connection holds no buffer; one under way holds at most its request and what is
// unsent of one answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/wire_message.h"

namespace stator::http {

struct TlsOptions {
  std::string certificate_file;      // PEM, leaf first, the chain behind it
  std::string key_file;              // PEM
  bool self_signed = false;          // a fresh in-memory certificate for localhost, 127.0.0.1 and ::1
  std::vector<std::string> names{};  // which the self-signed one has besides
  // The port speaks plain HTTP too: a connection is taken for TLS when its first byte begins a TLS handshake, which no
  // HTTP request does.
  bool beside_plain = false;
  bool enabled() const { return self_signed || !certificate_file.empty() || !key_file.empty(); }
};

struct HttpServerOptions {
  // Names or numbers. An IPv6 one that this machine does not have is left out as long as another one is there.
  std::vector<std::string> hosts = {"127.0.0.1", "::1"};
  int port = 0;     // 0: a free one, the same for all hosts
  int threads = 0;  // 0: one a core
  TlsOptions tls;

  // Answers 413 beyond it. DynamoDB's bodies are counted inflated as well.
  size_t max_body = size_t{16} * 1024 * 1024;
  // For requests that become an Exchange.
  size_t max_exchange_body = size_t{16} * 1024 * 1024;
  // A request's head must be complete within this of its first byte, its body within this plus a second for each 16 KB.
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds idle_timeout{3'600'000};
  // A client that takes no byte of an answer for this long is cut off.
  std::chrono::milliseconds send_timeout{300'000};

  // Host values that DynamoDB's requests may carry besides numbers, names without a dot, *.localhost and
  // host.docker.internal: a page that rebinds its own name to this machine is refused. "*" allows any.
  std::vector<std::string> allowed_hosts;
  // Origins of web pages, other than loopback ones, that may call DynamoDB. "*" allows any.
  std::vector<std::string> cors_origins;

  // Unix seconds for the Date header; none is sent without it.
  std::function<int64_t()> wall_clock;
};

// Why the door cannot open, in a sentence for the person at the terminal.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class HttpServer {
 public:
  // Binds its addresses, so that port() is known and a taken port is told before anything is started. Throws
  // ListenError.
  HttpServer(HttpServerOptions options, InlineHandler& inline_handler, ExchangeHandler exchange_handler);
  ~HttpServer();  // stop() at once
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  int port() const;
  // "http://127.0.0.1:8000", one for each address.
  std::vector<std::string> endpoints() const;
  // The self-signed certificate, PEM, for those who are to trust it; empty when there is none.
  std::string certificate() const;
  // Takes no new connection, closes idle ones, answers what is under way, and returns when all is closed or, by force,
  // after `deadline`. Connections taken over are closed too. Not from an I/O thread.
  void stop(std::chrono::milliseconds deadline);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace stator::http
