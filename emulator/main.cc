// Knows every room and wires them by constructor. The only place that reads the system clock.
#include <arpa/inet.h>
#include <link.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <thread>

#include "emulator/api_gateway.h"
#include "emulator/dispatcher.h"
#include "emulator/elsewhere.h"
#include "emulator/engine.h"
#include "emulator/fixture/admin.h"
#include "emulator/fixture/metrics.h"
#include "emulator/maintenance.h"
#include "emulator/options.h"
#include "emulator/seed_commands.h"
#include "emulator/seeding/bucket_transfers.h"
#include "persistence/store.h"
#include "persistence/store_error.h"
#include "protocol/error/error_catalog.h"
#include "protocol/http/http_server.h"
#include "protocol/http/origin_rules.h"

namespace stator {
namespace {

class SystemClock : public Clock {
 public:
  int64_t now_ms() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

class Log {
 public:
  explicit Log(LogLevel level) : level_(level) {}
  bool enabled(LogLevel level) const { return level <= level_; }
  void write(LogLevel level, std::string_view line) {
    if (!enabled(level)) return;
    static constexpr std::string_view kNames[] = {"error", "warn", "info", "debug"};
    std::string out(kNames[static_cast<size_t>(level)]);
    out += ": ";
    out += line;
    out += '\n';
    std::lock_guard lock(mutex_);
    std::cerr << out << std::flush;
  }

 private:
  LogLevel level_;
  std::mutex mutex_;
};

std::string describe(const RequestRecord& r) {
  std::string line(r.operation.empty() ? "?" : r.operation);
  if (!r.table.empty()) line += " table=" + std::string(r.table);
  if (!r.index.empty()) line += " index=" + std::string(r.index);
  line +=
      " status=" + std::to_string(r.status) + " rows=" + std::to_string(r.rows) + " units=" + std::to_string(r.units);
  if (!r.error.empty()) line += " " + std::string(r.error) + ": " + std::string(r.error_message);
  return line + " " + std::to_string(r.nanoseconds / 1000) + " us";
}

// Everything that is not DynamoDB's POST: the health text, and 404.
void answer_other(const Options& options, const std::shared_ptr<Exchange>& exchange) {
  const WireRequest& request = exchange->request();
  WireReply reply;
  std::string_view path = request.target.substr(0, request.target.find('?'));
  if ((request.method == "GET" || request.method == "HEAD") && path == "/") {
    if (options.local_mode && path == "/") {
      // DynamoDB Local answers an unsigned GET with an error, and tools wait for just that.
      AwsError error = errors::missing_authentication_token();
      reply.status = 400;
      errors::append_error_body(error, reply.body);
      reply.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
    } else {
      reply.headers.emplace_back("Content-Type", "text/plain");
      reply.body = "healthy: dynamodb.us-east-1.amazonaws.com ";
    }
    reply.headers.emplace_back("x-amzn-RequestId", new_request_id());
  } else if (path == "/" && request.method == "POST") {
    // No target of ours: the service knows no such operation.
    AwsError error = errors::unknown_operation();
    reply.status = error.status();
    errors::append_error_body(error, reply.body);
    reply.headers.emplace_back("x-amzn-RequestId", new_request_id());
    reply.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
  } else {
    reply.status = 404;
    reply.headers.emplace_back("x-amzn-RequestId", new_request_id());
    reply.body = "<UnknownOperationException/>\n";
    reply.headers.emplace_back("Content-Type", "application/xml");
  }
  exchange->reply(std::move(reply));
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// One GET / over plain sockets to the address that the settings name.
int healthcheck(const Options& options) {
  std::string host = options.hosts.empty() ? "127.0.0.1" : options.hosts[0];
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  sockaddr_storage address{};
  socklen_t size = 0;
  if (auto* v6 = reinterpret_cast<sockaddr_in6*>(&address); host.find(':') != std::string::npos) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(options.port));
    if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) != 1) return 1;
    size = sizeof(sockaddr_in6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(options.port));
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) inet_pton(AF_INET, "127.0.0.1", &v4->sin_addr);
    size = sizeof(sockaddr_in);
  }
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 1;
  timeval limit{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  bool healthy = false;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) {
    constexpr std::string_view kRequest =
        "GET /_stator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[64] = {};
    if (options.tls_self_signed || !options.tls_cert.empty())
      healthy = true;  // it listens; the rest is behind TLS
    else if (send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size()) &&
             recv(fd, answer, sizeof answer - 1, 0) > 12)
      healthy = std::strncmp(answer, "HTTP/1.1 200", 12) == 0;
  }
  close(fd);
  return healthy ? 0 : 1;
}

void print_start(const Options& options, const http::HttpServer& server, const ApiGateway& apis) {
  std::vector<std::string> endpoints = server.endpoints();
  std::string all;
  for (const std::string& endpoint : endpoints) all += (all.empty() ? "" : " and ") + endpoint;
  if (options.local_mode)
    std::cout << "Initializing DynamoDB Local with the following configuration:\nPort:\t" << server.port()
              << "\nInMemory:\t" << (options.in_memory ? "true" : "false") << "\nDbPath:\t"
              << (options.in_memory ? "null" : options.data) << "\nSharedDb:\t" << (options.shared ? "true" : "false")
              << "\nshouldDelayTransientStatuses:\t" << (options.table_delay_ms != 0 ? "true" : "false")
              << "\nCorsParams:\t" << (options.cors.empty() ? "null" : options.cors) << "\n\n";
  std::cout << "stator " << STATOR_VERSION << " listening on " << all << "\n";
  if (options.in_memory)
    std::cout << "data: in memory, gone when the server stops\n";
  else
    std::cout << "data: " << std::filesystem::absolute(options.data).lexically_normal().string() << "\n";
  const std::string key = options.iam.empty() ? "local" : "...";  // or one of that file
  std::cout << "try:  AWS_ACCESS_KEY_ID=" << key << " AWS_SECRET_ACCESS_KEY=" << key
            << " aws dynamodb list-tables --region us-east-1 --endpoint-url " << endpoints.front() << "\n";
  for (const std::string& line : apis.start_lines(endpoints.front())) std::cout << line << "\n";
  std::cout << std::flush;
}

// Lets the pages go that only the start ran and read, the loader's tables among them: what serving touches of the
// program's files comes back by itself. Kernels that map large folios whole held up to 7.4 MB of code for an idle
// server, now 3.6.
void release_start_pages() {
#ifdef NDEBUG  // a debugger's breakpoints would go as well
  const auto release = [](dl_phdr_info* object, size_t, void*) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const auto& part = object->dlpi_phdr[i];
      if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;  // what was written is not in the file
      const uintptr_t begin = object->dlpi_addr + part.p_vaddr;
      const uintptr_t first = (begin + page - 1) / page * page, end = (begin + part.p_memsz) / page * page;
      if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
    }
    return 0;
  };
  dl_iterate_phdr(release, nullptr);
#endif
}

int serve(const Options& options) {
  // Before any thread exists, so that every thread leaves them to the one that waits for them below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  Log log(options.log_level);
  SystemClock clock;
  // Before the store is opened and other threads start: the keeper of the functions' processes is forked here.
  std::shared_ptr<const access::Identities> identities;
  if (!options.iam.empty())
    identities = std::make_shared<access::Identities>(access::Identities::read_file(options.iam));
  else if (!options.iam_credentials.empty())
    identities = std::make_shared<access::Identities>(access::Identities::read_credentials(options.iam_credentials));
  const std::unique_ptr<ApiGateway> apis = ApiGateway::make(
      options, identities, clock, [&log](LogLevel level, const std::string& line) { log.write(level, line); });
  EngineOptions engine_options;
  std::optional<DialectSettings> dialects = DialectSettings::parse(options.dialect);
  if (!dialects) {
    std::cerr << "stator: --dialect: " << options.dialect << " is not old, new or a region whose wording is recorded\n";
    return 2;
  }
  engine_options.dialects = *dialects;
  engine_options.shared = options.shared;
  engine_options.serialize_transactions = options.serialize_transactions;
  engine_options.collection_limit = options.collection_limit;
  engine_options.space = {options.throttle, options.read_lag_ms, options.table_delay_ms};

  std::function<void()> wake_maintenance = [] {};
  engine_options.work_waits = [&wake_maintenance] { wake_maintenance(); };

  persistence::StoresOptions store_options;
  if (!options.in_memory) store_options.folder = options.data;
  store_options.durability = durability_of(options);
  store_options.reset = options.reset;
  Engine engine(persistence::open_stores(store_options), clock, std::move(engine_options));

  apis->keep_in(engine);
  // Whatever ends this function: the control planes' thread ends before the databases do.
  const std::unique_ptr<ApiGateway, void (*)(ApiGateway*)> stopped(apis.get(), [](ApiGateway* each) { each->stop(); });

  Maintenance maintenance(engine);
  maintenance.on_failure = [&log](std::string_view sentence) { log.write(LogLevel::kError, sentence); };
  wake_maintenance = [&maintenance] { maintenance.wake(); };
  seeding::BucketTransfers transfers(engine, options.s3);
  transfers.on_failure = maintenance.on_failure;
  maintenance.transfers = &transfers;
  maintenance.start();

  Dispatcher dispatcher(engine);
  dispatcher.on_failure = [&log](std::string_view sentence) { log.write(LogLevel::kError, sentence); };
  std::optional<AccessGate> gate;
  if (!options.iam.empty()) dispatcher.access = &gate.emplace(identities, clock);
  Metrics metrics;
  dispatcher.observer = [&log, &metrics](const RequestRecord& record) {
    metrics.count(record.operation, record.status, record.nanoseconds);
    if (log.enabled(LogLevel::kDebug)) log.write(LogLevel::kDebug, describe(record));
  };

  Elsewhere elsewhere(engine, [&log](std::string_view sentence) { log.write(LogLevel::kInfo, sentence); });
  if (!options.shared)
    dispatcher.on_missing_table = [&elsewhere](const persistence::ScopeName& where, std::string_view table) {
      elsewhere.missed(where, table);
    };

  if (!options.seed.empty()) {
    const auto told_to_stop = [] {
      sigset_t pending;
      return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
    };
    const auto tell = [&log](const std::string& sentence) { log.write(LogLevel::kInfo, sentence); };
    if (!seed(options, engine, tell, told_to_stop)) return 0;
  }
  apis->keep_requests([space = engine.spaces().main()](ApiRequest request) {
    LoggedRequest logged;
    logged.time_ms = space->clock.now_ms();
    logged.operation = kApiCall;
    if (request.status >= 400) logged.error = std::move(request.problem);
    logged.status = request.status;
    logged.microseconds = request.microseconds;
    space->log.add(std::move(logged), std::move(request.details));
  });
  apis->reach_dynamodb(
      [&dispatcher](WireRequest& request, WireReply& reply) { dispatcher.handle_now(request, reply); });
  apis->create_tables(
      [&engine](const std::vector<templates::TableRequest>& tables) { create_missing(engine, tables); });

  http::HttpServerOptions http_options;
  if (!options.hosts.empty()) http_options.hosts = options.hosts;
  http_options.port = options.port;
  http_options.threads = options.threads;
  http_options.tls = {options.tls_cert, options.tls_key, options.tls_self_signed};
  const bool functions = !options.api_files.empty() || !options.function_files.empty();
  if (functions && !http_options.tls.enabled()) {
    // A function that builds its URL as it must on AWS (https://{domainName}/{stage}/@connections/ID) is understood.
    http_options.tls.self_signed = http_options.tls.beside_plain = true;
    http_options.tls.names = {"*.execute-api.us-east-1.localhost"};
  }
  http_options.cors_origins = split_list(options.cors);
  http_options.allowed_hosts = options.allow_hosts;
  http_options.wall_clock = [&clock] { return clock.now_ms() / 1000; };
  Admin admin(engine, maintenance, metrics);
  admin.allowed = [&http_options](std::string_view host, std::string_view origin) {
    return http::host_allowed(host, http_options.allowed_hosts) && http::origin_allowed(origin, {});
  };
  admin.replaced = [&apis] { apis->databases_replaced(); };
  admin.start();
  auto answer = [&](std::shared_ptr<Exchange> exchange) {
    if (admin.answer(exchange)) return;
    // An API at the root has the other preflights of "/".
    bool for_dynamodb = http::is_preflight(exchange->request(), true);
    if (!for_dynamodb && apis->handle(exchange)) return;
    if (for_dynamodb || http::is_preflight(exchange->request(), false))
      exchange->reply(http::preflight_reply(exchange->request(), http_options));
    else
      answer_other(options, exchange);
  };
  http::HttpServer server(http_options, dispatcher, answer);
  server.start();
  apis->listening_at(server.endpoints().front(), server.certificate());
  print_start(options, server, *apis);
  release_start_pages();

  int signal = 0;
  sigwait(&signals, &signal);
  apis->close_sockets();
  server.stop(std::chrono::milliseconds(800));
  apis->stop();
  admin.stop();
  maintenance.stop();
  transfers.stop();
  return 0;
}

}  // namespace
}  // namespace stator

int main(int argc, char** argv) {
  stator::Options options;
  if (int status = stator::parse_options(argc, argv, options); status >= 0) return status;
  try {
    switch (options.command) {
      case stator::Command::kServe:
        return stator::serve(options);
      case stator::Command::kReset:
        stator::persistence::reset_folder(options.data);
        return 0;
      case stator::Command::kImport:
        return stator::run_import(options, stator::SystemClock());
      case stator::Command::kExport:
        return stator::run_export(options, stator::SystemClock());
      case stator::Command::kHealthcheck:
        return stator::healthcheck(options);
    }
  } catch (const std::exception& error) {
    std::cerr << "stator: " << error.what() << "\n";
    return 1;
  }
}
