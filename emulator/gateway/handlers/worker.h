// One process that runs a function through the Runtime API, or, in attach mode, the place where a process that its
// owner started will come asking. Knows its process, its port and the invocations it was given; who gets which is the
// pool's.
//
// An invocation is answered when its response arrives and is over when the process asks for the next one: until then
// the worker is not idle and its timeout still runs, as in the service, where code may run on after it has answered.
//
// Threads: the loop's. Lifetime: held by its pool and by its own callbacks; `WorkerEvents` is told nothing after end().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/gateway/handlers/function_log.h"
#include "emulator/gateway/handlers/handler_options.h"
#include "emulator/gateway/handlers/invocation_state.h"
#include "emulator/gateway/handlers/process_keeper.h"
#include "emulator/gateway/handlers/runtime_api.h"

namespace stator::gateway {

class Worker;

class WorkerEvents {
 public:
  virtual ~WorkerEvents() = default;
  virtual void worker_ready(Worker& worker) = 0;  // it waits for an event
  // It will take no more. Before its first `next`: `failure` is what the invocation it was started for gets.
  struct Failure {
    FunctionFault fault = FunctionFault::kInitFailed;
    std::string payload, error_type, text;  // an empty payload is made up from type and text
  };
  virtual void worker_ended(Worker& worker, std::optional<Failure> init_failure) = 0;
};

// Everything a worker needs from outside; outlives all workers.
struct WorkerServices {
  boost::asio::io_context& loop;
  ProcessKeeper& keeper;
  const HandlerOptions& options;
  std::string runtime_folder;  // where the bootstraps lie
};

class Worker : public RuntimeHost, public std::enable_shared_from_this<Worker> {
 public:
  // `number` tells the workers of one function apart in their log streams.
  Worker(WorkerServices& services, std::shared_ptr<WorkerEvents> events, std::shared_ptr<const FunctionConfig> config,
         uint64_t number);
  ~Worker() override;

  void start();  // the process, or the port in attach mode
  bool idle() const { return !ended_ && !polls_.empty(); }
  bool ready_once() const { return ready_; }  // it has asked for an event at least once
  bool served() const { return !cold_; }      // it was given an invocation at least once
  bool busy() const { return !running_.empty(); }
  // It has just answered and will most likely ask for more in a moment.
  bool about_to_ask(std::chrono::steady_clock::time_point now) const;
  static constexpr std::chrono::milliseconds kAboutToAsk{20};
  void run(std::shared_ptr<InvocationState> state);  // only when idle()
  void end();                                        // kills; what runs is answered as cancelled; no more events
  uint16_t port() const { return api_ ? api_->port() : 0; }

  bool stale = false;  // the pool's mark: to be ended when idle

  // RuntimeHost
  void next(std::shared_ptr<RuntimePoll> poll) override;
  void poll_gone(const RuntimePoll* poll) override;
  Verdict response_begins(std::string_view id, bool streamed, std::string_view content_type) override;
  void response_piece(std::string_view id, std::string bytes) override;
  void response_ends(std::string_view id, std::string body, std::string error_type, std::string error_body) override;
  void response_too_large(std::string_view id) override;
  void response_cut(std::string_view id, bool streamed) override;
  Verdict error(std::string_view id, std::string error_type, std::string body) override;
  void init_error(std::string error_type, std::string body) override;
  Identity identity() const override { return {config_->name, config_->handler}; }

 private:
  struct Running {
    Running(boost::asio::io_context& loop, std::shared_ptr<InvocationState> given)
        : state(std::move(given)), timer(loop) {}
    std::shared_ptr<InvocationState> state;
    boost::asio::steady_timer timer;
    std::string streamed;     // of a stream that nobody asked to see as one
    bool responding = false;  // a response for it has begun
    std::string tail;         // its last log lines
  };

  bool attached() const { return config_->kind == FunctionKind::kAttach; }
  Running* find(std::string_view id);
  Verdict verdict_for(std::string_view id) const;
  void answer(Running& running, FunctionFault fault, std::string payload, std::string type, std::string text);
  void start_process();
  void on_started(int error);
  void on_exit(int wait_status);
  void on_init_deadline();
  void on_deadline(const std::string& id);
  void finish(std::optional<WorkerEvents::Failure> init_failure);
  void log_line(std::string_view line);
  void say(std::string_view text) { log_line("[stator: " + std::string(text) + "]"); }
  void drain_logs();

  WorkerServices& services_;
  std::shared_ptr<WorkerEvents> events_;  // let go of when ended
  std::shared_ptr<const FunctionConfig> config_;
  uint64_t number_;
  std::unique_ptr<RuntimeApi> api_;
  ProcessId process_ = 0;
  LogBudget log_budget_;
  std::unique_ptr<LogPipe> out_, err_;
  boost::asio::steady_timer init_timer_;
  std::chrono::steady_clock::time_point began_, answered_at_;
  std::chrono::microseconds init_time_{0};
  std::deque<std::shared_ptr<RuntimePoll>> polls_;
  std::vector<std::unique_ptr<Running>> running_;
  std::deque<std::string> timed_out_;
  std::optional<WorkerEvents::Failure> init_failure_;
  size_t concurrency_ = 1;  // AWS_LAMBDA_MAX_CONCURRENCY: invocations one process takes at once
  bool ready_ = false;
  bool cold_ = true;
  bool ended_ = false;
};

}  // namespace stator::gateway
