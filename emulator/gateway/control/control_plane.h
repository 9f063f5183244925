// The control planes of API Gateway over the wire: V1 (/restapis, /apikeys ...) and V2 (/v2/...). Finds the operation
// by method and path, reads the request by the operation's shape, runs it on the scope's documents and writes the
// answer in the service's form. Knows documents, not databases (document_store.h), and no calls of APIs: whoever serves
// them is told which have changed.
//
// Threads: handle() from any; it only queues. One thread of its own does the work, in order, so that no two changes
// meet. Lifetime: the store outlives it; stop() answers nothing more.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "emulator/gateway/control/document_store.h"
#include "emulator/gateway/control/model.h"
#include "emulator/gateway/control/test_invocation.h"
#include "emulator/gateway/control/usage_counts.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

// Who asks, by the request's signature.
struct ControlCaller {
  DocumentScope scope;
  std::string account;  // in ARNs and messages; also where all accounts share a scope
  std::string region;
};

struct ControlOptions {
  std::function<ControlCaller(const WireRequest&)> caller;  // throws std::exception for a signature that is none
  std::function<int64_t(const ControlCaller&)> now_ms;
  // Called after a change is kept and before it is answered: the APIs concerned, as paths ("/restapis/ID").
  std::function<void(const DocumentScope&, const std::vector<std::string>& apis)> changed;
  // What the serving side does for the control planes; what is empty is not offered.
  UsageCounts usage;
  TestInvoker tests;
  std::function<void(const std::string& sentence)> failed;  // a failure that is the server's own
};

class ControlPlane {
 public:
  ControlPlane(DocumentStore& store, ControlOptions options);
  ~ControlPlane() { stop(); }
  void stop();

  // Takes the exchange when it was signed for API Gateway. False: it is somebody else's.
  bool handle(const std::shared_ptr<Exchange>& exchange);
  // Runs it on the control planes' thread, behind what waits there.
  void post(std::function<void()> task);

 private:
  struct Match {
    const model::Operation* operation;
    std::map<std::string, std::string, std::less<>> names;
  };

  void loop();
  void answer(const std::shared_ptr<Exchange>& exchange);
  std::optional<Match> match(std::string_view method, std::string_view path, std::string_view query) const;

  DocumentStore& store_;
  ControlOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  std::thread thread_;                         // last: it uses the others
};

}  // namespace stator::gateway
