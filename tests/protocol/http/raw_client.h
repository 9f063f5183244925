// A client of bytes: sends exactly what a test says and takes answers apart with no help from the code under test.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace stator::http {

struct RawReply {
  int status = 0;
  std::string head;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;                                 // chunks joined
  bool complete = false;                            // false: the connection ended in the middle
  std::string header(const std::string& name) const {
    auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  size_t count(const std::string& name) const { return headers.count(name); }
};

class RawClient {
 public:
  explicit RawClient(int port, const std::string& address = "127.0.0.1", int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return descriptor_ >= 0; }
  void send(std::string_view bytes);
  void finish_sending();
  void close();
  // Waits at most `seconds` for more; nothing at a timeout, "" at the end of the connection.
  std::optional<std::string> receive(double seconds = 10, size_t at_most = 1 << 16);
  RawReply reply(bool to_head = false, double seconds = 10);
  // Reads to the end of the connection. Nothing if it did not end in time.
  std::optional<std::string> rest(double seconds = 10);
  bool ended(double seconds = 10);
  const std::string& buffered() const { return buffer_; }

 private:
  bool more(double seconds);

  int descriptor_;
  std::string buffer_;
};

}  // namespace stator::http
