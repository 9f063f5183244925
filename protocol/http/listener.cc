#include "protocol/http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "protocol/http/http_server.h"

namespace stator::http {
namespace {

struct Candidate {
  std::string host;
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string numeric;
};

std::vector<Candidate> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  std::string bare =
      host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(bare.empty() ? nullptr : bare.c_str(), "0", &hints, &found);
  if (error != 0) throw ListenError("Cannot listen on host \"" + host + "\": " + ::gai_strerror(error) + ".");
  std::vector<Candidate> candidates;
  for (addrinfo* each = found; each; each = each->ai_next) {
    Candidate candidate;
    candidate.host = host;
    std::memcpy(&candidate.address, each->ai_addr, each->ai_addrlen);
    candidate.length = each->ai_addrlen;
    char text[NI_MAXHOST];
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      candidate.numeric = text;
    candidates.push_back(std::move(candidate));
  }
  ::freeaddrinfo(found);
  return candidates;
}

in_port_t& port_of(sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

// The socket, or -1 with errno.
int bind_one(Candidate candidate, int port) {
  int descriptor = ::socket(candidate.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int one = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (candidate.address.ss_family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  port_of(candidate.address) = htons(static_cast<uint16_t>(port));
  // listen() right away: with SO_REUSEADDR only a listening socket shows that a port is taken.
  if (::bind(descriptor, reinterpret_cast<sockaddr*>(&candidate.address), candidate.length) != 0 ||
      ::listen(descriptor, 1024) != 0) {
    int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

int bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(port_of(address));
}

std::string why(const Candidate& candidate, int port, int error) {
  std::string text = "Cannot listen on " + candidate.host + ", port " + std::to_string(port) + ": ";
  if (error == EADDRINUSE) return text + "another program has that port. Stop it, or choose another port.";
  if (error == EACCES) return text + "ports below 1024 need more rights. Choose a higher port.";
  if (error == EADDRNOTAVAIL) return text + "this machine has no such address.";
  return text + std::generic_category().message(error) + ".";
}

}  // namespace

std::vector<BoundAddress> bind_addresses(const std::vector<std::string>& hosts, int& port) {
  std::vector<Candidate> candidates;
  for (const std::string& host : hosts)
    for (Candidate& candidate : resolve(host)) {
      bool known = std::any_of(candidates.begin(), candidates.end(),
                               [&](const Candidate& other) { return other.numeric == candidate.numeric; });
      if (!known) candidates.push_back(std::move(candidate));
    }
  if (candidates.empty()) throw ListenError("Cannot listen: no host was given.");

  // A port that is free in one family may be taken in the other: then another free one is tried.
  constexpr int kTries = 32;
  for (int attempt = 1;; ++attempt) {
    std::vector<BoundAddress> bound;
    int shared_port = port;
    std::string failure;
    int failure_errno = 0;
    for (const Candidate& candidate : candidates) {
      int descriptor = bind_one(candidate, shared_port);
      if (descriptor >= 0) {
        shared_port = bound_port(descriptor);
        bound.push_back({descriptor, candidate.numeric, candidate.address.ss_family == AF_INET6});
        continue;
      }
      bool absent = candidate.address.ss_family == AF_INET6 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
      if (absent && candidates.size() > 1) {
        if (failure.empty()) failure = why(candidate, shared_port, errno);
        continue;
      }
      failure_errno = errno;
      failure = why(candidate, shared_port, errno);
      break;
    }
    if (failure_errno == 0 && !bound.empty()) {
      port = shared_port;
      return bound;
    }
    for (const BoundAddress& each : bound) ::close(each.descriptor);
    if (port == 0 && failure_errno == EADDRINUSE && attempt < kTries) continue;
    throw ListenError(failure);
  }
}

}  // namespace stator::http
