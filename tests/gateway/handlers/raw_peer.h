// Bytes over loopback: a client that sends what it is told, and a server that answers with prepared bytes and keeps
// what it was sent.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace stator::gateway {

// One HTTP message from `fd`, its body by Content-Length; what is left over stays in `pending`. Empty at the end.
inline std::string read_message(int fd, std::string& pending) {
  const auto more = [&] {
    char buffer[65536];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got > 0) pending.append(buffer, static_cast<size_t>(got));
    return got > 0;
  };
  size_t end;
  while ((end = pending.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return std::exchange(pending, {});
  const size_t at = pending.find("Content-Length: ");
  const size_t length = at < end ? std::strtoul(pending.c_str() + at + 16, nullptr, 10) : 0;
  while (pending.size() < end + 4 + length)
    if (!more()) return std::exchange(pending, {});
  std::string whole = pending.substr(0, end + 4 + length);
  pending.erase(0, whole.size());
  return whole;
}

class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  void send(const std::string& bytes) const {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<size_t>(sent);
    }
  }
  std::string reply() { return read_message(fd_, pending_); }
  std::string ask(const std::string& bytes) {
    send(bytes);
    return reply();
  }
  bool connected = false;

 private:
  int fd_;
  std::string pending_;
};

class RawServer {
 public:
  // `answers`: one for each request in turn, the last for all that follow. "" closes instead of answering; an answer
  // that says "Connection: close" is followed by a close.
  explicit RawServer(std::vector<std::string> answers)
      : answers_(std::move(answers)), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(fd_, 16) != 0) std::abort();
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~RawServer() {
    stopped_ = true;
    shutdown(fd_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    thread_.join();
    for (std::thread& each : talks_) each.join();
    close(fd_);
  }
  std::string url(const std::string& target = "/") const { return "http://127.0.0.1:" + std::to_string(port) + target; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept(fd_, nullptr, nullptr);
      if (fd < 0 || stopped_) return;
      ++connections;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      talks_.emplace_back([this, fd] { talk(fd); });
    }
  }
  void talk(int fd) {
    std::string pending;
    for (;;) {
      const std::string request = read_message(fd, pending);
      if (request.empty()) break;
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
        requests_.push_back(request);
      }
      if (answer.empty()) break;
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      if (answer.find("Connection: close") != std::string::npos) break;
    }
    shutdown(fd, SHUT_RDWR);
  }

  std::vector<std::string> answers_, requests_;
  int fd_;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> talks_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace stator::gateway
