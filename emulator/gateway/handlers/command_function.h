// A function that is a program: started for each call with the event on its stdin, its result is the JSON on its
// stdout, its log is its stderr. Bounded: as many at once as the function's concurrency (or the registry's limit)
// allows, a queue behind it, its timeout, 6 MB of result.
//
// Threads: invoke() from any thread, the rest on the loop's. Lifetime: shared.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "emulator/gateway/handlers/owned_function.h"
#include "emulator/gateway/handlers/worker.h"

namespace stator::gateway {

class CommandFunction : public OwnedFunction, public std::enable_shared_from_this<CommandFunction> {
 public:
  CommandFunction(WorkerServices& services, FunctionConfig config);

  const FunctionConfig& config() const override { return config_; }
  void invoke(Invocation invocation) override;
  void stop() override;

 private:
  class Run;

  void enqueue(Invocation invocation);
  void pump();

  WorkerServices& services_;
  const FunctionConfig config_;
  const size_t limit_;
  std::deque<std::shared_ptr<InvocationState>> waiting_;
  std::set<std::shared_ptr<Run>> running_;
  bool stopped_ = false;
};

}  // namespace stator::gateway
