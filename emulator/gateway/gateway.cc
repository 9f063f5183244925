#include "emulator/gateway/gateway.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "emulator/gateway/rest/stage_cache.h"
#include "emulator/gateway/rest/test_invoke.h"

namespace stator::gateway {
namespace {

std::string fingerprint_of(const std::vector<std::string>& files) {
  std::string out;
  for (const std::string& file : files) {
    struct stat info {};
    if (stat(file.c_str(), &info) == 0)
      out += std::to_string(info.st_ino) + "/" + std::to_string(info.st_size) + "/" +
             std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
    out += ";";
  }
  return out;
}

// "arn:...:function:NAME:alias" -> "NAME".
std::string function_name(const std::string& name_or_arn) {
  const size_t at = name_or_arn.find("function:");
  const std::string tail = at == std::string::npos ? name_or_arn : name_or_arn.substr(at + 9);
  return tail.substr(0, tail.find(':'));
}

std::shared_ptr<const ServedStage> first_choice(
    const std::map<std::string, std::shared_ptr<const ServedStage>, std::less<>>& stages) {
  const auto found = stages.find("$default");
  return found != stages.end() ? found->second : stages.begin()->second;
}

// The functions, with a word in the log for each that is not there: an API made over the wire may name any.
class ToldFunctions final : public FunctionRegistry {
 public:
  ToldFunctions(FunctionRegistry& functions, std::function<void(std::string_view)> missing)
      : functions_(functions), missing_(std::move(missing)) {}
  std::shared_ptr<Function> find(std::string_view name_or_arn) const override {
    std::shared_ptr<Function> found = functions_.find(name_or_arn);
    if (!found) missing_(name_or_arn);
    return found;
  }
  std::vector<std::string> replace(std::string_view source, std::vector<FunctionConfig> functions) override {
    return functions_.replace(source, std::move(functions));
  }

 private:
  FunctionRegistry& functions_;
  std::function<void(std::string_view)> missing_;
};

}  // namespace

Gateway::Gateway(GatewayOptions options, FunctionRegistry& functions, UpstreamClient& upstream)
    : options_(std::move(options)),
      functions_(functions),
      responses_(kCacheBytes, kMaxCachedBody),
      served_(std::make_shared<Served>()) {
  services_.functions = &functions;
  services_.upstream = &upstream;
  services_.timers = &timers_;
  services_.now_ms = options_.now_ms;
  access_ = std::make_unique<AccessControl>(options_.access, functions, upstream, timers_, options_.now_ms);
  services_.access = access_.get();
  services_.responses = &responses_;
  services_.account = options_.account;
  services_.region = options_.region;
  services_.explain = services_.payloads = options_.debug || options_.request_log;
  services_.on_access_log = options_.access_log;
  services_.dynamodb = options_.dynamodb;
  services_.on_problem = [this](const std::string& line) { log(GatewayLogLevel::kError, line); };
  sockets_ = std::make_unique<WebSocketPlane>(
      services_, [this](const std::string& api_id, const std::string& stage) { return stage_of(api_id, stage); });
  told_ = std::make_unique<ToldFunctions>(functions, [this](std::string_view function) {
    log(GatewayLogLevel::kError,
        "the function " + std::string(function) + " was called, which nothing here runs: " + "describe \"" +
            function_name(std::string(function)) + "\" in a --functions file (or a template) and start again");
  });
  if (options_.debug || options_.request_log) {
    services_.on_trace = [this](const RequestTrace& trace) {
      if (options_.request_log) options_.request_log(trace);
      if (options_.debug) log(GatewayLogLevel::kDebug, describe(trace));
    };
  }
}

Gateway::~Gateway() {
  watch_.reset();
}

void Gateway::serve_stored(StoredApis& stored, std::function<void(std::function<void()>)> later,
                           std::function<int64_t(const DocumentScope&)> now_ms) {
  stored_ = &stored;
  later_ = std::move(later);
  scope_now_ms_ = std::move(now_ms);
}

const CallServices& Gateway::services_of(const DocumentScope& scope) {
  const std::lock_guard lock(scoped_mutex_);
  const auto [at, fresh] = scoped_.try_emplace(scope, services_);
  if (fresh) {
    at->second.functions = told_.get();
    at->second.fork = scope.fork;
    at->second.now_ms = [this, scope] { return scope_now_ms_(scope); };
  }
  if (fresh && !scope.account.empty()) {  // all accounts are one: ours stands for it
    at->second.account = scope.account;
    at->second.region = scope.region;
  }
  return at->second;
}

void Gateway::test(TestInvocation test, TestDone done, bool authorizer) {
  std::vector<std::string> notes;
  const Stage* stage = test.api->stage(test.stage);
  const std::shared_ptr<const ServedStage> compiled = compile_stage(test.api, *stage, notes);
  const CallServices& services = services_of(test.scope);
  if (authorizer)
    test_authorizer(services, compiled, std::move(test), std::move(done));
  else
    test_method(services, compiled, std::move(test), std::move(done));
}

void Gateway::log(GatewayLogLevel level, const std::string& text) const {
  if (options_.log) options_.log(level, text);
}

std::shared_ptr<const Gateway::Served> Gateway::served() const {
  const std::lock_guard lock(mutex_);
  return served_;
}

Gateway::Source Gateway::read(const std::string& path, bool functions_only) const {
  ImportOptions import;
  import.templates.account = options_.account;
  import.templates.region = options_.region;
  import.templates.parameters = options_.parameters;
  import.now_ms = options_.now_ms();
  Source source;
  source.path = path;
  source.functions_only = functions_only;
  // Before the reading: a change in between is then seen as one.
  source.fingerprint = fingerprint_of({path});
  if (functions_only) {
    source.imported.files = {path};
    source.imported.functions = import_functions(path, import);
  } else {
    if (options_.api_files.size() > 1) import.templates.imports = exports_of(options_.api_files, import.templates);
    source.imported = import_file(path, import);
    // What others export is part of this one: a change of theirs has it read again.
    if (!import.templates.imports.empty())
      for (const std::string& other : options_.api_files)
        if (other != path) source.imported.files.push_back(other);
    if (source.imported.files.size() > 1) source.fingerprint = fingerprint_of(source.imported.files);
  }
  return source;
}

void Gateway::publish(std::vector<Source> sources) {
  std::set<std::string> known;
  for (const Source& source : sources)
    for (const FunctionConfig& function : source.imported.functions) known.insert(function.name);
  std::string problems;
  auto served = std::make_shared<Served>();
  std::vector<ApiKey> keys;
  std::vector<UsagePlan> plans;
  for (const Source& source : sources) {
    keys.insert(keys.end(), source.imported.api_keys.begin(), source.imported.api_keys.end());
    plans.insert(plans.end(), source.imported.usage_plans.begin(), source.imported.usage_plans.end());
    for (const FunctionUse& use : source.imported.uses) {
      const std::string name = function_name(use.function);
      if (known.contains(name)) continue;
      const auto why = source.imported.unrunnable.find(name);
      problems +=
          (problems.empty() ? "" : "\n") + use.place + ": " + use.route + " calls the function " + use.function +
          ", which nothing here runs: describe it in a --functions file, in x-stator-handler or in the template" +
          (why == source.imported.unrunnable.end() ? "" : " (" + why->second + ")");
    }
    for (const auto& [name, why] : source.imported.unrunnable)
      if (!known.contains(name)) served->notes.push_back(why);
    served->notes.insert(served->notes.end(), source.imported.notes.begin(), source.imported.notes.end());
    for (const Api& api : source.imported.apis) {
      auto shared = std::make_shared<const Api>(api);
      if (served->apis.contains(api.id))
        problems += (problems.empty() ? "" : "\n") + source.path + ":1: API " + api.name + " is described twice (id " +
                    api.id + ")";
      for (const Stage& stage : shared->stages) {
        std::vector<std::string> notes;
        if (std::shared_ptr<const ServedStage> compiled = compile_stage(shared, stage, notes))
          served->apis[api.id][stage.name] = std::move(compiled);
        for (const std::string& note : notes) served->notes.push_back(source.path + ": " + api.name + ": " + note);
      }
    }
  }
  if (!problems.empty()) throw GatewayLoadError(problems);
  for (const auto& [id, stages] : served->apis)
    served->websocket = served->websocket || stages.begin()->second->is_websocket();
  if (served->apis.size() == 1) served->plain = first_choice(served->apis.begin()->second);
  for (const Source& source : sources) {
    for (const std::string& problem : functions_.replace(source.path, source.imported.functions))
      problems += (problems.empty() ? "" : "\n") + problem;
    if (!problems.empty()) throw GatewayLoadError(problems);
  }
  sources_ = std::move(sources);
  access_->set_keys("files", std::move(keys), std::move(plans));
  access_->forget();
  forget_responses();
  for (const auto& [id, stages] : served->apis)
    for (const auto& [name, stage] : stages)
      for (const std::string& note : access_->notes(*stage))
        served->notes.push_back("API " + stage->api->name + ", stage " + name + ": " + note);
  const std::lock_guard lock(mutex_);
  served_ = std::move(served);
}

void Gateway::load() {
  const std::lock_guard lock(load_mutex_);
  std::vector<Source> sources;
  for (const std::string& path : options_.function_files) sources.push_back(read(path, true));
  for (const std::string& path : options_.api_files) sources.push_back(read(path, false));
  publish(std::move(sources));
  begin_watch();
}

void Gateway::begin_watch() {
  if (!options_.watch || watch_) return;
  std::vector<std::string> files;
  for (const Source& source : sources_)
    files.insert(files.end(), source.imported.files.begin(), source.imported.files.end());
  if (files.empty()) return;
  watch_ = std::make_unique<FileWatch>(files, [this] { reload(); });
  if (!watch_->working())
    log(GatewayLogLevel::kError, "the API files cannot be watched (inotify): changes are served after a restart");
}

bool Gateway::reload() {
  if (!read_again()) return false;
  if (options_.reloaded) options_.reloaded();
  return true;
}

bool Gateway::read_again() {
  const std::lock_guard lock(load_mutex_);
  std::vector<Source> sources = sources_;
  bool changed = false;
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string now = fingerprint_of(sources[i].imported.files);
    if (now == sources[i].fingerprint) continue;
    sources_[i].fingerprint = now;  // told once, also when it is broken
    try {
      sources[i] = read(sources[i].path, sources[i].functions_only);
      changed = true;
    } catch (const std::exception& e) {
      log(GatewayLogLevel::kError, std::string(e.what()) + " (the version before it is still served)");
      return false;
    }
  }
  if (!changed) return false;
  const std::vector<std::string> told = notes();
  try {
    publish(std::move(sources));
  } catch (const std::exception& e) {
    log(GatewayLogLevel::kError, std::string(e.what()) + " (the version before it is still served)");
    return false;
  }
  log(GatewayLogLevel::kInfo, "the API files have changed: the new version is served");
  for (const std::string& note : notes())
    if (std::find(told.begin(), told.end(), note) == told.end()) log(GatewayLogLevel::kInfo, note);
  return true;
}

std::vector<RouteLine> Gateway::routes(const std::string& base_url) const {
  const std::shared_ptr<const Served> set = served();
  std::vector<RouteLine> lines;
  for (const auto& [id, stages] : set->apis) {
    for (const auto& [name, stage] : stages) {
      std::string prefix = base_url;
      const bool websocket = stage->is_websocket();
      if (websocket && prefix.starts_with("http")) prefix.replace(0, 4, "ws");  // https becomes wss
      if (stage == set->plain)
        prefix += "";
      else if (websocket && set->plain)
        prefix += "/" + name;
      else if (!stage->is_http() && !websocket)
        prefix += "/restapis/" + id + "/" + name + "/_user_request_";
      else
        prefix += "/_aws/execute-api/" + id + (name == "$default" ? "" : "/" + name);
      for (const RoutePlan& plan : stage->plans) {
        const std::string& type = plan.integration->type;
        std::string target = !plan.function.empty() ? function_name(plan.function) : plan.uri.empty() ? type : plan.uri;
        const std::string path = websocket ? "" : plan.path == "$default" ? "/" : plan.path;
        lines.push_back({stage->api->name, id, name, plan.key, websocket, prefix + path, std::move(target)});
      }
    }
  }
  return lines;
}

std::vector<templates::TableRequest> Gateway::tables() const {
  const std::lock_guard lock(load_mutex_);
  std::vector<templates::TableRequest> all;
  for (const Source& source : sources_)
    all.insert(all.end(), source.imported.tables.begin(), source.imported.tables.end());
  return all;
}

std::vector<FunctionConfig> Gateway::functions() const {
  const std::lock_guard lock(load_mutex_);
  std::vector<FunctionConfig> all;
  for (const Source& source : sources_)
    all.insert(all.end(), source.imported.functions.begin(), source.imported.functions.end());
  return all;
}

std::vector<std::string> Gateway::notes() const {
  return served()->notes;
}

}  // namespace stator::gateway
