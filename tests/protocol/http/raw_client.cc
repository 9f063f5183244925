#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace stator::http {

RawClient::RawClient(int port, const std::string& address, int receive_buffer) {
  bool v6 = address.find(':') != std::string::npos;
  descriptor_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  int result;
  if (v6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET6, address.c_str(), &to.sin6_addr);
    result = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    result = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  if (result != 0) close();
  int one = 1;
  if (descriptor_ >= 0) ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

RawClient::~RawClient() {
  close();
}

void RawClient::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void RawClient::finish_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

std::optional<std::string> RawClient::receive(double seconds, size_t at_most) {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(seconds * 1000)) <= 0) return std::nullopt;
  std::string bytes(at_most, '\0');
  ssize_t got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

bool RawClient::more(double seconds) {
  auto bytes = receive(seconds);
  if (!bytes || bytes->empty()) return false;
  buffer_ += *bytes;
  return true;
}

RawReply RawClient::reply(bool to_head, double seconds) {
  RawReply reply;
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!more(seconds)) return reply;
  reply.head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  reply.status = std::stoi(reply.head.substr(9, 3));
  size_t at = reply.head.find("\r\n") + 2;
  while (at + 2 < reply.head.size()) {
    size_t stop = reply.head.find("\r\n", at);
    std::string line = reply.head.substr(at, stop - at);
    at = stop + 2;
    size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    size_t value = line.find_first_not_of(' ', colon + 1);
    reply.headers.emplace(name, value == std::string::npos ? "" : line.substr(value));
  }
  if (to_head || reply.status < 200 || reply.status == 204 || reply.status == 304) {
    reply.complete = true;
    return reply;
  }
  if (reply.header("transfer-encoding") == "chunked") {
    for (;;) {
      size_t line;
      while ((line = buffer_.find("\r\n")) == std::string::npos)
        if (!more(seconds)) return reply;
      size_t size = std::stoul(buffer_.substr(0, line), nullptr, 16);
      while (buffer_.size() < line + 2 + size + 2)
        if (!more(seconds)) return reply;
      reply.body += buffer_.substr(line + 2, size);
      buffer_.erase(0, line + 2 + size + 2);
      if (size == 0) break;
    }
    reply.complete = true;
  } else if (reply.count("content-length")) {
    size_t size = std::stoul(reply.header("content-length"));
    while (buffer_.size() < size)
      if (!more(seconds)) break;
    reply.complete = buffer_.size() >= size;
    reply.body = buffer_.substr(0, size);
    buffer_.erase(0, std::min(size, buffer_.size()));
  } else {
    auto rest_of_it = rest(seconds);
    reply.complete = rest_of_it.has_value();
    if (rest_of_it) reply.body = *rest_of_it;
  }
  return reply;
}

std::optional<std::string> RawClient::rest(double seconds) {
  for (;;) {
    auto bytes = receive(seconds);
    if (!bytes) return std::nullopt;
    if (bytes->empty()) return std::exchange(buffer_, {});
    buffer_ += *bytes;
  }
}

bool RawClient::ended(double seconds) {
  auto bytes = receive(seconds);
  return bytes && bytes->empty();
}

}  // namespace stator::http
