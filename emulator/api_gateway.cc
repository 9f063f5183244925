#include "emulator/api_gateway.h"

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "emulator/api_documents.h"
#include "emulator/gateway/control/control_plane.h"
#include "emulator/gateway/control/stored_apis.h"
#include "emulator/gateway/gateway.h"
#include "emulator/gateway/handlers/handlers.h"
#include "emulator/gateway/handlers/lambda_api.h"
#include "emulator/templates/template.h"

namespace stator {
namespace {

// Where functions look for tables: their region.
constexpr const char* kRegion = "us-east-1";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

class WiredGateway final : public ApiGateway {
 public:
  WiredGateway(const Options& options, std::shared_ptr<const access::Identities> identities, const Clock& clock,
               Log log)
      : log_(std::move(log)) {
    gateway::HandlerOptions handler_options;
    handler_options.programs = !options.api_files.empty() || !options.function_files.empty();
    handler_options.child.region = kRegion;
    handler_options.child.path = variable("PATH");
    handler_options.child.home = variable("HOME");
    handler_options.child.lang = variable("LANG");
    handler_options.child.localize = [this](std::string value) { return with_streams(std::move(value)); };
    handler_options.epoch_ms = [&clock] { return clock.now_ms(); };
    handler_options.log = [this](const gateway::FunctionLogLine& line) {
      std::string text = "[" + std::string(line.function);
      if (!line.request_id.empty()) text += " " + std::string(line.request_id);
      log_(LogLevel::kInfo, text + "] " + std::string(line.text));
    };
    handlers_ = std::make_unique<gateway::Handlers>(std::move(handler_options));

    gateway::GatewayOptions gateway_options;
    gateway_options.api_files = options.api_files;
    gateway_options.function_files = options.function_files;
    for (const std::string& each : options.parameters) {
      const size_t equals = each.find('=');
      if (equals == std::string::npos || equals == 0)
        throw std::runtime_error("--parameter: expected NAME=VALUE, found \"" + each + "\"");
      gateway_options.parameters[each.substr(0, equals)] = each.substr(equals + 1);
    }
    gateway_options.access.api_keys = options.api_keys;
    gateway_options.access.key_sets = options.jwks;
    gateway_options.access.trust_unverified_tokens = options.trust_unverified_tokens;
    gateway_options.access.identities = std::move(identities);
    gateway_options.region = kRegion;
    const std::string gateway_account = gateway_options.account;
    gateway_options.now_ms = [&clock] { return clock.now_ms(); };
    gateway_options.debug = options.log_level == LogLevel::kDebug;
    gateway_options.log = [this](gateway::GatewayLogLevel level, const std::string& text) {
      log_(level == gateway::GatewayLogLevel::kError  ? LogLevel::kError
           : level == gateway::GatewayLogLevel::kInfo ? LogLevel::kInfo
                                                      : LogLevel::kDebug,
           text);
    };
    gateway_options.reloaded = [this] {
      tell_api_urls();
      try {
        if (may_make_tables_) make_tables_(gateway_->tables());
      } catch (const std::exception& e) {
        log_(LogLevel::kError, e.what());
      }
    };
    gateway_options.request_log = [this](const gateway::RequestTrace& trace) {
      if (!keep_request_) return;
      keep_request_({trace.status, trace.total_us, trace.problem, gateway::trace_json(trace)});
    };
    gateway_options.dynamodb = [this](WireRequest& request, WireReply& reply) { dynamodb_(request, reply); };
    gateway_options.access_log = [this](const std::string& line) { log_(LogLevel::kInfo, "access: " + line); };
    gateway_ =
        std::make_unique<gateway::Gateway>(std::move(gateway_options), handlers_->functions(), handlers_->upstream());
    gateway_->load();

    gateway::LambdaApiOptions lambda_options;
    lambda_options.account = gateway_account;
    lambda_options.region = kRegion;
    lambda_options.now_ms = [&clock] { return clock.now_ms(); };
    lambda_options.failed = [this](const std::string& text) { log_(LogLevel::kError, text); };
    lambda_ = std::make_unique<gateway::LambdaApi>(handlers_->functions(), std::move(lambda_options));
    for (const std::string& note : gateway_->notes()) log_(LogLevel::kWarn, note);
  }
  ~WiredGateway() override { stop(); }

  void keep_in(Engine& engine) override {
    engine_ = &engine;
    documents_ = std::make_unique<ApiDocuments>(engine);
    stored_ = std::make_unique<gateway::StoredApis>(
        *documents_, [this](const std::string& sentence) { log_(LogLevel::kWarn, sentence); },
        [this](std::vector<gateway::ApiKey> keys, std::vector<gateway::UsagePlan> plans) {
          gateway_->access().set_keys("control planes", std::move(keys), std::move(plans));
        });
    gateway::ControlOptions control;
    control.caller = [this](const WireRequest& request) { return documents_->caller(request); };
    control.now_ms = [this](const gateway::ControlCaller& caller) { return documents_->now_ms(caller.scope); };
    control.changed = [this](const gateway::DocumentScope& scope, const std::vector<std::string>& apis) {
      stored_->changed(scope, apis);
      gateway_->access().forget();  // what authorizers of an older version said
    };
    control.usage.days = [this](const std::string& plan, const std::string& key, int64_t first, int64_t last) {
      return gateway_->access().usage().days(plan, key, first, last);
    };
    control.usage.grant = [this](const std::string& plan, const std::string& key, int64_t remaining, int64_t now_ms) {
      gateway_->access().usage().grant(plan, key, remaining, now_ms);
    };
    control.tests.method = [this](gateway::TestInvocation test, gateway::TestDone done) {
      gateway_->test(std::move(test), std::move(done), false);
    };
    control.tests.authorizer = [this](gateway::TestInvocation test, gateway::TestDone done) {
      gateway_->test(std::move(test), std::move(done), true);
    };
    control.failed = [this](const std::string& sentence) { log_(LogLevel::kError, sentence); };
    control_ = std::make_unique<gateway::ControlPlane>(*documents_, std::move(control));
    gateway_->serve_stored(
        *stored_, [this](std::function<void()> task) { control_->post(std::move(task)); },
        [this](const gateway::DocumentScope& scope) { return documents_->now_ms(scope); });
    control_->post([this] { stored_->refresh(); });
  }

  void databases_replaced() override {
    documents_->databases_replaced();
    gateway_->forget_responses();
  }

  void create_tables(MakeTables make) override {
    make_tables_ = std::move(make);
    make_tables_(gateway_->tables());
    may_make_tables_ = true;
  }

  void keep_requests(std::function<void(ApiRequest)> keep) override { keep_request_ = std::move(keep); }

  void reach_dynamodb(std::function<void(WireRequest&, WireReply&)> dynamodb) override {
    dynamodb_ = std::move(dynamodb);
  }

  void listening_at(const std::string& base_url, const std::string& certificate) override {
    handlers_->set_server(base_url, certificate);
    {
      const std::lock_guard lock(base_url_mutex_);
      base_url_ = base_url;
    }
    tell_api_urls();
  }

  std::vector<std::string> start_lines(const std::string& base_url) const override {
    std::vector<std::string> lines;
    std::string last;
    for (const gateway::RouteLine& route : gateway_->routes(base_url)) {
      const std::string api = "api " + route.api + " (id " + route.api_id + "), stage " + route.stage + ":";
      if (api != last) lines.push_back(last = api);
      std::string key = route.key;
      if (!route.websocket) key = key == "$default" ? "ANY" : key.substr(0, key.find(' '));
      lines.push_back("  " + key + " " + route.url + " -> " + route.target);
    }
    for (const gateway::FunctionConfig& function : gateway_->functions())
      if (function.kind == gateway::FunctionKind::kAttach)
        lines.push_back("function " + function.name + ": start it with AWS_LAMBDA_RUNTIME_API=127.0.0.1:" +
                        std::to_string(handlers_->attach_port(function.name)));
    for (const templates::TableRequest& table : gateway_->tables())
      lines.push_back("table " + table.name + " (account 000000000000, region " + kRegion + ")");
    return lines;
  }

  bool handle(const std::shared_ptr<Exchange>& exchange) override {
    return (control_ && control_->handle(exchange)) || lambda_->handle(exchange) || gateway_->handle(exchange);
  }

  void close_sockets() override { gateway_->close_sockets(); }

  void stop() override {
    if (!handlers_) return;
    if (control_) control_->stop();
    gateway_->stop_watching();  // nothing may be handed to the handlers any more
    handlers_.reset();          // answers what is under way, through the gateway
  }

 private:
  // The stream of a template's table is known by the time that a function is started.
  std::string with_streams(std::string text) const {
    constexpr std::string_view kArn = "arn:aws:dynamodb:";
    Engine* engine = engine_.load();
    for (size_t at = 0; engine != nullptr && (at = text.find(templates::kUnknownStream, at)) != std::string::npos;
         ++at) {
      const size_t begin = text.rfind(kArn, at);
      if (begin == std::string::npos) continue;
      const std::string_view arn = std::string_view(text).substr(begin, at - begin);  // ...REGION:ACCOUNT:table/NAME
      const size_t account = arn.find(':', kArn.size());
      const size_t table = arn.find(":table/", account);
      if (account == std::string_view::npos || table == std::string_view::npos) continue;
      const bool shared = engine->options().shared;
      const std::string region(shared ? "" : arn.substr(kArn.size(), account - kArn.size()));
      const std::shared_ptr<Scope> scope =
          engine->find_scope({std::string(shared ? "" : arn.substr(account + 1, table - account - 1)), region, ""});
      const TablePtr found = scope != nullptr ? scope->catalog.find(arn.substr(table + 7)) : nullptr;
      if (found == nullptr || found->stream.label.empty()) continue;
      text.replace(at, templates::kUnknownStream.size(), "/stream/" + found->stream.label);
    }
    return text;
  }

  // Templates often hand a function an API's URL on AWS by a variable; here it gets the local one.
  void tell_api_urls() {
    const std::lock_guard lock(base_url_mutex_);
    if (base_url_.empty()) return;
    std::map<std::string, std::string> urls;
    for (const gateway::RouteLine& route : gateway_->routes(base_url_)) {
      const std::string there = "://" + route.api_id + ".execute-api." + kRegion + ".amazonaws.com";
      const std::string here = base_url_.substr(base_url_.find("://")) + "/_aws/execute-api/" + route.api_id;
      const bool tls = base_url_.starts_with("https");
      urls["https" + there] = (tls ? "https" : "http") + here;
      urls["wss" + there] = (tls ? "wss" : "ws") + here;
    }
    handlers_->set_api_urls(std::move(urls));
  }

  Log log_;
  std::mutex base_url_mutex_;
  std::string base_url_;
  std::function<void(ApiRequest)> keep_request_;
  std::function<void(WireRequest&, WireReply&)> dynamodb_;
  MakeTables make_tables_;
  std::atomic<bool> may_make_tables_ = false;
  std::atomic<Engine*> engine_ = nullptr;
  std::unique_ptr<gateway::Handlers> handlers_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<gateway::LambdaApi> lambda_;
  std::unique_ptr<ApiDocuments> documents_;
  std::unique_ptr<gateway::StoredApis> stored_;
  std::unique_ptr<gateway::ControlPlane> control_;
};

}  // namespace

std::unique_ptr<ApiGateway> ApiGateway::make(const Options& options,
                                             std::shared_ptr<const access::Identities> identities, const Clock& clock,
                                             Log log) {
  return std::make_unique<WiredGateway>(options, std::move(identities), clock, std::move(log));
}

}  // namespace stator
