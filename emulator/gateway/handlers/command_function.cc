#include "emulator/gateway/handlers/command_function.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstring>
#include <utility>

#include "protocol/json/json_value.h"

namespace stator::gateway {

namespace asio = boost::asio;
using boost::system::error_code;

// One process, from its start to its answer. Over when the process has ended AND its stdout has: whichever is later.
class CommandFunction::Run : public std::enable_shared_from_this<CommandFunction::Run> {
 public:
  Run(std::shared_ptr<CommandFunction> owner, std::shared_ptr<InvocationState> state)
      : owner_(std::move(owner)),
        state_(std::move(state)),
        in_(owner_->services_.loop),
        out_(owner_->services_.loop),
        timer_(owner_->services_.loop) {}

  void start() {
    const FunctionConfig& config = owner_->config_;
    WorkerServices& services = owner_->services_;
    state_->handed = std::chrono::steady_clock::now();
    state_->result.cold_start = true;
    ProcessSpec spec;
    spec.argv = config.command;
    spec.folder = config.code_uri.empty() ? "/" : config.code_uri;
    spec.environment = child_environment(config, services.options.child, {}, services.runtime_folder, "stator/command");
    spec.environment.push_back("AWS_LAMBDA_REQUEST_ID=" + state_->call.request_id);
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) != 0) return fail_to_start(errno);
    spec.in.reset(in[0]);
    in_.assign(in[1]);
    if (pipe2(out, O_CLOEXEC) != 0) return fail_to_start(errno);
    out_.assign(out[0]);
    spec.out.reset(out[1]);
    if (pipe2(err, O_CLOEXEC) != 0) return fail_to_start(errno);
    spec.err.reset(err[1]);
    err_ = std::make_unique<LogPipe>(services.loop, UniqueFd(err[0]), budget_, [this](std::string_view line) {
      const auto& options = owner_->services_.options;
      if (options.log) options.log({owner_->config_.name, state_->call.request_id, line});
      if (!state_->call.log_tail || state_->answered) return;
      std::string& tail = state_->result.log_tail;
      tail.append(line) += '\n';
      if (tail.size() > 4096) tail.erase(0, tail.size() - 4096);
    });
    process_ = services.keeper.start(
        std::move(spec),
        [self = shared_from_this()](int error, pid_t) {
          if (error != 0) self->fail_to_start(error);
        },
        [self = shared_from_this()](int status) { self->on_exit(status); });
    timer_.expires_after(config.timeout);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->on_deadline();
    });
    // A program that does not read its stdin breaks the pipe: its answer still counts.
    asio::async_write(in_, asio::buffer(state_->call.payload), [self = shared_from_this()](const error_code&, size_t) {
      error_code ignored;
      self->in_.close(ignored);
    });
    read();
  }

  void stop() { end(FunctionFault::kCancelled, {}, "ServiceException", "the server is stopping"); }

 private:
  void read() {
    out_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code& error, size_t got) {
      if (self->over_) return;
      if (error) {
        self->out_ended_ = true;
        return self->maybe_done();
      }
      self->output_.append(self->buffer_.data(), got);
      if (self->output_.size() > kMaxBufferedResponse)
        return self->end(FunctionFault::kTooLarge, {}, "Function.ResponseSizeTooLarge",
                         "Response payload size exceeded maximum allowed payload size (" +
                             std::to_string(kMaxBufferedResponse) + " bytes).");
      self->read();
    });
  }

  void fail_to_start(int error) {
    process_ = 0;
    const auto& command = owner_->config_.command;
    end(FunctionFault::kInitFailed, {}, "Runtime.InvalidEntrypoint",
        "fork/exec " + (command.empty() ? std::string() : command[0]) + ": " + std::strerror(error));
  }

  void on_deadline() {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f", static_cast<double>(owner_->config_.timeout.count()) / 1000.0);
    end(FunctionFault::kTimeout, {}, "Sandbox.Timedout", std::string("Task timed out after ") + seconds + " seconds");
  }

  void on_exit(int status) {
    if (over_) return;
    process_ = 0;
    exited_ = true;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      return end(FunctionFault::kExited, {}, "Runtime.ExitError",
                 "Runtime exited with error: " + *describe_exit(status));
    maybe_done();
  }

  void maybe_done() {
    if (!exited_ || !out_ended_) return;
    Arena arena;
    const std::string_view text(output_);
    const JsonParse parsed = parse_json(text, arena);
    if (parsed.fault != JsonFault::kNone)
      return end(FunctionFault::kMalformed, {}, "Runtime.MalformedResponse",
                 "what it wrote to stdout is not JSON (at byte " + std::to_string(parsed.offset) + ")");
    end(FunctionFault::kNone, std::move(output_), {}, {});
  }

  void end(FunctionFault fault, std::string payload, std::string type, std::string text) {
    if (over_) return;
    over_ = true;
    const auto self = shared_from_this();
    timer_.cancel();
    if (err_) err_->finish();
    if (process_ != 0) {
      owner_->services_.keeper.signal(process_, SIGKILL);
      owner_->services_.keeper.forget(process_);
    }
    error_code ignored;
    in_.close(ignored);
    out_.close(ignored);
    if (fault != FunctionFault::kNone) payload = platform_error(type, state_->call.request_id, text);
    if (!text.empty()) text = "function " + owner_->config_.name + ": " + text;
    state_->answer(fault, std::move(payload), std::move(type), std::move(text));
    owner_->running_.erase(self);
    asio::post(owner_->services_.loop, [self] { self->owner_->pump(); });
  }

  std::shared_ptr<CommandFunction> owner_;
  std::shared_ptr<InvocationState> state_;
  ProcessId process_ = 0;
  asio::posix::stream_descriptor in_, out_;
  LogBudget budget_;
  std::unique_ptr<LogPipe> err_;
  asio::steady_timer timer_;
  std::array<char, 65536> buffer_;
  std::string output_;
  bool exited_ = false;
  bool out_ended_ = false;
  bool over_ = false;
};

CommandFunction::CommandFunction(WorkerServices& services, FunctionConfig config)
    : services_(services),
      config_(std::move(config)),
      limit_(static_cast<size_t>(
          std::max(1, config_.concurrency > 0 ? config_.concurrency : services.options.worker_limit))) {}

void CommandFunction::invoke(Invocation invocation) {
  asio::post(services_.loop,
             [self = shared_from_this(), call = std::move(invocation)]() mutable { self->enqueue(std::move(call)); });
}

void CommandFunction::enqueue(Invocation invocation) {
  auto state = std::make_shared<InvocationState>();
  state->call = std::move(invocation);
  state->asked = std::chrono::steady_clock::now();
  if (stopped_) return state->answer(FunctionFault::kCancelled, {}, "ServiceException", "the server is stopping");
  if (waiting_.size() >= services_.options.queue_limit)
    return state->answer(FunctionFault::kThrottled, {}, "TooManyRequestsException",
                         "function " + config_.name + ": too many invocations wait already");
  waiting_.push_back(std::move(state));
  pump();
}

void CommandFunction::pump() {
  while (!stopped_ && !waiting_.empty() && running_.size() < limit_) {
    const std::shared_ptr<InvocationState> state = std::move(waiting_.front());
    waiting_.pop_front();
    if (state->call.client_gone.stop_requested()) {
      state->answer(FunctionFault::kCancelled, {}, "Cancelled", "the client left before its turn");
      continue;
    }
    state->result.queued =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - state->asked);
    const auto run = std::make_shared<Run>(shared_from_this(), state);
    running_.insert(run);
    run->start();
  }
}

void CommandFunction::stop() {
  stopped_ = true;
  std::deque<std::shared_ptr<InvocationState>> waiting;
  waiting.swap(waiting_);
  for (const auto& state : waiting)
    state->answer(FunctionFault::kCancelled, {}, "ServiceException", "the server is stopping");
  const std::set<std::shared_ptr<Run>> running = running_;
  for (const auto& run : running) run->stop();
}

}  // namespace stator::gateway
