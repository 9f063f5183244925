#include "protocol/http/exchange.h"

#include <utility>

#include "protocol/http/connection.h"

namespace stator::http {
namespace {

// Leaves `work(connection, link)` for the loop, to be run if the connection is still there.
template <typename Work>
void on_connection(const std::shared_ptr<ExchangeLink>& link, Work work) {
  link->mailbox->post([link, work = std::move(work)]() mutable {
    if (auto connection = link->connection.lock()) work(*connection, *link);
  });
}

class DoorRawConnection final : public RawConnection {
 public:
  explicit DoorRawConnection(std::shared_ptr<ExchangeLink> link) : link_(std::move(link)) {}
  ~DoorRawConnection() override { close(); }

  void start(std::function<void(std::string_view)> on_bytes, std::function<void()> on_closed) override {
    link_->mailbox->post([link = link_, on_bytes = std::move(on_bytes), on_closed = std::move(on_closed)]() mutable {
      auto connection = link->connection.lock();
      if (connection && !link->gone)
        connection->raw_start(*link, std::move(on_bytes), std::move(on_closed));
      else if (on_closed)
        on_closed();
    });
  }
  void send(std::string bytes) override {
    if (closed_ || link_->gone) return;
    link_->unsent += bytes.size();
    on_connection(link_, [bytes = std::move(bytes)](Connection& connection, const ExchangeLink& link) mutable {
      connection.raw_send(link, std::move(bytes));
    });
  }
  void close() override {
    if (closed_.exchange(true)) return;
    on_connection(link_, [](Connection& connection, const ExchangeLink& link) { connection.raw_close(link); });
  }
  size_t unsent_bytes() const override { return link_->gone ? 0 : link_->unsent.load(); }

 private:
  std::shared_ptr<ExchangeLink> link_;
  std::atomic<bool> closed_{false};
};

class DoorExchange final : public Exchange {
 public:
  DoorExchange(std::shared_ptr<ExchangeLink> link, WireRequest request, std::unique_ptr<char[]> storage,
               std::string remote_address)
      : link_(std::move(link)),
        request_(std::move(request)),
        storage_(std::move(storage)),
        remote_address_(std::move(remote_address)) {
    request_.remote_address = remote_address_;
  }
  ~DoorExchange() override { abort(); }

  WireRequest& request() override { return request_; }

  void reply(WireReply reply) override {
    if (!advance(Stage::kOpen, Stage::kDone)) return;
    on_connection(link_, [reply = std::move(reply)](Connection& connection, const ExchangeLink& link) mutable {
      connection.exchange_reply(link, std::move(reply));
    });
  }
  void begin(WireReply head) override {
    if (!advance(Stage::kOpen, Stage::kStreaming)) return;
    on_connection(link_, [head = std::move(head)](Connection& connection, const ExchangeLink& link) mutable {
      connection.exchange_begin(link, std::move(head));
    });
  }
  bool write(std::string bytes) override {
    if (stage_ != Stage::kStreaming || link_->gone) return false;
    if (bytes.empty()) return true;
    link_->unsent += bytes.size();
    on_connection(link_, [bytes = std::move(bytes)](Connection& connection, const ExchangeLink& link) mutable {
      connection.exchange_write(link, std::move(bytes));
    });
    return true;
  }
  void end() override {
    if (!advance(Stage::kStreaming, Stage::kDone)) return;
    on_connection(link_, [](Connection& connection, const ExchangeLink& link) { connection.exchange_end(link); });
  }
  void abort() override {
    if (stage_.exchange(Stage::kDone) == Stage::kDone) return;
    on_connection(link_, [](Connection& connection, const ExchangeLink& link) { connection.exchange_abort(link); });
  }
  void on_gone(std::function<void()> callback) override {
    if (stage_ == Stage::kDone) return;
    link_->mailbox->post([link = link_, callback = std::move(callback)]() mutable {
      auto connection = link->connection.lock();
      if (connection && !link->gone)
        connection->exchange_on_gone(*link, std::move(callback));
      else if (link->gone)
        callback();
    });
  }
  size_t unsent_bytes() const override { return link_->gone ? 0 : link_->unsent.load(); }
  void when_drained(std::function<void()> callback) override {
    link_->mailbox->post([link = link_, callback = std::move(callback)]() mutable {
      auto connection = link->connection.lock();
      if (connection && !link->gone)
        connection->when_drained(*link, std::move(callback));
      else
        callback();
    });
  }
  std::shared_ptr<RawConnection> take_over() override {
    auto raw = std::make_shared<DoorRawConnection>(link_);
    if (advance(Stage::kOpen, Stage::kDone))
      on_connection(link_, [](Connection& connection, const ExchangeLink& link) { connection.take_over(link); });
    return raw;
  }

 private:
  enum class Stage { kOpen, kStreaming, kDone };

  bool advance(Stage from, Stage to) { return stage_.compare_exchange_strong(from, to); }

  std::shared_ptr<ExchangeLink> link_;
  WireRequest request_;
  std::unique_ptr<char[]> storage_;
  std::string remote_address_;
  std::atomic<Stage> stage_{Stage::kOpen};
};

}  // namespace

std::shared_ptr<Exchange> make_exchange(std::shared_ptr<ExchangeLink> link, WireRequest request,
                                        std::unique_ptr<char[]> storage, std::string remote_address) {
  return std::make_shared<DoorExchange>(std::move(link), std::move(request), std::move(storage),
                                        std::move(remote_address));
}

}  // namespace stator::http
