// What an Exchange or a RawConnection asks of its connection. Each call names its link; one that is no longer the
// connection's comes too late and does nothing.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "protocol/http/connection.h"
#include "protocol/http/exchange.h"
#include "protocol/http/reply_head.h"

namespace stator::http {
namespace {

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

void Connection::exchange_reply(const ExchangeLink& link, WireReply reply) {
  if (!is_current(link) || stage_ != Stage::kExchange) return;
  if (reply.drop_connection) return close_now();
  if (loop_.stopping()) keep_alive_ = false;
  bool bodyless = has_no_body(reply.status);
  ReplyFraming framing;
  framing.keep_alive = keep_alive_;
  framing.date = loop_.date();
  if (!bodyless) framing.content_length = reply.body.size();
  if (head_only_) {
    for (const auto& [name, value] : reply.headers)
      if (equal_ignoring_case(name, "content-length")) framing.keep_content_length_header = true;
    if (framing.keep_content_length_header) framing.content_length.reset();
  }
  std::string head;
  head.reserve(512);
  append_reply_head(reply, framing, head);
  push(std::move(head));
  if (!bodyless && !head_only_) {
    throttle_ = reply.body_bytes_per_second;
    push(std::move(reply.body));
  }
  finish_exchange();
}

void Connection::exchange_begin(const ExchangeLink& link, WireReply reply) {
  if (!is_current(link) || stage_ != Stage::kExchange) return;
  if (reply.drop_connection) return close_now();
  stage_ = Stage::kStreaming;
  bool bodyless = head_only_ || has_no_body(reply.status);
  head_only_ = bodyless;
  bool has_length = false;
  for (const auto& [name, value] : reply.headers)
    has_length = has_length || equal_ignoring_case(name, "content-length");
  chunked_answer_ = !has_length && !http10_ && !bodyless;
  if (loop_.stopping() || (!has_length && http10_ && !bodyless)) keep_alive_ = false;
  ReplyFraming framing;
  framing.keep_alive = keep_alive_;
  framing.chunked = chunked_answer_;
  framing.keep_content_length_header = true;
  framing.date = loop_.date();
  std::string head;
  append_reply_head(reply, framing, head);
  push(std::move(head));
  if (!reply.body.empty())
    exchange_write(link, std::move(reply.body));
  else
    flush();
}

void Connection::exchange_write(const ExchangeLink& link, std::string bytes) {
  if (!is_current(link) || stage_ != Stage::kStreaming || bytes.empty()) return;
  if (!callbacks_) callbacks_ = std::make_unique<Callbacks>();
  size_t counted = std::min(bytes.size(), link_->unsent.load());
  if (head_only_) {
    link_->unsent -= counted;
    return;
  }
  callbacks_->payload += counted;
  if (chunked_answer_) {
    char size[24];
    int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    constexpr size_t kWorthJoining = 4096;
    if (bytes.size() <= kWorthJoining) {
      bytes.insert(0, size, static_cast<size_t>(length));
      bytes += "\r\n";
      push(std::move(bytes));
    } else {
      push(std::string(size, static_cast<size_t>(length)));
      push(std::move(bytes));
      push("\r\n");
    }
  } else {
    push(std::move(bytes));
  }
  flush();
}

void Connection::exchange_end(const ExchangeLink& link) {
  if (!is_current(link) || stage_ != Stage::kStreaming) return;
  if (chunked_answer_) push("0\r\n\r\n");
  finish_exchange();
}

void Connection::exchange_abort(const ExchangeLink& link) {
  if (!is_current(link)) return;
  if (callbacks_) callbacks_->gone = nullptr;  // not the client's doing
  close_now();
}

// The answer is complete, though perhaps not sent.
void Connection::finish_exchange() {
  if (callbacks_) callbacks_->gone = nullptr;
  if (!keep_alive_ || peer_finished_) close_when_sent_ = last_request_ = true;
  stage_ = Stage::kReading;
  flush();
}

void Connection::exchange_on_gone(const ExchangeLink& link, std::function<void()> callback) {
  if (!is_current(link) || (stage_ != Stage::kExchange && stage_ != Stage::kStreaming)) return;
  if (!callbacks_) callbacks_ = std::make_unique<Callbacks>();
  callbacks_->gone = std::move(callback);
  if (peer_finished_) close_now();
}

void Connection::when_drained(const ExchangeLink& link, std::function<void()> callback) {
  if (!is_current(link) || output_.empty()) return callback();
  if (!callbacks_) callbacks_ = std::make_unique<Callbacks>();
  callbacks_->drained.push_back(std::move(callback));
}

// --- connections taken over
// ----------------------------------------------------------------------------------------------

void Connection::take_over(const ExchangeLink& link) {
  if (!is_current(link) || stage_ != Stage::kExchange) return;
  if (callbacks_) callbacks_->gone = nullptr;
  stage_ = Stage::kRaw;
  if (loop_.stopping()) close_now();
}

void Connection::raw_start(const ExchangeLink& link, std::function<void(std::string_view)> on_bytes,
                           std::function<void()> on_closed) {
  if (!is_current(link) || stage_ != Stage::kRaw || raw_started_) {
    if (on_closed) on_closed();
    return;
  }
  if (!callbacks_) callbacks_ = std::make_unique<Callbacks>();
  callbacks_->bytes = std::move(on_bytes);
  callbacks_->closed = std::move(on_closed);
  raw_started_ = true;
  auto self = shared_from_this();
  if (!input_.empty()) use_buffer();
  if (readable_ && !closed()) read_input();
}

void Connection::raw_send(const ExchangeLink& link, std::string bytes) {
  if (!is_current(link) || stage_ != Stage::kRaw || close_when_sent_ || bytes.empty()) return;
  if (!callbacks_) callbacks_ = std::make_unique<Callbacks>();
  callbacks_->payload += bytes.size();
  bool was_empty = output_.empty();
  push(std::move(bytes));
  if (was_empty) flush();
}

void Connection::raw_close(const ExchangeLink& link) {
  if (!is_current(link) || stage_ != Stage::kRaw) return;
  close_when_sent_ = true;
  if (output_.empty()) linger();
}

}  // namespace stator::http
