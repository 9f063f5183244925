#include "emulator/gateway/handlers/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kLogTail = 4096;           // what X-Amz-Log-Result holds
constexpr size_t kRememberedTimeouts = 16;  // ids that get 410 rather than 400

std::string seconds_text(milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", static_cast<double>(time.count()) / 1000.0);
  return text;
}

std::string exit_text(int wait_status) {
  const auto how = describe_exit(wait_status);
  return how ? "Runtime exited with error: " + *how : "Runtime exited without providing a reason";
}

// A pipe for a child's output: its end and ours.
bool open_pipe(UniqueFd& ours, UniqueFd& theirs) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  ours.reset(ends[0]);
  theirs.reset(ends[1]);
  return true;
}

}  // namespace

std::string platform_error(std::string_view type, std::string_view request_id, std::string_view text) {
  std::string out, message = "RequestId: " + std::string(request_id) + " Error: " + std::string(text);
  JsonWriter(out).begin_object().key("errorType").string(type).key("errorMessage").string(message).end_object();
  return out;
}

Worker::Worker(WorkerServices& services, std::shared_ptr<WorkerEvents> events,
               std::shared_ptr<const FunctionConfig> config, uint64_t number)
    : services_(services),
      events_(std::move(events)),
      config_(std::move(config)),
      number_(number),
      init_timer_(services.loop) {
  const auto wanted = config_->environment.find("AWS_LAMBDA_MAX_CONCURRENCY");
  if (wanted != config_->environment.end())
    concurrency_ = static_cast<size_t>(std::clamp(std::atoi(wanted->second.c_str()), 1, 1000));
}

Worker::~Worker() {
  end();
}

void Worker::start() {
  began_ = steady_clock::now();
  try {
    api_ = std::make_unique<RuntimeApi>(services_.loop, *this, attached() ? config_->attach_port : uint16_t{0});
  } catch (const std::exception& problem) {
    init_failure_ = WorkerEvents::Failure{FunctionFault::kInitFailed,
                                          {},
                                          "Runtime.StartError",
                                          std::string("no port for the Runtime API: ") + problem.what()};
    boost::asio::post(services_.loop, [self = shared_from_this()] { self->finish(self->init_failure_); });
    return;
  }
  if (attached()) {
    say("waiting for a process with AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(port()));
  } else {
    start_process();
  }
}

void Worker::start_process() {
  ProcessSpec spec;
  if (config_->kind == FunctionKind::kNode) {
    spec.argv = {services_.options.node, services_.runtime_folder + "/bootstrap.mjs"};
  } else if (config_->kind == FunctionKind::kPython) {
    std::string python = services_.options.python;
    const auto& path = services_.options.child.path;
    if (python.empty() && config_->runtime.starts_with("python") && find_program(config_->runtime, path, "/"))
      python = config_->runtime;
    spec.argv = {python.empty() ? "python3" : python, services_.runtime_folder + "/bootstrap.py"};
  } else {
    spec.argv = config_->command;
  }
  spec.folder = config_->code_uri.empty() ? "/" : config_->code_uri;
  char stream[64];
  std::snprintf(stream, sizeof stream, "stator/[$LATEST]%08llx%08x", static_cast<unsigned long long>(number_),
                static_cast<unsigned>(getpid()));
  spec.environment = child_environment(*config_, services_.options.child, "127.0.0.1:" + std::to_string(port()),
                                       services_.runtime_folder, stream);
  UniqueFd out, err;
  spec.in.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!spec.in || !open_pipe(out, spec.out) || !open_pipe(err, spec.err)) {
    const int error = errno;
    boost::asio::post(services_.loop, [self = shared_from_this(), error] { self->on_started(error); });
    return;
  }
  const auto on_line = [this](std::string_view line) { log_line(line); };
  out_ = std::make_unique<LogPipe>(services_.loop, std::move(out), log_budget_, on_line);
  err_ = std::make_unique<LogPipe>(services_.loop, std::move(err), log_budget_, on_line);
  process_ = services_.keeper.start(
      std::move(spec), [self = shared_from_this()](int error, pid_t) { self->on_started(error); },
      [self = shared_from_this()](int status) { self->on_exit(status); });
  // The service gives start-up 10 s and then starts over within the function's timeout; we let the first go on as long.
  init_timer_.expires_after(services_.options.init_timeout + config_->timeout);
  init_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) self->on_init_deadline();
  });
}

void Worker::on_started(int error) {
  if (ended_ || error == 0) return;
  std::string program = config_->command.empty() ? std::string() : config_->command[0];
  if (config_->kind == FunctionKind::kNode) program = services_.options.node;
  if (config_->kind == FunctionKind::kPython) program = "python3";
  const std::string text =
      "fork/exec " + program + ": " + std::strerror(error) +
      (error == ENOENT ? " (program, its interpreter or the folder " + config_->code_uri + ")" : "");
  finish(WorkerEvents::Failure{FunctionFault::kInitFailed, {}, "Runtime.InvalidEntrypoint", text});
}

void Worker::on_exit(int wait_status) {
  if (ended_) return;
  process_ = 0;
  if (out_) out_->finish();
  if (err_) err_->finish();
  const std::string text = exit_text(wait_status);
  if (!ready_) {
    if (!init_failure_)
      init_failure_ = WorkerEvents::Failure{FunctionFault::kInitFailed, {}, "Runtime.ExitError", text};
    return finish(init_failure_);
  }
  if (running_.empty() || (running_.size() == 1 && running_[0]->state->answered)) say(text);
  for (const auto& running : running_) {
    const std::string& id = running->state->call.request_id;
    answer(*running, FunctionFault::kExited, platform_error("Runtime.ExitError", id, text), "Runtime.ExitError", text);
  }
  finish(std::nullopt);
}

void Worker::on_init_deadline() {
  if (ended_ || ready_) return;
  if (!init_failure_) {
    const std::string text = "Task timed out after " + seconds_text(config_->timeout) + " seconds";
    say("not ready within " + seconds_text(services_.options.init_timeout + config_->timeout) +
        " seconds of its start");
    init_failure_ = WorkerEvents::Failure{FunctionFault::kTimeout, {}, "Sandbox.Timedout", text};
  }
  finish(init_failure_);
}

void Worker::on_deadline(const std::string& id) {
  Running* running = find(id);
  if (ended_ || running == nullptr) return;
  drain_logs();
  const std::string text = "Task timed out after " + seconds_text(config_->timeout) + " seconds";
  log_line(id + " " + text);
  timed_out_.push_back(id);
  if (timed_out_.size() > kRememberedTimeouts) timed_out_.pop_front();
  answer(*running, FunctionFault::kTimeout, platform_error("Sandbox.Timedout", id, text), "Sandbox.Timedout", text);
  // A process that runs several at once goes on with the others, and its late answer gets a 410; any other is ended.
  if (concurrency_ == 1) return finish(std::nullopt);
  std::erase_if(running_, [running](const auto& each) { return each.get() == running; });
}

void Worker::end() {
  if (ended_) return;
  events_ = nullptr;
  finish(std::nullopt);
}

void Worker::finish(std::optional<WorkerEvents::Failure> init_failure) {
  if (ended_) return;
  ended_ = true;
  init_timer_.cancel();
  for (const auto& running : running_) {
    running->timer.cancel();
    answer(*running, FunctionFault::kCancelled,
           platform_error("Runtime.ExitError", running->state->call.request_id, "Runtime was ended"),
           "Runtime.ExitError", "the worker was ended");
  }
  running_.clear();
  polls_.clear();
  if (process_ != 0) {
    services_.keeper.signal(process_, SIGKILL);
    services_.keeper.forget(process_);
    process_ = 0;
  }
  api_.reset();
  out_.reset();
  err_.reset();
  if (const auto events = std::exchange(events_, nullptr)) events->worker_ended(*this, std::move(init_failure));
}

void Worker::run(std::shared_ptr<InvocationState> state) {
  const std::shared_ptr<RuntimePoll> poll = std::move(polls_.front());
  polls_.pop_front();
  const auto now = steady_clock::now();
  state->handed = now;
  const auto waited = duration_cast<microseconds>(now - state->asked);
  if (cold_ && !attached()) {
    state->result.cold_start = true;
    state->result.started = std::min(init_time_, waited);
  }
  state->result.queued = waited - state->result.started;
  cold_ = false;

  auto running = std::make_unique<Running>(services_.loop, state);
  const Invocation& call = state->call;
  RuntimeEvent event;
  event.request_id = call.request_id;
  // A debugger may hold the function for as long as it likes: it is told of an hour, and not held to it.
  const milliseconds allowed = attached() ? std::chrono::hours(1) : config_->timeout;
  event.deadline_ms = services_.options.epoch_ms() + allowed.count();
  event.function_arn = config_->arn;
  event.trace_id = call.trace_id;
  event.client_context = call.client_context;
  event.cognito_identity = call.cognito_identity;
  event.payload = std::move(state->call.payload);
  if (!attached()) {
    running->timer.expires_after(config_->timeout);
    running->timer.async_wait([weak = weak_from_this(), id = call.request_id](const boost::system::error_code& error) {
      if (const auto self = weak.lock(); self && !error) self->on_deadline(id);
    });
  }
  running_.push_back(std::move(running));
  api_->tell_extensions(event);
  poll->answer(std::move(event));
}

Worker::Running* Worker::find(std::string_view id) {
  for (const auto& running : running_)
    if (running->state->call.request_id == id) return running.get();
  return nullptr;
}

RuntimeHost::Verdict Worker::verdict_for(std::string_view id) const {
  return std::find(timed_out_.begin(), timed_out_.end(), id) == timed_out_.end() ? Verdict::kUnknownId
                                                                                 : Verdict::kTimedOut;
}

void Worker::answer(Running& running, FunctionFault fault, std::string payload, std::string type, std::string text) {
  if (running.state->answered) return;
  drain_logs();
  if (running.state->call.log_tail) running.state->result.log_tail = std::move(running.tail);
  if (!text.empty()) text = "function " + config_->name + ": " + text;
  answered_at_ = steady_clock::now();
  running.state->answer(fault, std::move(payload), std::move(type), std::move(text));
}

bool Worker::about_to_ask(steady_clock::time_point now) const {
  return !ended_ && busy() && now - answered_at_ < kAboutToAsk &&
         std::all_of(running_.begin(), running_.end(), [](const auto& each) { return each->state->answered; });
}

void Worker::next(std::shared_ptr<RuntimePoll> poll) {
  if (ended_) return;
  if (!ready_) {
    ready_ = true;
    init_timer_.cancel();
    init_time_ = duration_cast<microseconds>(steady_clock::now() - began_);
  }
  std::erase_if(running_, [](const auto& running) { return running->state->answered; });
  if (!polls_.empty() && running_.size() + polls_.size() >= concurrency_)
    polls_.pop_front();  // a client that asks twice
  if (running_.size() >= concurrency_) {
    if (!attached()) return poll->refuse();
    // Its owner started it anew: what the one before left unanswered stays so.
    for (const auto& running : running_)
      answer(*running, FunctionFault::kExited,
             platform_error("Runtime.ExitError", running->state->call.request_id,
                            "The runtime asked for the next event "
                            "without answering this one"),
             "Runtime.ExitError", "asked for the next event without answering");
    running_.clear();
    polls_.clear();
  }
  polls_.push_back(std::move(poll));
  // Held: a pool that is retiring ends us here, and ours may be the last that keeps it.
  if (const auto events = events_) events->worker_ready(*this);
}

void Worker::poll_gone(const RuntimePoll* poll) {
  std::erase_if(polls_, [poll](const auto& each) { return each.get() == poll; });
}

RuntimeHost::Verdict Worker::response_begins(std::string_view id, bool streamed, std::string_view content_type) {
  Running* running = find(id);
  if (running == nullptr || running->state->answered || running->responding) return verdict_for(id);
  running->responding = true;
  if (streamed && running->state->call.stream) {
    running->state->streaming = true;
    drain_logs();
    running->state->call.stream->begin(content_type);
  }
  return Verdict::kAccepted;
}

void Worker::response_piece(std::string_view id, std::string bytes) {
  Running* running = find(id);
  if (running == nullptr || running->state->answered) return;
  if (!running->state->streaming) {
    if (running->streamed.size() <= kMaxBufferedResponse) running->streamed += bytes;
  } else if (!running->state->client_left) {
    running->state->client_left = !running->state->call.stream->write(std::move(bytes));
  }
}

void Worker::response_ends(std::string_view id, std::string body, std::string error_type, std::string error_body) {
  Running* running = find(id);
  if (running == nullptr) return;
  if (!error_type.empty() || !error_body.empty()) {
    const std::string text = "the streamed response ended in an error: " + error_type;
    return answer(*running, FunctionFault::kFunctionError, std::move(error_body), std::move(error_type), text);
  }
  if (running->streamed.size() > kMaxBufferedResponse) return response_too_large(id);
  if (!running->streamed.empty()) body = std::move(running->streamed);
  answer(*running, FunctionFault::kNone, std::move(body), {}, {});
}

void Worker::response_too_large(std::string_view id) {
  Running* running = find(id);
  if (running == nullptr) return;
  const std::string text = "Response payload size exceeded maximum allowed payload size (" +
                           std::to_string(kMaxBufferedResponse) + " bytes).";
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .key("errorMessage")
      .string(text)
      .key("errorType")
      .string("Function.ResponseSizeTooLarge")
      .end_object();
  answer(*running, FunctionFault::kTooLarge, std::move(payload), "Function.ResponseSizeTooLarge", text);
}

void Worker::response_cut(std::string_view id, bool streamed) {
  Running* running = find(id);
  if (running == nullptr || running->state->answered) return;
  running->responding = false;
  running->streamed.clear();
  if (!streamed || !running->state->streaming) return;  // it may try again, or exit
  answer(*running, FunctionFault::kFunctionError,
         platform_error("Runtime.TruncatedResponse", id, "the response was cut"), "Runtime.TruncatedResponse",
         "its streamed response was cut");
}

RuntimeHost::Verdict Worker::error(std::string_view id, std::string error_type, std::string body) {
  Running* running = find(id);
  if (running == nullptr || running->state->answered) return verdict_for(id);
  if (error_type.empty()) error_type = "Unhandled";
  if (body.empty()) JsonWriter(body).begin_object().key("errorType").string(error_type).end_object();
  const std::string text = "reported " + error_type;
  answer(*running, FunctionFault::kFunctionError, std::move(body), std::move(error_type), text);
  return Verdict::kAccepted;
}

void Worker::init_error(std::string error_type, std::string body) {
  if (ended_ || ready_) return;
  if (error_type.empty()) error_type = "Runtime.Unknown";
  init_failure_ =
      WorkerEvents::Failure{FunctionFault::kInitFailed, std::move(body), error_type, "failed to initialise"};
  // It should exit by itself now; on_exit() tells the pool. What lingers is ended.
  init_timer_.expires_after(milliseconds(500));
  init_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) self->on_init_deadline();
  });
}

void Worker::log_line(std::string_view line) {
  std::string_view id;
  if (!running_.empty()) {
    Running& last = *running_.back();
    id = last.state->call.request_id;
    if (last.state->call.log_tail && !last.state->answered) {
      last.tail.append(line) += '\n';
      if (last.tail.size() > kLogTail) last.tail.erase(0, last.tail.size() - kLogTail);
    }
  }
  if (services_.options.log) services_.options.log({config_->name, id, line});
}

void Worker::drain_logs() {
  if (out_) out_->drain();
  if (err_) err_->drain();
}

}  // namespace stator::gateway
