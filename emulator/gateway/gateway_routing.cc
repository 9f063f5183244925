// The way of a request from its URL to its API and stage. See gateway.h.
#include "emulator/gateway/address.h"
#include "emulator/gateway/gateway.h"
#include "emulator/gateway/http/http_plane.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/rest_plane.h"

namespace stator::gateway {
namespace {

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

}  // namespace

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
  call->path = call->context_path = call->domain_path = address.path;
  call->raw_query = address.query;
  call->domain_name = host;
  call->domain_prefix = host.substr(0, host.find('.'));
  const std::optional<StoredDomain::Target> target = domain->target_of(address.path, request);
  const std::shared_ptr<const StoredApi> kept = target ? stored_->find(target->api_id, domain->scope.fork) : nullptr;
  std::string stage_name = target ? target->stage : "", path = target ? target->path : "";
  if (kept && stage_name.empty()) {  // the path names it
    const StageSplit split = split_stage(path);
    stage_name = percent_decode(split.stage);
    path = std::string(split.path);
  }
  const auto stage = kept ? kept->stages.find(stage_name) : Stages::const_iterator();
  if (!kept || stage == kept->stages.end()) {
    call->trace.problem = !target ? "no rule and no mapping of the domain has this path"
                                  : "the API or stage that the domain leads to is not deployed";
    answer_nowhere(call, false);
    return true;
  }
  call->path = path.empty() ? "/" : path;
  // What REST APIs tell has the mapping and no stage, what HTTP APIs tell the stage and no mapping.
  if (kept->api->protocol == "HTTP")
    call->context_path = (stage->first == "$default" ? "" : "/" + stage->first) + call->path;
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

}  // namespace stator::gateway
