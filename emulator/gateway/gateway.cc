#include "emulator/gateway/gateway.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "emulator/gateway/address.h"
#include "emulator/gateway/http/http_plane.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/rest_plane.h"
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

// What answers when the URL is one of ours but there is no such API or stage. The service does not say which of the
// two.
void answer_nowhere(const std::shared_ptr<Call>& call, bool http) {
  if (!call->claim()) return;
  WireReply reply;
  if (http) {
    reply = http_error(*call, 404, "Not Found");
    reply.headers.emplace_back("apigw-requestid", call->extended_request_id);
  } else {
    reply.status = 403;
    add_rest_headers(*call, reply);
    reply.headers.emplace_back("x-amzn-ErrorType", "ForbiddenException");
    reply.headers.emplace_back("Content-Type", "application/json");
    reply.body = "{\"message\":\"Forbidden\"}";
  }
  call->answer(std::move(reply));
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
    : options_(std::move(options)), functions_(functions), served_(std::make_shared<Served>()) {
  services_.functions = &functions;
  services_.upstream = &upstream;
  services_.timers = &timers_;
  services_.now_ms = options_.now_ms;
  access_ = std::make_unique<AccessControl>(options_.access, functions, upstream, timers_, options_.now_ms);
  services_.access = access_.get();
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

void Gateway::serve_stored(StoredApis& stored, std::function<void(std::function<void()>)> later) {
  stored_ = &stored;
  later_ = std::move(later);
}

const CallServices& Gateway::services_of(const DocumentScope& scope) {
  const std::lock_guard lock(scoped_mutex_);
  const auto [at, fresh] = scoped_.try_emplace(scope, services_);
  if (fresh) at->second.functions = told_.get();
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

std::shared_ptr<const ServedStage> Gateway::stage_of(const std::string& api_id, const std::string& stage) const {
  const std::shared_ptr<const Served> set = served();
  const auto api = set->apis.find(api_id);
  const std::shared_ptr<const StoredApi> kept =
      api == set->apis.end() && stored_ != nullptr ? stored_->find(api_id, {}) : nullptr;
  if (api == set->apis.end() && !kept) return nullptr;
  const Stages& stages = kept ? kept->stages : api->second;
  const auto found = stages.find(stage);
  return found == stages.end() ? nullptr : found->second;
}

bool Gateway::manage_connection(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address,
                                const Served& set) {
  const std::optional<ConnectionAddress> asked = connection_address(address);
  if (!asked) return false;
  const std::shared_ptr<const StoredApi> kept =
      stored_ != nullptr && !asked->api_id.empty() ? stored_->find(asked->api_id, {}) : nullptr;
  const bool kept_socket = kept && kept->api->protocol == "WEBSOCKET";
  if (!set.websocket && !kept_socket) return false;
  // Below another kind of API it is a path like any other.
  if (const auto named = set.apis.find(asked->api_id);
      named != set.apis.end() && !named->second.begin()->second->is_websocket())
    return false;
  const std::string stage = percent_decode(asked->stage);
  // What the URL leaves open (no API, no stage) the connection's id settles: no two connections share one.
  auto reaches = [&](const std::string& api_id, const std::string& stage_name) {
    return (asked->api_id.empty() || asked->api_id == api_id) && (stage.empty() || stage == stage_name);
  };
  bool known = kept_socket && (stage.empty() || kept->stages.contains(stage));
  for (const auto& [id, stages] : set.apis)
    for (const auto& [name, served_stage] : stages)
      known = known || (served_stage->is_websocket() && reaches(id, name));
  auto call = std::make_shared<Call>(services_, exchange);
  call->path = call->context_path = address.path;
  call->trace.api_id = asked->api_id;
  call->trace.stage = stage;
  if (!known) {
    call->trace.problem = "there is no WebSocket API of this id and stage";
    answer_nowhere(call, false);
  } else {
    sockets_->manage(call, percent_decode(asked->connection_id),
                     [&](const SocketOrigin& origin) { return reaches(origin.api_id, origin.stage); });
  }
  return true;
}

bool Gateway::handle_plain(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address, const Served& set) {
  const WireRequest& request = exchange->request();
  if (!set.plain || address.path.starts_with("/_stator/") || address.path.starts_with("/_aws/")) return false;
  std::shared_ptr<const ServedStage> stage = set.plain;
  std::string_view path = address.path;
  if (stage->is_websocket()) {
    // At the root and at /STAGE, for those who ask for WebSocket; all else is the server's own.
    if (!is_upgrade(request)) return false;
    const StageSplit split = split_stage(address.path);
    const auto& stages = set.apis.begin()->second;
    if (const auto named = stages.find(percent_decode(split.stage)); named != stages.end()) {
      stage = named->second;
      path = split.path;
    }
  } else if (address.path == "/") {
    // The root is the server's own unless the API has it.
    if (request.method == "POST" && request.header("X-Amz-Target")) return false;
    if (stage->router.match("/", request.method, false).route == RouteMatch::kNone) return false;
  }
  auto call = std::make_shared<Call>(services_, exchange);
  call->stage = stage;
  call->path = call->context_path = path;
  call->raw_query = address.query;
  call->domain_name = request.header("Host").value_or("");
  call->domain_prefix = stage->api->id;
  call->trace.api_id = stage->api->id;
  call->trace.api_name = stage->api->name;
  call->trace.stage = stage->stage->name;
  if (stage->is_websocket())
    sockets_->serve(std::move(call));
  else if (stage->is_http())
    serve_http(std::move(call));
  else
    serve_rest(std::move(call));
  return true;
}

void Gateway::handle_later(const std::shared_ptr<Exchange>& exchange) {
  later_([this, exchange] {
    if (!stored_->fresh()) stored_->refresh();
    handle(exchange);
  });
}

bool Gateway::serve_domain(const std::shared_ptr<Exchange>& exchange, const ApiAddress& address) {
  const WireRequest& request = exchange->request();
  if (stored_ == nullptr || !stored_->fresh()) return false;
  const std::string_view host = request.header("Host").value_or("");
  const std::shared_ptr<const StoredDomain> domain = stored_->find_domain(host.substr(0, host.rfind(':')));
  if (domain == nullptr) return false;
  auto call = std::make_shared<Call>(services_of(domain->scope), exchange);
  call->path = call->context_path = address.path;
  call->raw_query = address.query;
  call->domain_name = host;
  call->domain_prefix = host.substr(0, host.find('.'));
  const StoredDomain::Mapping* mapping = domain->mapping_of(address.path);
  const std::shared_ptr<const StoredApi> kept = mapping ? stored_->find(mapping->api_id, domain->scope.fork) : nullptr;
  std::string_view path = address.path;
  if (mapping && !mapping->key.empty()) path.remove_prefix(mapping->key.size() + 1);
  std::string stage_name = mapping ? mapping->stage : "";
  if (kept && stage_name.empty()) {  // the path names it
    const StageSplit split = split_stage(path);
    stage_name = percent_decode(split.stage);
    path = split.path;
  }
  const auto stage = kept ? kept->stages.find(stage_name) : Stages::const_iterator();
  if (!kept || stage == kept->stages.end()) {
    call->trace.problem =
        !mapping ? "no mapping of the domain has this path" : "the mapping's API or stage is not deployed";
    answer_nowhere(call, false);
    return true;
  }
  call->path = path.empty() ? "/" : std::string(path);
  call->trace.api_id = kept->api->id;
  call->trace.api_name = kept->api->name;
  call->trace.stage = stage->first;
  call->stage = stage->second;
  if (call->stage->is_websocket())
    sockets_->serve(std::move(call));
  else if (call->stage->is_http())
    serve_http(std::move(call));
  else
    serve_rest(std::move(call));
  return true;
}

bool Gateway::handle(const std::shared_ptr<Exchange>& exchange) {
  const WireRequest& request = exchange->request();
  const std::shared_ptr<const Served> set = served();
  const ApiAddress address = parse_address(request.target, request.header("Host"));
  if (manage_connection(exchange, address, *set)) return true;
  if (address.form == ApiAddress::Form::kPlain)
    return serve_domain(exchange, address) || handle_plain(exchange, address, *set);
  // The owner's files, then what the control planes keep.
  const auto described = set->apis.find(address.api_id);
  const Stages* stages = described != set->apis.end() ? &described->second : nullptr;
  std::shared_ptr<const StoredApi> kept;
  if (stages == nullptr && stored_ != nullptr) {
    if (!stored_->fresh()) {
      handle_later(exchange);
      return true;
    }
    kept = stored_->find(address.api_id, request.header("X-Stator-Fork").value_or(""));
    if (kept) stages = &kept->stages;
  }
  auto call = std::make_shared<Call>(kept ? services_of(kept->scope) : services_, exchange);
  call->path = call->context_path = address.path;
  call->raw_query = address.query;
  call->domain_name = request.header("Host").value_or("");
  call->domain_prefix = address.api_id;
  call->trace.api_id = address.api_id;
  if (stages == nullptr) {
    call->trace.problem = "there is no API of this id";
    answer_nowhere(call, false);
    return true;
  }
  const bool http = kept ? kept->api->protocol == "HTTP" : stages->begin()->second->is_http();
  if (kept && kept->api->disable_execute_api_endpoint && address.form == ApiAddress::Form::kHost) {
    call->trace.problem = "the API's own address is disabled (disableExecuteApiEndpoint)";
    answer_nowhere(call, http);
    return true;
  }
  // The stage is named by the URL, or by the first part of the path; an HTTP API's $default needs no name.
  std::string wanted = percent_decode(address.stage);
  std::string path(address.path);
  if (address.form == ApiAddress::Form::kHost) {
    const StageSplit split = split_stage(address.path);
    wanted = percent_decode(split.stage);
    path = split.path;
  }
  auto stage = stages->find(wanted);
  if (stage == stages->end() && http) {
    stage = stages->find("$default");
    path = address.form == ApiAddress::Form::kHost ? std::string(address.path)
           : address.stage.empty()                 ? "/"
                                                   : "/" + std::string(address.stage) + std::string(address.path);
    if (address.form == ApiAddress::Form::kExecuteApi && address.path == "/" &&
        !request.target.substr(0, request.target.find('?')).ends_with('/'))
      path = "/" + std::string(address.stage);
  }
  if (stage == stages->end()) {
    call->trace.problem = "the API has no stage \"" + wanted + "\"";
    answer_nowhere(call, http);
    return true;
  }
  call->stage = stage->second;
  call->path = path;
  call->context_path = stage->first == "$default" ? path : "/" + stage->first + path;
  call->trace.api_name = call->stage->api->name;
  call->trace.stage = stage->first;
  if (call->stage->is_websocket())
    sockets_->serve(std::move(call));
  else if (http)
    serve_http(std::move(call));
  else
    serve_rest(std::move(call));
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
