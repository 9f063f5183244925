// Exports to buckets, imports and bulk puts from them, carried out one after the other on a thread of its own. A bucket
// is a folder below one folder, a key a path in it; without that folder there is no bucket, and every transfer fails as
// the service's do when a bucket does not exist.
//
// While one is carried out no database is replaced (Engine::enter_request), so reset and restore wait for its end.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "emulator/engine.h"
#include "emulator/transfers/transfer.h"

namespace stator {
class TableBuild;
}

namespace stator::seeding {

class BucketTransfers final : public TransferRunner {
 public:
  // `folder` may be empty.
  BucketTransfers(Engine& engine, std::string folder);
  ~BucketTransfers() override { stop(); }

  void begin(const std::shared_ptr<Scope>& scope, const std::string& work) override;
  // Ends the one under way; what is left is taken up by the next server on the same data.
  void stop();

  std::function<void(std::string_view)> on_failure;  // set before the first begin()

 private:
  struct Task {
    std::shared_ptr<Scope> scope;
    std::string work;
  };
  void loop();
  void carry_out(const Task& task);
  void move_items(const std::shared_ptr<Scope>& scope, Transfer& transfer,
                  std::vector<std::unique_ptr<TableBuild>>& builds);
  bool stopping();

  Engine& engine_;
  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded by mutex_; the first is under way
  bool stopping_ = false;   // guarded by mutex_
  std::thread thread_;
};

}  // namespace stator::seeding
