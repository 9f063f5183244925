// What passes between the door (protocol/http) and whoever stands behind it: plain structs and two interfaces. Nothing
// here knows a socket, a table or an HTTP library, so the door can change without anyone behind it noticing.
//
// Two ways in, because there are two kinds of request:
//   * DynamoDB's one shape, `POST /` with an X-Amz-Target, is answered on the door's own thread (InlineHandler): no
//     hand-over, no lock but the store's. A thread handles all that is ready, then settles once: that is group commit.
//   * Everything else (API Gateway, /_stator/, health) is an Exchange: it may be answered later, from any thread, whole
//     or in pieces, or be taken over as a raw connection (WebSocket).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator {

// Name and value byte for byte as the client sent them (values without the surrounding blanks): never percent-decoded.
struct WireHeader {
  std::string_view name;
  std::string_view value;
};

// ASCII letters alone, whatever the locale.
inline char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (lower_ascii(a[i]) != lower_ascii(b[i])) return false;
  return true;
}

// Views point into the connection's buffer and live until the request is answered.
struct WireRequest {
  std::string_view method;
  std::string_view target;           // path and query as sent, not decoded, without scheme and authority
  std::vector<WireHeader> headers;   // in the order sent, repeated ones repeated
  std::vector<WireHeader> trailers;  // what came behind a chunked body; never merged into the headers
  std::span<char> body;  // de-chunked; writable, so it can be parsed in place; body.data()[body.size()] is '\0'
  std::string_view remote_address;  // numeric, without port
  bool tls = false;

  // The first header of that name (case ignored), or nothing. An empty value is not the same as an absent header.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const WireHeader& h : headers)
      if (equal_ignoring_case(h.name, name)) return h.value;
    return std::nullopt;
  }
};

struct WireReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length, Date and Connection are the door's
  std::string body;
  // What a test may order (faults): close without a byte of answer; wait before the first byte; send the body slowly,
  // this many bytes a second. All but the first concern inline replies only.
  bool drop_connection = false;
  uint32_t delay_ms = 0;
  uint32_t body_bytes_per_second = 0;

  void clear() {
    status = 200;
    headers.clear();
    body.clear();
    drop_connection = false;
    delay_ms = 0;
    body_bytes_per_second = 0;
  }
};

// Threads: any number of door threads call handle() at once; settle() speaks only for the calling thread.
class InlineHandler {
 public:
  virtual ~InlineHandler() = default;
  // Fills `reply` (cleared before). Must not throw and must not wait for anything slower than the disk.
  virtual void handle(WireRequest& request, WireReply& reply) = 0;
  // Makes durable everything this thread has handled since its last settle(). The door sends none of those replies
  // before it returns. False: the commit failed; each of them must be replaced by what fail() writes.
  virtual bool settle() = 0;
  virtual void fail(WireReply& reply) = 0;
};

// A connection handed over after its request's head, for protocols that leave HTTP (WebSocket). Callbacks come one at a
// time, on a door thread, and must not block. Functions may be called from any thread; after close() they do nothing.
class RawConnection {
 public:
  virtual ~RawConnection() = default;
  virtual void start(std::function<void(std::string_view bytes)> on_bytes, std::function<void()> on_closed) = 0;
  virtual void send(std::string bytes) = 0;
  virtual void close() = 0;  // after what was sent has left
  virtual size_t unsent_bytes() const = 0;
};

// One request under way. Exactly one of: reply(); begin(), any number of write(), end(); take_over(). May be called
// from any thread, and from within the handler itself. Dropping the last reference unanswered closes the connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual WireRequest& request() = 0;  // valid for the life of the Exchange
  virtual void reply(WireReply reply) = 0;
  // Streams: the head at once, then pieces (chunked unless `head.headers` names a Content-Length; to an HTTP/1.0 client
  // the end of the connection ends it). write() returns false once the client is gone.
  virtual void begin(WireReply head) = 0;
  virtual bool write(std::string bytes) = 0;
  virtual void end() = 0;
  virtual void abort() = 0;  // closes in the middle, so that the client sees a cut answer
  // Runs `callback` once, on a door thread, if the client leaves before the answer is complete.
  virtual void on_gone(std::function<void()> callback) = 0;
  // Back-pressure: what write() has taken and the client has not. when_drained() runs `callback` once, on a door
  // thread, when all of it has left or the client is gone. Whoever streams more than a little waits for that.
  virtual size_t unsent_bytes() const { return 0; }
  virtual void when_drained(std::function<void()> callback) { callback(); }
  virtual std::shared_ptr<RawConnection> take_over() = 0;
};

using ExchangeHandler = std::function<void(std::shared_ptr<Exchange>)>;

}  // namespace stator
