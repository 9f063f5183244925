// API Gateway on this machine: reads the owner's files into APIs, serves their requests, and serves the files' changes
// without a restart. The functions and web servers behind it are others' (function.h, upstream.h).
//
// Threads: handle() may be called from any number of door threads at once and never blocks. What is served is one
// immutable set, swapped whole: a request keeps the set it began with. Lifetimes: the registry and the upstream client
// outlive the Gateway, and the Gateway outlives the requests it took (destroy it after the door has stopped and the
// functions are idle). Errors: load() throws templates::TemplateError or GatewayLoadError; a broken edit later is
// logged and changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "emulator/gateway/address.h"
#include "emulator/gateway/api_config.h"
#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/call.h"
#include "emulator/gateway/control/stored_apis.h"
#include "emulator/gateway/control/test_invocation.h"
#include "emulator/gateway/file_watch.h"
#include "emulator/gateway/function.h"
#include "emulator/gateway/import/import.h"
#include "emulator/gateway/rest/response_cache.h"
#include "emulator/gateway/stage.h"
#include "emulator/gateway/timers.h"
#include "emulator/gateway/upstream.h"
#include "emulator/gateway/websocket/websocket_plane.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

// Everything that is wrong with the files together, a "file:line: text" a line.
class GatewayLoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class GatewayLogLevel : uint8_t { kError, kInfo, kDebug };

struct GatewayOptions {
  std::vector<std::string> api_files;             // --api
  std::vector<std::string> function_files;        // --functions
  std::map<std::string, std::string> parameters;  // --parameter
  AccessOptions access;
  std::string account = "000000000000";
  std::string region = "us-east-1";
  bool watch = true;
  bool debug = false;               // describe each request to `log`, with events and results
  std::function<int64_t()> now_ms;  // wall clock; must be set
  std::function<void(GatewayLogLevel, const std::string&)> log;  // any thread; may be empty
  // One request of DynamoDB's, for integrations with it. Any thread; may be empty.
  std::function<void(WireRequest&, WireReply&)> dynamodb;
  std::function<void(const std::string&)> access_log;    // lines in the stage's format; may be empty
  std::function<void(const RequestTrace&)> request_log;  // any thread; may be empty
  std::function<void()>
      reloaded;  // after a change is served (tables may have come); on the watch's thread; may be empty
};

struct RouteLine {
  std::string api;
  std::string api_id;
  std::string stage;
  std::string key;  // "GET /items/{id}"; a WebSocket API's route key
  bool websocket = false;
  std::string url;     // what curl can use, with {names} where the caller puts values
  std::string target;  // the function's name, a URL, "MOCK"
};

class Gateway {
 public:
  Gateway(GatewayOptions options, FunctionRegistry& functions, UpstreamClient& upstream);
  ~Gateway();

  // Serves the control planes' APIs as well. `later` runs a task where they may be read; `now_ms` is the time of a
  // scope's space. To be called before requests come; `stored` outlives them.
  void serve_stored(StoredApis& stored, std::function<void(std::function<void()>)> later,
                    std::function<int64_t(const DocumentScope&)> now_ms);

  // Reads all the files, hands the functions to the registry and begins to serve.
  void load();

  // True when the request is an API's; it then is or will be answered. False: nothing was touched.
  bool handle(const std::shared_ptr<Exchange>& exchange);

  std::vector<RouteLine> routes(const std::string& base_url) const;  // "http://127.0.0.1:8000"
  std::vector<templates::TableRequest> tables() const;
  std::vector<FunctionConfig> functions() const;
  std::vector<std::string> notes() const;

  // Says goodbye to the clients of WebSocket APIs; new ones are refused by the door, which is about to stop.
  void close_sockets() { sockets_->stop(); }

  // Ends the watch on the files; requests are served as before.
  void stop_watching() { watch_.reset(); }

  // Runs a method or an authorizer of an API's draft for the control planes.
  void test(TestInvocation test, TestDone done, bool authorizer);

  // Keys, plans and cached results of authorizers, for the control planes.
  AccessControl& access() { return *access_; }

  // Empties the caches of all stages. Any thread.
  void forget_responses() { responses_.clear(); }

  // Looks at the files now; true when something new is served. The watch calls it.
  bool reload();

 private:
  using Stages = std::map<std::string, std::shared_ptr<const ServedStage>, std::less<>>;
  struct Source {
    std::string path;
    bool functions_only = false;
    std::string fingerprint;  // of all the files that were read
    Imported imported;
  };
  struct Served {
    std::map<std::string, Stages, std::less<>> apis;
    std::shared_ptr<const ServedStage> plain;  // the only API's stage, or null
    bool websocket = false;                    // some API is one
    std::vector<std::string> notes;
  };

  bool handle_plain(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address, const Served& set);
  bool manage_connection(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address, const Served& set);
  std::shared_ptr<const ServedStage> stage_of(const std::string& api_id, const std::string& stage) const;
  const CallServices& services_of(const DocumentScope& scope);
  void handle_later(const std::shared_ptr<Exchange>& exchange);
  // True when the request's host is a custom domain name that the control planes keep.
  bool serve_domain(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address);
  Source read(const std::string& path, bool functions_only) const;
  void publish(std::vector<Source> sources);
  std::shared_ptr<const Served> served() const;
  void log(GatewayLogLevel level, const std::string& text) const;
  void begin_watch();
  bool read_again();

  GatewayOptions options_;
  FunctionRegistry& functions_;
  CallServices services_;
  std::unique_ptr<FunctionRegistry> told_;
  StoredApis* stored_ = nullptr;
  std::function<void(std::function<void()>)> later_;
  std::function<int64_t(const DocumentScope&)> scope_now_ms_;
  std::mutex scoped_mutex_;
  std::map<DocumentScope, CallServices> scoped_;  // never erased: calls refer to them; guarded by scoped_mutex_
  Timers timers_;
  std::unique_ptr<AccessControl> access_;
  ResponseCache responses_;
  std::unique_ptr<WebSocketPlane> sockets_;
  mutable std::mutex mutex_;  // served_
  std::shared_ptr<const Served> served_;
  mutable std::mutex load_mutex_;  // sources_; held while loading
  std::vector<Source> sources_;
  std::unique_ptr<FileWatch> watch_;
};

}  // namespace stator::gateway
