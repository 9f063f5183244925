// A Handlers with a temporary folder for code, and invocations that wait for their result.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "emulator/gateway/handlers/handlers.h"

namespace stator::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

inline bool on_path(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

inline int64_t test_epoch_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <typename Condition>
bool eventually(Condition condition) {
  const auto end = steady_clock::now() + milliseconds(20000);  // on a busy machine other processes take seconds
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// A zombie is dead: in a container whose first process is slow to reap, what was orphaned stays one for a while.
inline bool alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return false;
  const size_t state = line.rfind(") ");
  return state == std::string::npos || (line[state + 2] != 'Z' && line[state + 2] != 'X');
}

class HandlersTest : public testing::Test {
 protected:
  HandlersTest() {
    std::string name = (std::filesystem::temp_directory_path() / "stator-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~HandlersTest() override {
    handlers_.reset();
    std::filesystem::remove_all(folder_);
  }

  HandlerOptions options() {
    HandlerOptions options;
    options.child.path = getenv("PATH");
    options.child.home = folder_;
    options.child.endpoint_url = "http://127.0.0.1:1";
    options.python = "/usr/bin/python3";
    options.epoch_ms = test_epoch_ms;
    options.log = [this](const FunctionLogLine& line) {
      const std::lock_guard lock(log_mutex_);
      log_.push_back(std::string(line.function) + "|" + std::string(line.request_id) + "|" + std::string(line.text));
    };
    return options;
  }
  Handlers& handlers() {
    if (!handlers_) handlers_ = std::make_unique<Handlers>(options());
    return *handlers_;
  }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }

  FunctionConfig config(FunctionKind kind, const std::string& handler = "app.handler") {
    FunctionConfig config;
    config.name = "subject";
    config.arn = "arn:aws:lambda:eu-west-3:123456789012:function:subject";
    config.kind = kind;
    config.handler = handler;
    config.code_uri = folder_;
    config.timeout = milliseconds(10000);
    config.source_file = "template.yaml";
    config.source_line = 7;
    return config;
  }
  std::shared_ptr<Function> add(FunctionConfig config) {
    const std::string name = config.name;
    EXPECT_EQ(handlers().functions().replace("template.yaml", {std::move(config)}), std::vector<std::string>());
    return handlers().functions().find(name);
  }

  static std::future<InvocationResult> begin(Function& function, std::string payload,
                                             const std::function<void(Invocation&)>& change = {}) {
    static std::atomic<int> count{0};
    auto result = std::make_shared<std::promise<InvocationResult>>();
    Invocation call;
    call.payload = std::move(payload);
    char id[64];
    std::snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", ++count);
    call.request_id = id;
    call.trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
    call.done = [result](InvocationResult done) { result->set_value(std::move(done)); };
    if (change) change(call);
    auto future = result->get_future();
    function.invoke(std::move(call));
    return future;
  }
  static InvocationResult wait(std::future<InvocationResult>& future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "no result within 30 seconds";
      return {};
    }
    return future.get();
  }
  static InvocationResult invoke(Function& function, std::string payload,
                                 const std::function<void(Invocation&)>& change = {}) {
    auto future = begin(function, std::move(payload), change);
    return wait(future);
  }

  bool logged(const std::string& text) {
    const std::lock_guard lock(log_mutex_);
    for (const std::string& line : log_)
      if (line.find(text) != std::string::npos) return true;
    return false;
  }
  std::vector<std::string> log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  std::string folder_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<Handlers> handlers_;
};

}  // namespace stator::gateway
