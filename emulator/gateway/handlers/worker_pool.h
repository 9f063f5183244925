// A function that runs in processes of its own: its queue and its workers. Workers are started when a call finds none
// free, up to the limit, and stay warm; one that dies is replaced when the next call needs it, with a growing pause
// when it keeps failing to start. A change of the source marks them all stale: idle ones end at once, busy ones when
// they are done, and the next call starts new ones.
//
// Threads: invoke() from any thread, everything else on the loop's. Lifetime: shared; close() breaks its circles.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "emulator/gateway/function.h"
#include "emulator/gateway/handlers/owned_function.h"
#include "emulator/gateway/handlers/source_watch.h"
#include "emulator/gateway/handlers/worker.h"

namespace stator::gateway {

class WorkerPool : public OwnedFunction, public WorkerEvents, public std::enable_shared_from_this<WorkerPool> {
 public:
  WorkerPool(WorkerServices& services, FunctionConfig config);

  const FunctionConfig& config() const override { return *config_; }
  void invoke(Invocation invocation) override;
  void retire() override;
  void stop() override;
  uint16_t port() const { return workers_.empty() ? uint16_t{0} : workers_.front()->port(); }
  void prepare() override;  // opens an attach function's port, so that a debugger can come before the first call

  // WorkerEvents
  void worker_ready(Worker& worker) override;
  void worker_ended(Worker& worker, std::optional<Failure> init_failure) override;

 private:
  struct Waiting {
    std::shared_ptr<InvocationState> state;
    std::unique_ptr<std::stop_callback<std::function<void()>>> gone;
  };

  void enqueue(Invocation invocation);
  void pump();
  void pump_at(std::chrono::steady_clock::time_point when);
  void look_for_change();
  void start_worker();
  void drop(Worker& worker);
  void drop_waiting(const InvocationState* state);
  Worker* idle_worker();

  WorkerServices& services_;
  std::shared_ptr<const FunctionConfig> config_;
  SourceWatch code_;
  SourceWatch program_;  // a compiled program's own file, where it lies outside the code
  size_t limit_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::deque<Waiting> waiting_;
  std::optional<boost::asio::steady_timer> timer_;  // gone once stopped: who holds us may outlive the loop
  bool timer_set_ = false;
  std::chrono::steady_clock::time_point start_not_before_{};
  int failed_starts_ = 0;    // in a row
  int starts_given_up_ = 0;  // in a row, because the source changed before they served a call
  uint64_t last_worker_ = 0;
  bool retiring_ = false;
  bool stopped_ = false;
};

}  // namespace stator::gateway
