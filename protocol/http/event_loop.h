// One I/O thread: an epoll, the connections dealt to it, and the batch of DynamoDB requests that its present round has
// handled and not yet settled. Everything here belongs to that thread, except post() and connection_count().
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/http/gzip.h"
#include "protocol/http/http_server.h"
#include "protocol/http/mailbox.h"
#include "protocol/http/request_parser.h"
#include "protocol/http/tls.h"
#include "protocol/wire_message.h"

namespace stator::http {

class Connection;

// What the loops of one server have in common.
struct Door {
  HttpServerOptions options;
  InlineHandler* inline_handler = nullptr;
  ExchangeHandler exchange_handler;
  std::unique_ptr<TlsContext> tls;
  std::vector<int> listeners;
};

// One handled request of the batch, waiting for settle().
struct InlineReply {
  Connection* connection = nullptr;
  WireReply reply;
  bool from_handler = true;  // false: the door's own answer, which a failed commit does not touch
  bool keep_alive = true;
  bool gzip = false;
};

class EventLoop {
 public:
  explicit EventLoop(Door& door);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Everyone that new connections may be dealt to, this loop among them. Before run().
  void set_peers(std::vector<EventLoop*> peers) { peers_ = std::move(peers); }
  void run();
  void stop(std::chrono::milliseconds deadline);  // any thread: run() returns when all is closed
  size_t connection_count() const { return connection_count_.load(std::memory_order_relaxed); }

  // For its connections.
  Door& door() { return door_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  int64_t now() const { return now_; }  // steady milliseconds, as of this round
  bool stopping() const { return stopping_; }
  std::string_view date();
  void wake_by(int64_t when) { next_deadline_ = std::min(next_deadline_, when); }
  void resume_later(Connection& connection);
  void forget(Connection& connection);

  static constexpr size_t kScratch = 64 * 1024;
  char* scratch() { return scratch_.get(); }  // kScratch bytes and one more
  WireRequest& request() { return request_; }
  RequestHead& head() { return head_; }
  Gzip& gzip() { return gzip_; }
  std::string& inflated() { return inflated_; }

  InlineReply& add_reply(Connection& connection);
  // A large body that has been sent: its memory serves the next one, for as long as large ones are asked for.
  void recycle(std::string&& body);
  void count_reply(const InlineReply& entry) { batch_bytes_ += entry.reply.body.size(); }
  // A round's answers are settled early when they grow large, so that a batch of 1 MB pages stays small.
  bool batch_full() const { return batch_size_ >= kBatch || batch_bytes_ >= kBatchBytes; }

 private:
  static constexpr size_t kBatch = 256;
  static constexpr size_t kBatchBytes = 1024 * 1024;
  static constexpr size_t kSmallBody = 64 * 1024;        // memory up to here is kept for ever
  static constexpr size_t kKeptBytes = 4 * 1024 * 1024;  // above it, so much for a second

  void watch(int descriptor, void* data, uint32_t events);
  void accept_from(int listener);
  void adopt(int descriptor, std::string remote_address);
  void make_room_for_descriptors();
  void settle_batch();
  void run_tasks();
  void check_deadlines();
  void begin_stop(int64_t force_at);
  int64_t clock() const;

  Door& door_;
  int epoll_;
  std::shared_ptr<Mailbox> mailbox_;
  std::vector<EventLoop*> peers_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::atomic<size_t> connection_count_{0};
  std::vector<std::shared_ptr<Connection>> graveyard_;  // closed in this round: events may still name them
  std::vector<std::shared_ptr<Connection>> resume_;
  std::vector<Mailbox::Task> tasks_;
  int64_t now_ = 0;
  int64_t next_deadline_ = INT64_MAX;
  int64_t force_at_ = INT64_MAX;
  int64_t release_at_ = INT64_MAX;
  bool stopping_ = false;

  std::unique_ptr<char[]> scratch_;
  WireRequest request_;
  RequestHead head_;
  Gzip gzip_;
  std::string inflated_;
  std::string compressed_;
  std::vector<InlineReply> batch_;
  size_t batch_size_ = 0;
  size_t batch_bytes_ = 0;
  std::vector<std::string> spare_bodies_;
  size_t spare_bytes_ = 0;
  std::string heads_;
  std::vector<size_t> head_ends_;
  int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace stator::http
