// The one model of an API: what the templates are read into, what the control planes edit, and what the data
// plane compiles into routes. REST (v1), HTTP and WebSocket (v2) APIs share it. An Api holds a draft (`definition`),
// deployments, each a frozen copy of a draft, and stages, each pointing at a deployment.
//
// Words of the service (types, methods, statuses) are kept as the service spells them; templates are kept verbatim.
// Plain values: whoever shares an Api shares it const. The control planes keep documents of their own, of which they
// build this.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stator::gateway {

using StringMap = std::map<std::string, std::string>;

struct IntegrationResponse {
  std::string status_code;
  std::string selection_pattern;
  std::string content_handling;
  StringMap response_parameters;
  StringMap response_templates{};  // by content type, verbatim
  // WebSocket
  std::string response_key{};  // "$default", "/2\\d\\d/"
  std::string template_selection_expression{};
};

struct Integration {
  std::string id;    // v2
  std::string type;  // AWS, AWS_PROXY, HTTP, HTTP_PROXY, MOCK
  std::string subtype;
  std::string http_method;
  std::string uri;  // may hold ${stageVariables.x} and {parameter}
  std::string connection_type;
  std::string connection_id;
  std::string credentials;
  std::string description;
  std::string passthrough_behavior;  // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
  std::string content_handling;
  std::string payload_format_version;  // "1.0", "2.0"
  std::string template_selection_expression;
  std::string response_transfer_mode;  // BUFFERED, STREAM
  int timeout_ms = 0;                  // 0: the service's (29 s REST, 30 s HTTP)
  bool insecure_skip_verification = false;
  StringMap request_parameters;
  StringMap request_templates;                         // by content type, verbatim
  std::vector<IntegrationResponse> responses;          // v1, WebSocket
  std::map<std::string, StringMap> response_mappings;  // v2: by status
  std::vector<std::string> cache_key_parameters;
  std::string cache_namespace;
};

struct MethodResponse {
  std::string status_code;
  std::map<std::string, bool> response_parameters;
  StringMap response_models;
};

struct Method {             // v1
  std::string http_method;  // GET ... or ANY
  std::string authorization_type = "NONE";
  std::string authorizer_id;
  std::vector<std::string> authorization_scopes;
  bool api_key_required = false;
  std::string operation_name;
  std::string request_validator_id;
  std::map<std::string, bool> request_parameters;  // "method.request.querystring.page" -> required
  StringMap request_models;                        // content type -> model name
  std::vector<MethodResponse> responses;
  std::optional<Integration> integration;
};

struct Resource {  // v1
  std::string id;
  std::string parent_id;
  std::string path_part;
  std::string path;
  std::map<std::string, Method> methods;
};

struct RouteResponse {  // WebSocket
  std::string id;
  std::string key;  // "$default"
};

struct Route {  // v2
  std::string id;
  std::string route_key;  // "GET /pets/{id}", "ANY /x", "$default", "$connect"
  std::string target;     // "integrations/ID"
  std::string authorization_type = "NONE";
  std::string authorizer_id;
  std::vector<std::string> authorization_scopes;
  bool api_key_required = false;
  std::string operation_name;
  std::string model_selection_expression;
  std::string route_response_selection_expression;
  StringMap request_models;
  std::vector<RouteResponse> responses;

  // Whether what its integration answers goes back to a WebSocket client.
  bool sends_back() const { return !responses.empty() || !route_response_selection_expression.empty(); }
};

struct Model {
  std::string id;
  std::string name;
  std::string description;
  std::string content_type;
  std::string schema;  // JSON Schema, verbatim
};

struct RequestValidator {
  std::string id;
  std::string name;
  bool validate_request_body = false;
  bool validate_request_parameters = false;
};

struct GatewayResponse {
  std::string response_type;  // MISSING_AUTHENTICATION_TOKEN, ..., DEFAULT_4XX, DEFAULT_5XX
  std::string status_code;
  StringMap response_parameters;
  StringMap response_templates;
};

struct Authorizer {
  std::string id;
  std::string name;
  std::string type;       // TOKEN, REQUEST, COGNITO_USER_POOLS, JWT
  std::string auth_type;  // v1's free text, "custom", "cognito_user_pools"
  std::string uri;
  std::string credentials;
  std::string identity_source;
  std::string identity_validation_expression;
  int result_ttl_seconds = -1;  // -1: the service's
  std::string payload_format_version;
  bool simple_responses = false;
  std::vector<std::string> provider_arns;
  std::string jwt_issuer;
  std::vector<std::string> jwt_audience;
  std::string key_file;  // the owner's: a JSON Web Key Set to check tokens with, instead of the issuer's
};

// What a deployment freezes.
struct ApiDefinition {
  std::vector<Resource> resources;        // v1; the root "/" first
  std::vector<Route> routes;              // v2
  std::vector<Integration> integrations;  // v2
  std::vector<Model> models;
  std::vector<RequestValidator> request_validators;
  std::vector<GatewayResponse> gateway_responses;
  std::vector<Authorizer> authorizers;
  std::vector<std::string> binary_media_types;
};

struct Deployment {
  std::string id;
  std::string description;
  int64_t created_ms = 0;
  std::shared_ptr<const ApiDefinition> definition;  // never null
};

struct RouteSettings {  // v1 method settings, v2 route settings
  std::optional<double> throttling_rate;
  std::optional<int64_t> throttling_burst;
  std::string logging_level;
  bool data_trace = false;
  bool metrics = false;
  // REST: whether the stage's cache keeps answers; nothing: what is less special says it.
  std::optional<bool> caching;
  int cache_ttl_seconds = 300;
  bool cache_control_needs_authorization = true;
  std::string unauthorized_cache_control = "SUCCEED_WITH_RESPONSE_HEADER";
};

struct Stage {
  std::string name;
  std::string deployment_id;
  std::string description;
  bool auto_deploy = false;
  bool tracing = false;
  StringMap variables;
  StringMap tags;
  std::string access_log_format;
  std::string access_log_destination;
  bool cache_enabled = false;  // REST
  std::string cache_id;        // which of the stage's: another one whenever it is emptied, and a canary's
  RouteSettings defaults;      // v1 "*/*", v2 defaultRouteSettings
  std::map<std::string, RouteSettings> overrides;  // v1 "/pets/{id}/GET" (path as written), v2 route keys
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  // The stage as a part of its requests sees it: another deployment, other values of variables. Null: none does.
  std::shared_ptr<const Stage> canary;
  double canary_percent = 0;
};

struct Cors {  // HTTP APIs; not frozen, it holds without a deployment
  std::vector<std::string> allow_origins;
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  std::optional<int64_t> max_age;
  bool allow_credentials = false;
};

struct Api {
  std::string id;
  std::string name;
  std::string description;
  std::string version;
  std::string protocol;  // REST, HTTP, WEBSOCKET
  std::string route_selection_expression;
  std::string api_key_source;
  std::vector<std::string> endpoint_types;
  std::string policy;
  int minimum_compression_size = -1;
  bool disable_execute_api_endpoint = false;
  StringMap tags;
  std::optional<Cors> cors;
  ApiDefinition definition;
  std::vector<Deployment> deployments;
  std::vector<Stage> stages;
  int64_t created_ms = 0;

  const Stage* stage(std::string_view stage_name) const;
  const Deployment* deployment(std::string_view deployment_id) const;
  // Freezes the draft; returns the new deployment's id.
  std::string deploy(std::string deployment_id, int64_t now_ms, std::string text = {});
};

// API keys and usage plans belong to no API: they are the account's, and a plan names the stages that it is for.
struct ApiKey {
  std::string id;
  std::string name;
  std::string description;
  std::string value;  // what clients send
  std::string customer_id;
  bool enabled = true;
  std::vector<std::string> stage_keys;  // "API/STAGE", as CreateApiKey's stageKeys; serve without a plan
  StringMap tags;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};

struct Throttle {
  std::optional<double> rate;    // requests a second
  std::optional<int64_t> burst;  // at once
};

struct Quota {
  int64_t limit = 0;   // requests a period, for each key
  int64_t offset = 0;  // taken off the first period
  std::string period;  // DAY, WEEK, MONTH
};

struct UsagePlanStage {
  std::string api_id;
  std::string stage;
  std::map<std::string, Throttle> throttle;  // by "/pets/{id}/GET"
};

struct UsagePlan {
  std::string id;
  std::string name;
  std::string description;
  std::string product_code;
  std::vector<UsagePlanStage> stages;
  std::optional<Throttle> throttle;  // for each key
  std::optional<Quota> quota;
  std::vector<std::string> key_ids;
  StringMap tags;
};

}  // namespace stator::gateway
