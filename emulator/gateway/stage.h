// One stage of one API, compiled for serving: the deployment's routes in a Router, each with its integration's URI
// resolved against the stage's variables, its limits and its validators. Immutable (but for the token buckets): a
// change of the template makes a new one, and requests under way keep theirs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/authorizers/access_plan.h"
#include "emulator/gateway/router.h"
#include "emulator/gateway/throttle.h"
#include "emulator/gateway/websocket/selection.h"
#include "emulator/policy/policy.h"
#include "protocol/json/json_schema.h"

namespace stator::vtl {
class Regex;
class Template;
}  // namespace stator::vtl

namespace stator::gateway {

struct CompiledTemplate {
  std::string content_type;
  std::shared_ptr<const vtl::Template> compiled;  // null: it does not compile
  std::string problem;                            // "line 3: ...", when it does not
  bool is_empty = false;

  bool empty() const { return is_empty; }  // the payload passes as it is
};

struct ResponsePlan {
  const IntegrationResponse* response = nullptr;
  std::shared_ptr<const vtl::Regex> pattern;  // null: the default, or no regular expression
  std::vector<CompiledTemplate> templates;
};

struct CachePlan {                                         // of a REST method whose answers the stage's cache keeps
  enum class Refused : uint8_t { kFail, kWarn, kIgnore };  // Cache-Control of a caller who may not

  std::string key_prefix;  // which cache, and in it the integration's namespace
  int ttl_seconds = 0;
  bool get_only = false;  // of a method ANY
  bool needs_authorization = true;
  Refused refused = Refused::kWarn;
};

struct RoutePlan {
  std::string key;                     // "GET /items/{id}" or "$default"
  std::string path;                    // "/items/{id}"
  const Resource* resource = nullptr;  // REST
  const Method* method = nullptr;      // REST
  const Route* route = nullptr;        // HTTP, WebSocket
  const Integration* integration = nullptr;
  std::string uri;       // stage variables in place, {parameters} not
  std::string function;  // name or ARN, when the integration calls one
  bool streams = false;
  int timeout_ms = 0;
  AccessPlan access;
  std::unique_ptr<TokenBucket> limit;
  std::unique_ptr<const CachePlan> cache;           // REST; null: nothing is kept
  std::vector<CompiledTemplate> request_templates;  // of an integration that is no proxy, as are the responses
  std::vector<ResponsePlan> responses;
  bool validate_parameters = false;
  bool validate_body = false;
  // By content type; of a WebSocket API by what the selection names.
  std::vector<std::pair<std::string, std::shared_ptr<const JsonSchema>>> body_schemas;
  Selection model_selection;  // WebSocket
};

struct ServedStage {
  std::shared_ptr<const Api> api;
  std::shared_ptr<const ApiDefinition> definition;
  const Stage* stage = nullptr;
  Router router{RouterKind::kRest};
  std::vector<RoutePlan> plans;
  Selection selection;                           // WebSocket: names the route of a message
  std::shared_ptr<const policy::Policy> policy;  // REST: the API's resource policy
  bool policy_is_broken = false;                 // it cannot be read: nobody passes
  std::shared_ptr<const ServedStage> canary;     // REST: serves stage->canary_percent of the requests; null: none
  bool is_canary = false;

  bool is_http() const { return api->protocol == "HTTP"; }
  bool is_websocket() const { return api->protocol == "WEBSOCKET"; }
  // WebSocket: the plan of exactly that route key, or null.
  const RoutePlan* plan_of(std::string_view route_key) const;
};

// `stage` is one of the API's. `notes` gets what will not work as AWS does it, in words (a schema that is no JSON, a
// template that does not compile).
std::shared_ptr<ServedStage> compile_stage(std::shared_ptr<const Api> api, const Stage& stage,
                                           std::vector<std::string>& notes);

}  // namespace stator::gateway
