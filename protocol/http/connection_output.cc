// How answers leave a connection: straight from the round's batch where the socket takes them, from a queue where not.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "protocol/http/connection.h"
#include "protocol/http/exchange.h"

namespace stator::http {
namespace {

constexpr int64_t kLingerMs = 2000;
constexpr size_t kEntries = 64;
constexpr int64_t kThrottleTickMs = 50;

}  // namespace

void Connection::send_batch(InlineReply* replies, size_t count, std::string_view heads, const size_t* head_ends) {
  pending_inline_ = 0;
  if (closed()) return;
  if (!replies[count - 1].keep_alive) close_when_sent_ = last_request_ = true;
  for (size_t i = 0; i < count; ++i) {
    if (!replies[i].reply.drop_connection) continue;
    drop_ = last_request_ = true;
    count = i;
    break;
  }
  bool throttled = false;
  for (size_t i = 0; i < count; ++i) {
    const WireReply& reply = replies[i].reply;
    throttled = throttled || reply.body_bytes_per_second > 0 || reply.delay_ms > 0;
    if (reply.delay_ms > 0) hold_until_ = std::max(hold_until_, loop_.now() + int64_t{reply.delay_ms});
  }
  size_t done = 0;
  if (!tls_ && !throttled) done = send_straight(replies, count, heads, head_ends);
  if (closed()) return;
  queue_rest(replies, done, count, heads, head_ends);
  if (output_.empty())
    drained();
  else if (hold_until_ > 0)
    set_deadline(hold_until_);
  else
    flush();
}

size_t Connection::send_straight(InlineReply* replies, size_t count, std::string_view heads, const size_t* head_ends) {
  size_t first = 0;  // of the heads' bytes
  size_t i = 0;
  while (i < count && output_.empty()) {
    iovec entries[kEntries];
    size_t used = 0;
    size_t end = i;
    size_t head_at = first;
    for (; end < count && used + 2 <= kEntries; ++end) {
      entries[used++] = {const_cast<char*>(heads.data()) + head_at, head_ends[end] - head_at};
      head_at = head_ends[end];
      std::string& body = replies[end].reply.body;
      if (!body.empty()) entries[used++] = {body.data(), body.size()};
    }
    msghdr message{};
    message.msg_iov = entries;
    message.msg_iovlen = used;
    ssize_t written = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        close_now();
        return i;
      }
      written = 0;
    }
    auto left = static_cast<size_t>(written);
    for (; i < end; ++i) {
      size_t head_size = head_ends[i] - first;
      size_t skip = std::min(left, head_size);
      left -= skip;
      if (skip < head_size) push(std::string(heads.substr(first + skip, head_size - skip)));
      first = head_ends[i];
      std::string& body = replies[i].reply.body;
      skip = std::min(left, body.size());
      left -= skip;
      if (skip < body.size()) output_.push(std::move(body), skip);
    }
  }
  return i;
}

void Connection::queue_rest(InlineReply* replies, size_t done, size_t count, std::string_view heads,
                            const size_t* head_ends) {
  size_t first = done == 0 ? 0 : head_ends[done - 1];  // of the heads' bytes
  for (size_t i = done; i < count; ++i) {
    std::string piece(heads.substr(first, head_ends[i] - first));
    first = head_ends[i];
    std::string& body = replies[i].reply.body;
    throttle_ = std::max(throttle_, replies[i].reply.body_bytes_per_second);
    constexpr size_t kWorthJoining = 16 * 1024;  // one TLS record
    if (body.size() <= kWorthJoining && throttle_ == 0) {
      piece += body;
      push(std::move(piece));
    } else {
      push(std::move(piece));
      push(std::move(body));
    }
  }
}

void Connection::flush() {
  while (!output_.empty()) {
    iovec entries[kEntries];
    size_t limit = static_cast<size_t>(-1);
    if (throttle_ > 0) limit = std::max<size_t>(1, throttle_ * static_cast<size_t>(kThrottleTickMs) / 1000);
    size_t used = output_.gather(entries, tls_ ? 1 : kEntries, limit);
    ssize_t written;
    if (tls_) {
      written = tls_->write(static_cast<const char*>(entries[0].iov_base), entries[0].iov_len);
    } else {
      msghdr message{};
      message.msg_iov = entries;
      message.msg_iovlen = used;
      written = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
      if (written < 0) written = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? kWouldBlock : kBroken;
    }
    if (written == kBroken) return close_now();
    if (written == kWouldBlock) {
      // Only progress moves the deadline: a sender that goes on writing to a client that does not read is no reason to
      // wait.
      int64_t patience = throttle_ > 0 ? kThrottleTickMs : loop_.door().options.send_timeout.count();
      if (!std::exchange(stalled_, true)) set_deadline(loop_.now() + patience);
      return;
    }
    stalled_ = false;
    output_.sent(static_cast<size_t>(written), [this](std::string&& piece) { loop_.recycle(std::move(piece)); });
    sent(static_cast<size_t>(written));
    if (throttle_ > 0 && !output_.empty())
      return set_deadline(loop_.now() + std::max<int64_t>(kThrottleTickMs, 1000 / static_cast<int64_t>(throttle_)));
  }
  drained();
}

// Tells the stream's sender how much has left. Framing counts a little too much on the way, and nothing at the end.
void Connection::sent(size_t count) {
  if (!callbacks_ || !link_ || callbacks_->payload == 0) return;
  size_t payload = output_.empty() ? callbacks_->payload : std::min(count, callbacks_->payload);
  callbacks_->payload -= payload;
  link_->unsent -= payload;
}

void Connection::run_drained_callbacks() {
  if (!callbacks_ || callbacks_->drained.empty()) return;
  auto self = shared_from_this();
  std::vector<std::function<void()>> drained;
  drained.swap(callbacks_->drained);
  for (auto& callback : drained) callback();
}

// Everything has left.
void Connection::drained() {
  throttle_ = 0;
  stalled_ = false;
  if (drop_) return close_now();
  run_drained_callbacks();
  if (stage_ == Stage::kReading && link_) {
    link_.reset();
    callbacks_.reset();
  }
  if (close_when_sent_) return linger();
  if (stage_ != Stage::kReading) return set_deadline(INT64_MAX);
  if (request_began_ == 0)
    set_deadline_idle();
  else
    set_deadline(request_began_ + loop_.door().options.request_timeout.count());
  if (loop_.stopping() && idle()) return close_now();
  if (!input_.empty() || readable_) loop_.resume_later(*this);
}

void Connection::linger() {
  if (peer_finished_ && !readable_) return close_now();
  if (tls_) tls_->say_goodbye();
  ::shutdown(descriptor_, SHUT_WR);
  stage_ = Stage::kLingering;
  close_when_sent_ = false;
  input_.release();
  if (link_) link_->gone = true;
  link_.reset();
  set_deadline(loop_.now() + (loop_.stopping() ? 50 : kLingerMs));
  if (readable_) loop_.resume_later(*this);
  // Whoever took the connection over is told now; what the client still sends goes nowhere.
  if (auto callbacks = std::move(callbacks_); callbacks && callbacks->closed) callbacks->closed();
}

}  // namespace stator::http
