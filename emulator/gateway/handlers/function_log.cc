#include "emulator/gateway/handlers/function_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace stator::gateway {

bool LogBudget::take(size_t bytes, std::chrono::steady_clock::time_point now) {
  if (last_ == std::chrono::steady_clock::time_point{}) last_ = now;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_).count();
  if (passed > 0) {
    left_ = std::min(kBurstBytes, left_ + passed * kBytesPerSecond / 1000);
    last_ = now;
  }
  const auto wanted = static_cast<int64_t>(bytes);
  // Once dropping, stay at it until a quarter of a second's worth is there: not one line in a thousand.
  if (left_ < wanted || (dropping() && left_ < kBytesPerSecond / 4)) {
    ++dropped_.lines;
    dropped_.bytes += bytes;
    return false;
  }
  left_ -= wanted;
  return true;
}

LogBudget::Dropped LogBudget::take_dropped() {
  return std::exchange(dropped_, {});
}

struct LogPipe::Shared : std::enable_shared_from_this<LogPipe::Shared> {
  Shared(boost::asio::io_context& loop, LogBudget& log_budget, OnLine callback)
      : pipe(loop), budget(log_budget), on_line(std::move(callback)) {}

  void wait() {
    pipe.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (!error && self->on_line && self->read_some()) self->wait();
                    });
  }

  // One read at a time, so that a flood cannot hold the loop. False: nothing more will come.
  bool read_some() {
    const ssize_t got = ::read(pipe.native_handle(), buffer.data(), buffer.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) {
      ended = true;
      finish();
      return false;
    }
    take({buffer.data(), static_cast<size_t>(got)});
    return true;
  }

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (line.size() < kMaxLogLine) line += piece.substr(0, kMaxLogLine - line.size());
      length += piece.size();
      if (end == std::string_view::npos) return;
      show();
      bytes.remove_prefix(end + 1);
    }
  }

  void show() {
    if (length > line.size()) line += " [stator: cut, the line has " + std::to_string(length) + " bytes]";
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const bool was_dropping = budget.dropping();
    if (budget.take(line.size() + 1, std::chrono::steady_clock::now())) {
      say_dropped();
      on_line(line);
    } else if (!was_dropping) {
      on_line("[stator: too much output, what follows is dropped]");
    }
    line.clear();
    length = 0;
  }

  void say_dropped() {
    if (!budget.dropping()) return;
    const LogBudget::Dropped dropped = budget.take_dropped();
    on_line("[stator: " + std::to_string(dropped.lines) + " lines (" + std::to_string(dropped.bytes) +
            " bytes) of output were dropped]");
  }

  void finish() {
    if (!on_line) return;
    if (length > 0) show();
    say_dropped();
  }

  boost::asio::posix::stream_descriptor pipe;
  LogBudget& budget;
  OnLine on_line;  // empty once the owner is gone
  std::array<char, 65536> buffer;
  std::string line;
  size_t length = 0;  // of the line, with what was cut from it
  bool ended = false;
};

LogPipe::LogPipe(boost::asio::io_context& loop, UniqueFd fd, LogBudget& budget, OnLine on_line)
    : shared_(std::make_shared<Shared>(loop, budget, std::move(on_line))) {
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  shared_->pipe.assign(fd.release());
  shared_->wait();
}

LogPipe::~LogPipe() {
  shared_->on_line = nullptr;
  boost::system::error_code ignored;
  shared_->pipe.close(ignored);
}

void LogPipe::drain() {
  // A pipe holds at most 1 MB unless root enlarged it: a writer that never stops must not keep us here.
  for (int i = 0; i < 16 && !shared_->ended; ++i) {
    const ssize_t got = ::read(shared_->pipe.native_handle(), shared_->buffer.data(), shared_->buffer.size());
    if (got <= 0) return;  // an end is left to the read under way
    shared_->take({shared_->buffer.data(), static_cast<size_t>(got)});
    if (static_cast<size_t>(got) < shared_->buffer.size()) return;
  }
}

void LogPipe::finish() {
  drain();
  shared_->finish();
}

}  // namespace stator::gateway
