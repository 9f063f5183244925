#include "protocol/http/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "protocol/http/exchange.h"
#include "protocol/http/origin_rules.h"
#include "protocol/http/reply_head.h"

namespace stator::http {
namespace {

constexpr int kReadsPerTurn = 16;           // then others get theirs
constexpr uint32_t kPipelinedPerTurn = 64;  // requests of one connection in one batch
constexpr size_t kSlowestBody = 16 * 1024;  // bytes a second that keep a body's deadline moving

}  // namespace

Connection::Connection(EventLoop& loop, int descriptor, std::string remote_address, std::unique_ptr<TlsSession> tls)
    : loop_(loop),
      descriptor_(descriptor),
      undecided_(!tls && loop.door().tls != nullptr),
      remote_address_(std::move(remote_address)),
      tls_(std::move(tls)) {}

Connection::~Connection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Connection::start() {
  set_deadline_idle();
}

void Connection::set_deadline(int64_t when) {
  deadline_ = when;
  loop_.wake_by(when);
}

void Connection::set_deadline_idle() {
  set_deadline(loop_.now() + loop_.door().options.idle_timeout.count());
}

// --- events
// ------------------------------------------------------------------------------------------------------------

void Connection::on_events(uint32_t events) {
  if (closed()) return;
  if (events & (EPOLLERR | EPOLLHUP)) return close_now();
  if (events & EPOLLRDHUP) {
    peer_finished_ = true;
    // A client that has shut its side and leaves an answer open has most often gone; someone who asked to know is told.
    if ((stage_ == Stage::kExchange || stage_ == Stage::kStreaming) && callbacks_ && callbacks_->gone)
      return close_now();
  }
  if (events & (EPOLLIN | EPOLLRDHUP)) readable_ = true;
  if (events & EPOLLOUT) {
    if (tls_) readable_ = true;  // a handshake may have waited to write
    if (!output_.empty() && throttle_ == 0 && hold_until_ == 0) flush();
  }
  if (readable_ && !closed()) read_input();
}

void Connection::resume() {
  queued_to_resume = false;
  if (closed()) return;
  if (!input_.empty()) use_buffer();
  if (readable_ && !closed()) read_input();
}

void Connection::on_deadline() {
  int64_t now = loop_.now();
  deadline_ = INT64_MAX;
  if (hold_until_ > 0 && !output_.empty()) {
    if (now < hold_until_) return set_deadline(hold_until_);
    hold_until_ = 0;
    return flush();
  }
  if (throttle_ > 0 && !output_.empty()) return flush();
  if (stage_ == Stage::kLingering || !output_.empty()) return close_now();
  if (stage_ != Stage::kReading) return;
  if (request_began_ == 0) return close_now();  // idle
  int64_t allowed = request_began_ + loop_.door().options.request_timeout.count() +
                    static_cast<int64_t>(received_ / kSlowestBody) * 1000;
  if (now < allowed) return set_deadline(allowed);
  refuse(408, "the request did not arrive in time");
}

void Connection::on_stop(int64_t force_at) {
  if (closed()) return;
  switch (stage_) {
    case Stage::kReading:
      // A request that has not arrived whole is not under way.
      if (pending_inline_ == 0 && output_.empty()) return close_now();
      close_when_sent_ = last_request_ = true;
      break;
    case Stage::kExchange:
    case Stage::kStreaming:
      keep_alive_ = false;
      break;
    case Stage::kRaw:
      close_when_sent_ = true;
      if (output_.empty()) return close_now();
      break;
    case Stage::kLingering:
      set_deadline(std::min(loop_.now() + 50, force_at));
      break;
    case Stage::kClosed:
      break;
  }
}

void Connection::close_now() {
  if (closed()) return;
  auto self = shared_from_this();
  stage_ = Stage::kClosed;
  if (tls_) tls_->say_goodbye();
  ::close(descriptor_);
  descriptor_ = -1;
  tls_.reset();
  chunks_.reset();
  input_.release();
  output_.clear();
  if (link_) link_->gone = true;
  link_.reset();
  loop_.forget(*this);
  if (auto callbacks = std::move(callbacks_)) {
    if (callbacks->gone) callbacks->gone();
    for (auto& drained : callbacks->drained) drained();
    if (callbacks->closed) callbacks->closed();
  }
}

// --- input
// -------------------------------------------------------------------------------------------------------------

bool Connection::wants_input() const {
  switch (stage_) {
    case Stage::kReading:
      return output_.empty() && !last_request_ && !loop_.batch_full() && pending_inline_ < kPipelinedPerTurn;
    case Stage::kRaw:
      return raw_started_ && !close_when_sent_;
    case Stage::kLingering:
      return true;
    default:
      return false;
  }
}

// A port that speaks both: the first byte tells.
ssize_t Connection::decide() {
  constexpr char kHandshake = 0x16;
  char first = 0;
  const ssize_t got = ::recv(descriptor_, &first, 1, MSG_PEEK);
  if (got == 0) return 0;
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? kWouldBlock : kBroken;
  undecided_ = false;
  if (first == kHandshake && !(tls_ = loop_.door().tls->accept(descriptor_))) return kBroken;
  return 1;
}

ssize_t Connection::receive(char* into, size_t size) {
  if (undecided_)
    if (const ssize_t ready = decide(); ready <= 0) return ready;
  if (tls_) return tls_->read(into, size);
  ssize_t got = ::recv(descriptor_, into, size, 0);
  if (got >= 0) return got;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? kWouldBlock : kBroken;
}

void Connection::read_input() {
  for (int turn = 0; readable_ && wants_input(); ++turn) {
    if (turn == kReadsPerTurn) return loop_.resume_later(*this);
    // Whole requests are used where they were read; only what is incomplete moves into a buffer of the connection's
    // own.
    bool buffered = stage_ == Stage::kReading && !input_.empty();
    char* into = loop_.scratch();
    size_t room = EventLoop::kScratch;
    if (buffered) {
      // The room that the request is known to need; for others, twice what is there.
      input_.reserve(std::max({needed_, input_.size() + 4096, input_.room() ? size_t{0} : input_.size() * 2}));
      into = input_.tail();
      room = input_.room();
    }
    ssize_t got = receive(into, room);
    if (got == kWouldBlock) {
      readable_ = false;
      return;
    }
    if (got == kBroken) return close_now();
    if (got == 0) {
      readable_ = false;
      peer_finished_ = true;
      if (stage_ != Stage::kReading) return close_now();
      if (pending_inline_ == 0) return close_now();
      last_request_ = close_when_sent_ = true;
      return;
    }
    auto size = static_cast<size_t>(got);
    // Edge-triggered: less than asked for means that there is no more, until the next event (epoll(7)).
    if (size < room && !tls_ && !peer_finished_) readable_ = false;
    received_ += size;
    if (stage_ == Stage::kLingering) continue;
    if (stage_ == Stage::kRaw) {
      if (callbacks_ && callbacks_->bytes) callbacks_->bytes({into, size});
    } else if (buffered) {
      input_.grown(size);
      use_buffer();
    } else {
      use_scratch(size);
    }
    if (closed()) return;
  }
  if (readable_ && stage_ == Stage::kReading && loop_.batch_full()) loop_.resume_later(*this);
}

void Connection::use_scratch(size_t size) {
  size_t used = consume(loop_.scratch(), size, false);
  if (closed() || last_request_ || used == size) return;
  input_.append(loop_.scratch() + used, size - used);
  if (chunks_) use_buffer();
  await_more();
}

void Connection::use_buffer() {
  if (stage_ == Stage::kRaw) {
    if (!raw_started_ || input_.empty()) return;
    size_t begin = 0;
    size_t size = input_.size();
    auto block = input_.give(begin);
    if (callbacks_ && callbacks_->bytes) callbacks_->bytes({block.get() + begin, size});
    return;
  }
  while (!closed() && stage_ == Stage::kReading && !input_.empty()) {
    if (chunks_) {
      feed_chunks();
      if (chunks_) break;
      continue;
    }
    size_t used = consume(input_.begin(), input_.size(), true);
    use_up(used);
    if (!chunks_) break;
  }
  if (last_request_ && stage_ == Stage::kReading) input_.release();
  if (closed()) return;
  await_more();
  if (!input_.empty() && stage_ == Stage::kReading && loop_.batch_full()) loop_.resume_later(*this);
}

// A request is under way and not complete: its sender is given a time.
void Connection::await_more() {
  if (stage_ != Stage::kReading || input_.empty() || request_began_ != 0 || last_request_) return;
  request_began_ = loop_.now();
  received_ = 0;
  set_deadline(request_began_ + loop_.door().options.request_timeout.count());
}

// Uses as many whole requests as `data` holds and may be used now; returns how many bytes they were.
size_t Connection::consume(char* data, size_t size, bool buffered) {
  size_t at = 0;
  RequestHead& head = loop_.head();
  while (at < size && wants_input() && size - at >= needed_) {
    std::string_view bytes(data + at, size - at);
    if (buffered && at == 0 && needed_ == 0 && scanned_ > 0) {
      // The head came in pieces: no second look before another line of it is there.
      bool more_lines = bytes.substr(scanned_).find('\n') != std::string_view::npos;
      scanned_ = bytes.size();
      if (!more_lines && bytes.size() <= kMaxRequestLine) break;
    }
    ParseState state = parse_head(bytes, head, loop_.request().headers);
    if (state == ParseState::kIncomplete) {
      scanned_ = bytes.size();
      break;
    }
    if (state == ParseState::kBad) {
      refuse(head.bad_status, head.bad_reason);
      return size;
    }
    const HttpServerOptions& options = loop_.door().options;
    size_t limit = head.dynamodb ? options.max_body : options.max_exchange_body;
    if (head.content_length > limit) {
      refuse(413, {});
      return size;
    }
    if (head.chunked) {
      chunks_ = std::make_unique<ChunkedDecoder>(head.size, limit);
      if (head.expect_continue && !continue_sent_ && bytes.size() == head.size) {
        continue_sent_ = true;
        push("HTTP/1.1 100 Continue\r\n\r\n");
        flush();
      }
      break;
    }
    size_t whole = head.size + static_cast<size_t>(head.content_length);
    if (whole > size - at) {
      needed_ = whole;
      if (head.expect_continue && !continue_sent_ && bytes.size() == head.size) {
        continue_sent_ = true;
        push("HTTP/1.1 100 Continue\r\n\r\n");
        flush();
      }
      break;
    }
    if (!head.dynamodb && pending_inline_ > 0) {
      loop_.resume_later(*this);  // its answer must come behind theirs
      break;
    }
    loop_.request().trailers.clear();
    dispatch(data + at + head.size, static_cast<size_t>(head.content_length), data + at, whole);
    at += whole;
  }
  return at;
}

void Connection::feed_chunks() {
  char* base = input_.begin();
  switch (chunks_->feed(base, input_.size())) {
    case ChunkedDecoder::State::kMore:
      input_.set_size(chunks_->compact(base, input_.size()));
      return;
    case ChunkedDecoder::State::kBad:
      chunks_.reset();
      return refuse(400, "a malformed chunked body");
    case ChunkedDecoder::State::kTooLarge:
      chunks_.reset();
      return refuse(413, {});
    case ChunkedDecoder::State::kDone:
      break;
  }
  RequestHead& head = loop_.head();
  WireRequest& request = loop_.request();
  parse_head({base, input_.size()}, head, request.headers);
  if (!head.dynamodb && pending_inline_ > 0) return loop_.resume_later(*this);
  std::unique_ptr<ChunkedDecoder> chunks = std::move(chunks_);
  std::string_view trailers(base + chunks->trailers_begin(), chunks->trailers_end() - chunks->trailers_begin());
  if (!parse_trailers(trailers, request.trailers)) return refuse(400, "malformed trailers");
  size_t used = chunks->raw();
  dispatch(base + head.size, chunks->decoded_end() - head.size, base, used);
  use_up(used);
}

// The first `count` bytes are done with, unless an exchange has taken the block or the connection has let go of it.
void Connection::use_up(size_t count) {
  if (!std::exchange(block_taken_, false) && count > 0 && !input_.empty()) input_.consume(count);
}

void Connection::dispatch(char* body, size_t body_size, char* request_begin, size_t request_size) {
  RequestHead& head = loop_.head();
  WireRequest& request = loop_.request();
  needed_ = scanned_ = 0;
  request_began_ = 0;
  continue_sent_ = false;
  if (!head.keep_alive) last_request_ = true;
  request.method = head.method;
  request.target = head.target;
  request.remote_address = remote_address_;
  request.tls = tls_ != nullptr;
  if (head.dynamodb)
    handle_inline(body, body_size);
  else
    open_exchange(body, body_size, request_begin, request_size);
}

void Connection::handle_inline(char* body, size_t body_size) {
  RequestHead& head = loop_.head();
  WireRequest& request = loop_.request();
  const HttpServerOptions& options = loop_.door().options;
  InlineReply& entry = loop_.add_reply(*this);
  ++pending_inline_;
  entry.keep_alive = head.keep_alive && !loop_.stopping();
  entry.gzip = head.accepts_gzip;
  if (std::string_view why = refusal(head.host, head.origin, options); !why.empty()) {
    entry.from_handler = false;
    entry.reply.status = 403;
    entry.reply.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    entry.reply.body.append(why).append("\n");
    return;
  }
  request.body = {body, body_size};
  // Behind the body the next request may already stand: its first byte is lent for the NUL.
  char lent = body[body_size];
  body[body_size] = '\0';
  if (head.gzip_body) {
    switch (loop_.gzip().inflate({body, body_size}, options.max_body, loop_.inflated())) {
      case Gzip::Inflated::kDone:
        request.body = {loop_.inflated().data(), loop_.inflated().size()};
        break;
      case Gzip::Inflated::kMalformed:
        break;  // then it is no JSON either, and that is what the service says
      case Gzip::Inflated::kTooLarge:
        body[body_size] = lent;
        entry.from_handler = false;
        entry.reply.status = 413;
        return;
    }
  }
  loop_.door().inline_handler->handle(request, entry.reply);
  body[body_size] = lent;
  if (!head.origin.empty()) allow_reading(entry.reply);
  loop_.count_reply(entry);
}

void Connection::open_exchange(char* body, size_t body_size, char* request_begin, size_t request_size) {
  RequestHead& head = loop_.head();
  WireRequest request = loop_.request();
  stage_ = Stage::kExchange;
  keep_alive_ = head.keep_alive;
  http10_ = head.http10;
  head_only_ = head.method == "HEAD";
  set_deadline(INT64_MAX);
  link_ = std::make_shared<ExchangeLink>();
  link_->mailbox = loop_.mailbox();
  link_->connection = weak_from_this();

  // The request leaves with its bytes: a large one that has the buffer to itself takes that, others are copied.
  std::unique_ptr<char[]> storage;
  std::ptrdiff_t shift = 0;
  constexpr size_t kWorthTaking = 32 * 1024;
  if (request_begin == input_.begin() && request_size >= kWorthTaking && !input_.empty()) {
    size_t rest = input_.size() - request_size;
    InputBuffer next;
    if (rest > 0) next.append(request_begin + request_size, rest);
    size_t begin = 0;
    storage = input_.give(begin);
    input_ = std::move(next);
    block_taken_ = true;
  } else {
    storage.reset(new char[request_size + 1]);
    std::copy_n(request_begin, request_size, storage.get());
    shift = storage.get() - request_begin;
    auto moved = [shift](std::string_view& view) { view = {view.data() + shift, view.size()}; };
    moved(request.method);
    moved(request.target);
    for (WireHeader& header : request.headers) moved(header.name), moved(header.value);
    for (WireHeader& trailer : request.trailers) moved(trailer.name), moved(trailer.value);
  }
  request.body = {body + shift, body_size};
  // A chunked body is followed by its framing and any other by the storage's spare byte, so nothing is overwritten.
  request.body.data()[body_size] = '\0';
  try {
    loop_.door().exchange_handler(make_exchange(link_, std::move(request), std::move(storage), remote_address_));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "A handler let an exception out: %s\n",
                 error.what());  // its exchange is dropped: the client sees a close
  }
}

// Answers for the door itself and closes: what follows on this connection cannot be trusted to be a request.
void Connection::refuse(int status, std::string_view reason) {
  InlineReply& entry = loop_.add_reply(*this);
  ++pending_inline_;
  entry.from_handler = false;
  entry.keep_alive = false;
  entry.reply.status = status;
  if (!reason.empty()) {
    entry.reply.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    entry.reply.body.append(status_text(status)).append(": ").append(reason).append("\n");
  }
  last_request_ = true;
  needed_ = scanned_ = 0;
  request_began_ = 0;
  input_.release();
}

}  // namespace stator::http
