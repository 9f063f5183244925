// One client's connection: reads requests one after another, hands them on, and sends what comes back. Lives and is
// used on its loop's thread alone; Exchanges and RawConnections reach it by tasks that find it gone or not
// (exchange.h).
//
// Life: reading -> (inline: answered with the round's batch) or (exchange -> streaming) -> reading ...; or raw, once
// taken over; at the end lingering (our side shut, waiting for the client to leave, so that the answer is not lost to a
// reset), then closed. While an answer is unsent, or an Exchange is open, nothing further is read: that bounds memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/http/event_loop.h"
#include "protocol/http/input_buffer.h"
#include "protocol/http/output_queue.h"

namespace stator::http {

struct ExchangeLink;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(EventLoop& loop, int descriptor, std::string remote_address, std::unique_ptr<TlsSession> tls);
  ~Connection();

  int descriptor() const { return descriptor_; }
  bool closed() const { return stage_ == Stage::kClosed; }
  bool idle() const { return stage_ == Stage::kReading && input_.empty() && output_.empty() && pending_inline_ == 0; }
  int64_t deadline() const { return deadline_; }
  size_t index = 0;  // the loop's own bookkeeping
  bool queued_to_resume = false;

  void start();
  void on_events(uint32_t events);
  void resume();
  void on_deadline();
  void on_stop(int64_t force_at);
  void close_now();

  // The round's answers for this connection: heads[i] and replies[i].reply.body, in order. Bodies are taken only when
  // they do not leave at once.
  void send_batch(InlineReply* replies, size_t count, std::string_view heads, const size_t* head_ends);
  bool ending() const { return last_request_; }

  // For Exchange and RawConnection; `link` tells a late call from a present one.
  void exchange_reply(const ExchangeLink& link, WireReply reply);
  void exchange_begin(const ExchangeLink& link, WireReply head);
  void exchange_write(const ExchangeLink& link, std::string bytes);
  void exchange_end(const ExchangeLink& link);
  void exchange_abort(const ExchangeLink& link);
  void exchange_on_gone(const ExchangeLink& link, std::function<void()> callback);
  void when_drained(const ExchangeLink& link, std::function<void()> callback);
  void take_over(const ExchangeLink& link);
  void raw_start(const ExchangeLink& link, std::function<void(std::string_view)> on_bytes,
                 std::function<void()> on_closed);
  void raw_send(const ExchangeLink& link, std::string bytes);
  void raw_close(const ExchangeLink& link);

 private:
  enum class Stage : uint8_t { kReading, kExchange, kStreaming, kRaw, kLingering, kClosed };

  bool wants_input() const;
  void read_input();
  void use_scratch(size_t size);
  void use_buffer();
  size_t consume(char* data, size_t size, bool buffered);
  void feed_chunks();
  void use_up(size_t count);
  void dispatch(char* body, size_t body_size, char* request_begin, size_t request_size);
  void handle_inline(char* body, size_t body_size);
  void open_exchange(char* body, size_t body_size, char* request_begin, size_t request_size);
  void refuse(int status, std::string_view reason);
  void await_more();
  ssize_t receive(char* into, size_t size);
  ssize_t decide();

  // Of send_batch(): straight from where the answers stand, without a copy. How many of them are dealt with: what the
  // socket did not take of one is queued.
  size_t send_straight(InlineReply* replies, size_t count, std::string_view heads, const size_t* head_ends);
  void queue_rest(InlineReply* replies, size_t done, size_t count, std::string_view heads, const size_t* head_ends);
  void push(std::string bytes) { output_.push(std::move(bytes)); }
  void flush();
  void sent(size_t count);
  void drained();
  void finish_exchange();
  void linger();
  void set_deadline(int64_t when);
  void set_deadline_idle();
  bool is_current(const ExchangeLink& link) const { return link_.get() == &link; }
  void run_drained_callbacks();

  EventLoop& loop_;
  int descriptor_;
  Stage stage_ = Stage::kReading;
  bool readable_ = false;
  bool undecided_ = false;      // whether TLS or not
  bool peer_finished_ = false;  // the client has shut its side
  bool last_request_ = false;   // nothing behind the present request is looked at
  bool close_when_sent_ = false;
  bool drop_ = false;
  bool continue_sent_ = false;
  bool raw_started_ = false;
  bool block_taken_ = false;
  bool stalled_ = false;
  // Of the open exchange's request.
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_only_ = false;
  bool chunked_answer_ = false;
  uint32_t pending_inline_ = 0;
  int64_t hold_until_ = 0;  // 0: nothing is held back
  uint32_t throttle_ = 0;   // bytes a second, when a test ordered a slow answer
  int64_t deadline_ = INT64_MAX;
  int64_t request_began_ = 0;  // when the first byte of a request came that is not complete yet; 0: none
  size_t needed_ = 0;          // bytes of it before another look is worth while
  size_t scanned_ = 0;         // bytes of its head that were looked at in vain
  size_t received_ = 0;
  std::string remote_address_;
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<ChunkedDecoder> chunks_;
  InputBuffer input_;
  OutputQueue output_;
  std::shared_ptr<ExchangeLink> link_;
  // What only exchanges and raw connections need, so that other connections stay small.
  struct Callbacks {
    std::function<void()> gone;
    std::vector<std::function<void()>> drained;
    std::function<void(std::string_view)> bytes;
    std::function<void()> closed;
    size_t payload = 0;  // of the stream, taken in and not yet reported as sent
  };
  std::unique_ptr<Callbacks> callbacks_;
};

}  // namespace stator::http
