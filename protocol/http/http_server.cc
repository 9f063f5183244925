#include "protocol/http/http_server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "protocol/http/event_loop.h"
#include "protocol/http/listener.h"

namespace stator::http {
namespace {

// Shells give 1,024 descriptors and allow far more; each connection is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlim_t wanted = limit.rlim_max == RLIM_INFINITY ? 65536 : std::min<rlim_t>(limit.rlim_max, 65536);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct HttpServer::Parts {
  Door door;
  std::vector<BoundAddress> addresses;
  int port = 0;
  std::vector<std::unique_ptr<EventLoop>> loops;
  std::vector<std::thread> threads;

  ~Parts() {
    for (const BoundAddress& each : addresses) ::close(each.descriptor);
  }
};

HttpServer::HttpServer(HttpServerOptions options, InlineHandler& inline_handler, ExchangeHandler exchange_handler)
    : parts_(std::make_unique<Parts>()) {
  Parts& parts = *parts_;
  if (options.threads <= 0) options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (options.tls.enabled()) parts.door.tls = std::make_unique<TlsContext>(options.tls);
  parts.port = options.port;
  parts.addresses = bind_addresses(options.hosts, parts.port);
  for (const BoundAddress& each : parts.addresses) parts.door.listeners.push_back(each.descriptor);
  parts.door.options = std::move(options);
  parts.door.inline_handler = &inline_handler;
  parts.door.exchange_handler = std::move(exchange_handler);
}

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds(0));
}

void HttpServer::start() {
  Parts& parts = *parts_;
  if (!parts.threads.empty()) return;
  raise_descriptor_limit();
  std::vector<EventLoop*> peers;
  for (int i = 0; i < parts.door.options.threads; ++i) {
    parts.loops.push_back(std::make_unique<EventLoop>(parts.door));
    peers.push_back(parts.loops.back().get());
  }
  for (EventLoop* loop : peers) {
    loop->set_peers(peers);
    parts.threads.emplace_back([loop] { loop->run(); });
  }
}

int HttpServer::port() const {
  return parts_->port;
}

std::vector<std::string> HttpServer::endpoints() const {
  std::vector<std::string> result;
  for (const BoundAddress& each : parts_->addresses)
    result.push_back((parts_->door.tls && !parts_->door.options.tls.beside_plain ? "https://" : "http://") +
                     (each.ipv6 ? "[" + each.address + "]" : each.address) + ":" + std::to_string(parts_->port));
  return result;
}

std::string HttpServer::certificate() const {
  return parts_->door.tls ? parts_->door.tls->self_signed_certificate() : std::string();
}

void HttpServer::stop(std::chrono::milliseconds deadline) {
  Parts& parts = *parts_;
  for (auto& loop : parts.loops) loop->stop(deadline);
  for (std::thread& thread : parts.threads) thread.join();
  parts.threads.clear();
  for (const BoundAddress& each : parts.addresses) ::close(each.descriptor);
  parts.addresses.clear();
}

}  // namespace stator::http
