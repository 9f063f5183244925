#include "emulator/gateway/handlers/worker_pool.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>

namespace stator::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSettle{25};  // after a change: an editor or a checkout writes more than one file
constexpr int kStartsGivenUp = 2;
constexpr milliseconds kFirstPause{100};  // after a second start in a row that failed, doubling
constexpr milliseconds kLongestPause{5000};

// What to watch beside the code: the program itself, when it is named by a path.
std::string program_file(const FunctionConfig& config) {
  if (config.kind != FunctionKind::kRuntime || config.command.empty()) return {};
  const std::string& name = config.command[0];
  if (name.find('/') == std::string::npos) return {};
  const std::filesystem::path whole = std::filesystem::path(config.code_uri) / name;
  if (!config.code_uri.empty() && whole.lexically_normal().string().starts_with(config.code_uri + "/")) return {};
  return whole.string();
}

}  // namespace

WorkerPool::WorkerPool(WorkerServices& services, FunctionConfig config)
    : services_(services),
      config_(std::make_shared<const FunctionConfig>(std::move(config))),
      code_(config_->kind == FunctionKind::kAttach ? std::string() : config_->code_uri),
      program_(program_file(*config_)),
      limit_(config_->kind == FunctionKind::kAttach ? 1
             : config_->concurrency > 0             ? static_cast<size_t>(config_->concurrency)
                                                    : static_cast<size_t>(std::max(1, services.options.worker_limit))),
      timer_(services.loop) {}

void WorkerPool::invoke(Invocation invocation) {
  boost::asio::post(services_.loop, [self = shared_from_this(), call = std::move(invocation)]() mutable {
    self->enqueue(std::move(call));
  });
}

void WorkerPool::prepare() {
  if (config_->kind == FunctionKind::kAttach && workers_.empty()) start_worker();
}

void WorkerPool::enqueue(Invocation invocation) {
  auto state = std::make_shared<InvocationState>();
  state->call = std::move(invocation);
  state->asked = steady_clock::now();
  if (stopped_) return state->answer(FunctionFault::kCancelled, {}, "ServiceException", "the server is stopping");
  if (waiting_.size() >= services_.options.queue_limit)
    return state->answer(FunctionFault::kThrottled, {}, "TooManyRequestsException",
                         "function " + config_->name + ": all workers are busy and " + std::to_string(waiting_.size()) +
                             " invocations wait already");
  waiting_.push_back({state, nullptr});
  pump();
  if (!waiting_.empty() && waiting_.back().state == state && state->call.client_gone.stop_possible()) {
    std::function<void()> on_gone = [weak = weak_from_this(), state, &loop = services_.loop] {
      boost::asio::post(loop, [weak, state] {
        if (const auto self = weak.lock()) self->drop_waiting(state.get());
      });
    };
    waiting_.back().gone =
        std::make_unique<std::stop_callback<std::function<void()>>>(state->call.client_gone, std::move(on_gone));
  }
}

void WorkerPool::drop_waiting(const InvocationState* state) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [state](const Waiting& each) { return each.state.get() == state; });
  if (found == waiting_.end()) return;
  const std::shared_ptr<InvocationState> gone = found->state;
  waiting_.erase(found);
  gone->answer(FunctionFault::kCancelled, {}, "Cancelled", "the client left before a worker was free");
}

Worker* WorkerPool::idle_worker() {
  for (const auto& worker : workers_)
    if (worker->idle() && !worker->stale) return worker.get();
  return nullptr;
}

void WorkerPool::look_for_change() {
  const bool code = code_.changed();
  const bool program = program_.changed();
  if (!code && !program) return;
  if (services_.options.log && !workers_.empty()) {
    const std::string& name = (code ? code_ : program_).changed_name();
    services_.options.log({config_->name, {}, "[stator: " + name + " has changed, starting anew]"});
  }
  failed_starts_ = 0;
  start_not_before_ = steady_clock::now() + kSettle;
  const auto all = workers_;
  for (const auto& worker : all) {
    // A function may write to its own folder while it starts: that must not go on for ever.
    if (!worker->served() && ++starts_given_up_ > kStartsGivenUp) continue;
    worker->stale = true;
    if (worker->busy()) continue;  // ends when it next asks for an event
    worker->end();
    drop(*worker);
  }
}

void WorkerPool::pump() {
  if (stopped_) return;
  const auto self = shared_from_this();  // a worker that ends lets go of us
  if (!waiting_.empty()) look_for_change();
  while (!waiting_.empty()) {
    Worker* worker = idle_worker();
    if (worker == nullptr) break;
    const std::shared_ptr<InvocationState> state = std::move(waiting_.front().state);
    waiting_.pop_front();
    starts_given_up_ = 0;
    worker->run(state);
  }
  if (waiting_.empty()) {
    if (!retiring_) return;
    const auto all = workers_;
    for (const auto& worker : all) {
      if (worker->busy()) continue;
      worker->end();
      drop(*worker);
    }
    return;
  }
  if (config_->kind == FunctionKind::kAttach) {
    if (workers_.empty()) start_worker();
    return;
  }
  const auto now = steady_clock::now();
  if (now < start_not_before_) return pump_at(start_not_before_);
  const auto fresh = [](const auto& worker) { return !worker->stale; };
  const auto alive = static_cast<size_t>(std::count_if(workers_.begin(), workers_.end(), fresh));
  const auto starting = static_cast<size_t>(std::count_if(
      workers_.begin(), workers_.end(), [](const auto& worker) { return !worker->stale && !worker->ready_once(); }));
  // One that has just answered is worth a moment's wait: calls made one after the other need one worker, not two.
  const auto asking = static_cast<size_t>(std::count_if(workers_.begin(), workers_.end(), [now](const auto& worker) {
    return !worker->stale && worker->about_to_ask(now);
  }));
  if (asking > 0) pump_at(now + Worker::kAboutToAsk);
  // While it is not known whether the function starts at all, one at a time.
  size_t wanted = waiting_.size() > starting + asking ? waiting_.size() - starting - asking : 0;
  if (failed_starts_ > 0) wanted = starting == 0 ? 1 : 0;
  for (size_t i = 0; i < wanted && alive + i < limit_; ++i) start_worker();
}

void WorkerPool::pump_at(steady_clock::time_point when) {
  if (timer_set_) return;
  timer_set_ = true;
  timer_->expires_at(when);
  timer_->async_wait([self = shared_from_this()](const boost::system::error_code&) {
    self->timer_set_ = false;
    self->pump();
  });
}

void WorkerPool::start_worker() {
  workers_.push_back(std::make_shared<Worker>(services_, shared_from_this(), config_, ++last_worker_));
  workers_.back()->start();
}

// Later, because it may be in the middle of a call that brought us here.
void WorkerPool::drop(Worker& worker) {
  const auto found =
      std::find_if(workers_.begin(), workers_.end(), [&worker](const auto& each) { return each.get() == &worker; });
  if (found == workers_.end()) return;
  boost::asio::post(services_.loop, [self = shared_from_this(), gone = std::move(*found)] {});
  workers_.erase(found);
}

void WorkerPool::worker_ready(Worker& worker) {
  failed_starts_ = 0;
  start_not_before_ = {};
  if (worker.stale) {
    worker.end();
    drop(worker);
  }
  pump();
}

void WorkerPool::worker_ended(Worker& worker, std::optional<Failure> init_failure) {
  const bool stale = worker.stale;
  drop(worker);
  if (init_failure && !stale && !waiting_.empty()) {
    if (++failed_starts_ > 1) {
      const milliseconds pause = kFirstPause * (1 << std::min(failed_starts_ - 2, 6));
      start_not_before_ = steady_clock::now() + std::min(pause, kLongestPause);
    }
    const std::shared_ptr<InvocationState> state = std::move(waiting_.front().state);
    waiting_.pop_front();
    state->result.cold_start = true;
    state->result.started = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - state->asked);
    if (init_failure->payload.empty())
      init_failure->payload = platform_error(init_failure->error_type, state->call.request_id, init_failure->text);
    state->answer(init_failure->fault, std::move(init_failure->payload), std::move(init_failure->error_type),
                  "function " + config_->name + ": " + init_failure->text);
  }
  pump();
}

void WorkerPool::retire() {
  retiring_ = true;
  pump();
}

void WorkerPool::stop() {
  stopped_ = true;
  timer_.reset();
  std::deque<Waiting> waiting;
  waiting.swap(waiting_);
  for (const Waiting& each : waiting)
    each.state->answer(FunctionFault::kCancelled, {}, "ServiceException", "the server is stopping");
  const auto all = workers_;
  for (const auto& worker : all) {
    worker->end();
    drop(*worker);
  }
}

}  // namespace stator::gateway
