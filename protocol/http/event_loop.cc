#include "protocol/http/event_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "protocol/http/connection.h"
#include "protocol/http/crc32.h"
#include "protocol/http/reply_head.h"

namespace stator::http {
namespace {

constexpr int kEvents = 256;
constexpr int kAcceptsPerTurn = 64;

std::string numeric_address(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace

EventLoop::EventLoop(Door& door)
    : door_(door),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      mailbox_(std::make_shared<Mailbox>()),
      scratch_(new char[kScratch + 1]) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  watch(mailbox_->descriptor(), mailbox_.get(), EPOLLIN);
  // All loops look at all listeners; the kernel wakes one (EPOLLEXCLUSIVE), which deals the connection to the emptiest.
  for (int& listener : door_.listeners) watch(listener, &listener, EPOLLIN | EPOLLEXCLUSIVE);
}

EventLoop::~EventLoop() {
  ::close(epoll_);
}

void EventLoop::watch(int descriptor, void* data, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

int64_t EventLoop::clock() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void EventLoop::run() {
  // OpenSSL writes without MSG_NOSIGNAL; a signal for a broken pipe goes to the thread that wrote, and waits there for
  // ever.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  mailbox_->adopt_by_this_thread();
  now_ = clock();
  epoll_event events[kEvents];
  const int* listeners = door_.listeners.data();
  const int* listeners_end = listeners + door_.listeners.size();
  while (!(stopping_ && connections_.empty())) {
    int timeout = -1;
    if (!resume_.empty())
      timeout = 0;
    else if (int64_t next = std::min(next_deadline_, release_at_); next != INT64_MAX)
      timeout = static_cast<int>(std::clamp<int64_t>(next - clock(), 0, 3'600'000));
    int count = ::epoll_wait(epoll_, events, kEvents, timeout);
    now_ = clock();

    std::vector<std::shared_ptr<Connection>> resumed;
    resumed.swap(resume_);
    for (auto& connection : resumed) {
      connection->resume();
      if (batch_full()) settle_batch();
    }
    for (int i = 0; i < count; ++i) {
      void* data = events[i].data.ptr;
      if (data == mailbox_.get()) {
        mailbox_->acknowledge();
      } else if (data >= listeners && data < listeners_end) {
        accept_from(*static_cast<const int*>(data));
      } else {
        static_cast<Connection*>(data)->on_events(events[i].events);
        if (batch_full()) settle_batch();
      }
    }
    settle_batch();
    run_tasks();
    if (now_ >= next_deadline_ || now_ >= force_at_) check_deadlines();
    if (now_ >= release_at_) {
      // Quiet for a while: what large answers needed goes back.
      release_at_ = INT64_MAX;
      std::vector<InlineReply>().swap(batch_);
      std::vector<std::string>().swap(spare_bodies_);
      spare_bytes_ = 0;
      std::string().swap(inflated_);
      std::string().swap(compressed_);
      gzip_.release();
    }
    graveyard_.clear();
  }
  mailbox_->close();
  graveyard_.clear();
}

void EventLoop::run_tasks() {
  while (mailbox_->take(tasks_)) {
    for (auto& task : tasks_) task();
    tasks_.clear();
    settle_batch();  // a connection resumed by a task may have handled requests
  }
}

// --- connections
// -------------------------------------------------------------------------------------------------------

void EventLoop::accept_from(int listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EMFILE || errno == ENFILE) make_room_for_descriptors();
      if (errno == ECONNABORTED || errno == EINTR) continue;
      return;
    }
    int one = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    EventLoop* emptiest = this;
    for (EventLoop* peer : peers_)
      if (peer->connection_count() < emptiest->connection_count()) emptiest = peer;
    emptiest->connection_count_.fetch_add(1, std::memory_order_relaxed);
    if (emptiest == this) {
      adopt(descriptor, numeric_address(address));
    } else if (!emptiest->mailbox_->post([emptiest, descriptor, remote = numeric_address(address)] {
                 emptiest->adopt(descriptor, remote);
               })) {
      ::close(descriptor);
    }
  }
}

void EventLoop::adopt(int descriptor, std::string remote_address) {
  if (stopping_) {
    ::close(descriptor);
    connection_count_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  std::unique_ptr<TlsSession> tls;
  if (door_.tls && !door_.options.tls.beside_plain && !(tls = door_.tls->accept(descriptor))) {
    ::close(descriptor);  // out of memory; never plain text on a TLS port
    connection_count_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  auto connection = std::make_shared<Connection>(*this, descriptor, std::move(remote_address), std::move(tls));
  connection->index = connections_.size();
  connections_.push_back(connection);
  connection->start();
  watch(descriptor, connection.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

// Out of descriptors: the connection that has been idle longest makes room for the one that waits.
void EventLoop::make_room_for_descriptors() {
  Connection* oldest = nullptr;
  for (auto& connection : connections_)
    if (connection->idle() && (!oldest || connection->deadline() < oldest->deadline())) oldest = connection.get();
  if (oldest) oldest->close_now();
}

void EventLoop::forget(Connection& connection) {
  size_t index = connection.index;
  graveyard_.push_back(std::move(connections_[index]));
  if (index + 1 != connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
  connection_count_.fetch_sub(1, std::memory_order_relaxed);
}

void EventLoop::resume_later(Connection& connection) {
  if (connection.queued_to_resume) return;
  connection.queued_to_resume = true;
  resume_.push_back(connection.shared_from_this());
}

void EventLoop::check_deadlines() {
  next_deadline_ = INT64_MAX;
  bool force = now_ >= force_at_;
  // Backwards, because closing moves the last one into the gap.
  for (size_t i = connections_.size(); i-- > 0;) {
    std::shared_ptr<Connection> connection = connections_[i];
    if (force)
      connection->close_now();
    else if (connection->deadline() <= now_)
      connection->on_deadline();
    if (!connection->closed()) wake_by(connection->deadline());
  }
  if (stopping_ && !force) wake_by(force_at_);
  settle_batch();
}

void EventLoop::stop(std::chrono::milliseconds deadline) {
  mailbox_->post([this, deadline] { begin_stop(now_ + deadline.count()); });
}

void EventLoop::begin_stop(int64_t force_at) {
  if (!stopping_) {
    stopping_ = true;
    for (int listener : door_.listeners) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener, nullptr);
  }
  force_at_ = std::min(force_at_, force_at);
  for (size_t i = connections_.size(); i-- > 0;) {
    std::shared_ptr<Connection> connection = connections_[i];
    connection->on_stop(force_at_);
  }
  wake_by(force_at_);
}

// --- the batch
// ---------------------------------------------------------------------------------------------------------

InlineReply& EventLoop::add_reply(Connection& connection) {
  if (batch_size_ == batch_.size()) batch_.emplace_back();
  InlineReply& entry = batch_[batch_size_++];
  entry.connection = &connection;
  entry.reply.clear();
  if (!spare_bodies_.empty() && entry.reply.body.capacity() < kSmallBody) {
    entry.reply.body = std::move(spare_bodies_.back());
    spare_bodies_.pop_back();
    spare_bytes_ -= entry.reply.body.capacity();
  }
  entry.from_handler = true;
  entry.keep_alive = true;
  entry.gzip = false;
  return entry;
}

void EventLoop::recycle(std::string&& body) {
  if (body.capacity() <= kSmallBody || spare_bytes_ + body.capacity() > kKeptBytes) return;
  body.clear();
  spare_bytes_ += body.capacity();
  spare_bodies_.push_back(std::move(body));
  release_at_ = now_ + 1000;
}

std::string_view EventLoop::date() {
  if (!door_.options.wall_clock) return {};
  int64_t second = door_.options.wall_clock();
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  return date_;
}

// One settle() for all that this round has handled, then all its answers.
void EventLoop::settle_batch() {
  if (batch_size_ == 0) return;
  bool settled = door_.inline_handler->settle();
  std::string_view today = date();
  size_t kept = 0;
  for (size_t first = 0; first < batch_size_;) {
    Connection& connection = *batch_[first].connection;
    size_t end = first;
    heads_.clear();
    head_ends_.clear();
    for (; end < batch_size_ && batch_[end].connection == &connection; ++end) {
      InlineReply& entry = batch_[end];
      WireReply& reply = entry.reply;
      if (!settled && entry.from_handler) {
        reply.clear();
        door_.inline_handler->fail(reply);
      }
      bool last = end + 1 == batch_size_ || batch_[end + 1].connection != &connection;
      if (last && connection.ending()) entry.keep_alive = false;
      ReplyFraming framing;
      if (entry.gzip && !reply.body.empty()) {
        gzip_.deflate(reply.body, compressed_);
        reply.body.swap(compressed_);
        framing.gzip = true;
        release_at_ = now_ + 1000;
      }
      framing.content_length = reply.body.size();
      framing.keep_alive = entry.keep_alive;
      framing.date = today;
      if (entry.from_handler) framing.crc32 = crc32(reply.body);
      append_reply_head(reply, framing, heads_);
      head_ends_.push_back(heads_.size());
    }
    connection.send_batch(&batch_[first], end - first, heads_, head_ends_.data());
    for (; first < end; ++first) {
      batch_[first].connection = nullptr;
      std::string& body = batch_[first].reply.body;
      if (body.capacity() <= kSmallBody) continue;
      kept += body.capacity();
      if (kept > kKeptBytes)
        std::string().swap(body);
      else
        release_at_ = now_ + 1000;
    }
  }
  if (inflated_.capacity() > kSmallBody) release_at_ = now_ + 1000;
  batch_size_ = 0;
  batch_bytes_ = 0;
}

}  // namespace stator::http
