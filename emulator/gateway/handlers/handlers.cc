#include "emulator/gateway/handlers/handlers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "emulator/gateway/handlers/bootstraps.h"
#include "emulator/gateway/handlers/command_function.h"
#include "emulator/gateway/handlers/function_registry.h"
#include "emulator/gateway/handlers/http_client.h"
#include "emulator/gateway/handlers/process_keeper.h"
#include "emulator/gateway/handlers/url_functions.h"
#include "emulator/gateway/handlers/worker_pool.h"

namespace stator::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderName = "stator-runtime-";

void write_file(const std::string& path, std::string_view text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "writing " + path);
}

// The roots that this machine trusts, where Linux distributions keep them; empty when there are none.
std::string machine_certificates() {
  for (const char* path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"})
    if (std::ifstream file(path, std::ios::binary); file)
      return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return {};
}

// A server that was killed leaves its folder behind; the next one of the same user takes it away.
void remove_abandoned(const fs::path& place) {
  std::error_code error;
  for (fs::directory_iterator at(place, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kFolderName)) continue;
    const int pid = std::atoi(name.c_str() + kFolderName.size());
    struct stat info;
    if (pid <= 0 || (kill(pid, 0) == 0 || errno != ESRCH)) continue;
    if (lstat(at->path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid()) continue;
    std::error_code ignored;
    fs::remove_all(at->path(), ignored);
  }
}

std::string make_runtime_folder() {
  std::error_code error;
  fs::path place = fs::temp_directory_path(error);
  if (error) place = "/tmp";
  remove_abandoned(place);
  std::string name = (place / (std::string(kFolderName) + std::to_string(getpid()) + "-XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr)  // 0700
    throw std::system_error(errno, std::generic_category(), "making a temporary folder for the bootstraps");
  write_file(name + "/bootstrap.mjs", kNodeBootstrap);
  write_file(name + "/bootstrap.py", kPythonBootstrap);
  return name;
}

struct RuntimeFolder {
  RuntimeFolder() : path(make_runtime_folder()) {}
  ~RuntimeFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;
  const std::string path;
};

}  // namespace

struct Handlers::Parts {
  explicit Parts(HandlerOptions given)
      : options(std::move(given)),
        programs(options.programs ? std::make_unique<Programs>(loop, options) : nullptr),
        client(loop),
        registry([this](FunctionConfig config) { return make(std::move(config)); },
                 [this](std::function<void()> task) { boost::asio::post(loop, std::move(task)); }),
        work(loop.get_executor()),
        thread([this] { run(); }) {}

  void run() {
    // Signals are the main thread's business; and a program that does not read its stdin must not end us by SIGPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    loop.run();
  }

  // What programs need: their keeper, and the folder of our bootstraps.
  struct Programs {
    Programs(boost::asio::io_context& loop, HandlerOptions& options)
        : keeper(loop), services{loop, keeper, options, folder.path} {}
    RuntimeFolder folder;
    ProcessKeeper keeper;
    WorkerServices services;
  };

  WorkerServices& services() {
    if (!programs) throw std::logic_error("functions are described where none were to be");
    return programs->services;
  }

  std::shared_ptr<OwnedFunction> make(FunctionConfig config) {
    switch (config.kind) {
      case FunctionKind::kCommand:
        return std::make_shared<CommandFunction>(services(), std::move(config));
      case FunctionKind::kInvokeUrl:
        return make_invoke_url_function(std::move(config), client);
      case FunctionKind::kHttp:
        return make_http_function(std::move(config), client);
      case FunctionKind::kMock:
        return make_mock_function(std::move(config));
      case FunctionKind::kRuntime:
      case FunctionKind::kNode:
      case FunctionKind::kPython:
      case FunctionKind::kAttach:
        break;
    }
    return std::make_shared<WorkerPool>(services(), std::move(config));
  }

  HandlerOptions options;  // read on the loop only, once the thread runs
  boost::asio::io_context loop{1};
  std::unique_ptr<Programs> programs;
  HttpClient client;
  LocalFunctionRegistry registry;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::thread thread;
};

Handlers::Handlers(HandlerOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}

Handlers::~Handlers() {
  std::promise<void> stopped;
  boost::asio::post(parts_->loop, [this, &stopped] {
    parts_->registry.stop_all();
    parts_->client.stop();
    // After what the two have posted.
    boost::asio::post(parts_->loop, [&stopped] { stopped.set_value(); });
  });
  stopped.get_future().wait();
  parts_->work.reset();
  parts_->loop.stop();
  parts_->thread.join();
}

FunctionRegistry& Handlers::functions() {
  return parts_->registry;
}
UpstreamClient& Handlers::upstream() {
  return parts_->client;
}

void Handlers::set_server(std::string url, std::string_view certificate) {
  std::string own, all;
  if (!certificate.empty() && parts_->programs) {
    own = parts_->programs->folder.path + "/server.pem";
    write_file(own, certificate);
    // Most programs take one file instead of the machine's, so that is in it too.
    if (std::string machine = machine_certificates(); !machine.empty()) {
      all = parts_->programs->folder.path + "/all.pem";
      write_file(all, machine.append("\n").append(certificate));
    }
  }
  boost::asio::post(parts_->loop, [this, url = std::move(url), own = std::move(own), all = std::move(all)]() mutable {
    ChildDefaults& child = parts_->options.child;
    child.endpoint_url = std::move(url);
    child.certificates = all.empty() ? own : std::move(all);
    child.own_certificate = std::move(own);
  });
}

void Handlers::set_api_urls(std::map<std::string, std::string> urls) {
  boost::asio::post(parts_->loop,
                    [this, urls = std::move(urls)]() mutable { parts_->options.child.api_urls = std::move(urls); });
}

uint16_t Handlers::attach_port(std::string_view function) {
  const auto found = std::dynamic_pointer_cast<WorkerPool>(parts_->registry.find(function));
  if (!found || found->config().kind != FunctionKind::kAttach) return 0;
  std::promise<uint16_t> port;
  boost::asio::post(parts_->loop, [&] { port.set_value(found->port()); });
  return port.get_future().get();
}

int Handlers::keeper_pid() const {
  return parts_->programs ? parts_->programs->keeper.keeper_pid() : -1;
}

}  // namespace stator::gateway
