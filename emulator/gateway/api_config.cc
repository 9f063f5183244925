// The JSON form is written and read by one list of fields per struct: visit(fields, value) names each member once.
#include "emulator/gateway/api_config.h"

#include <charconv>
#include <stdexcept>
#include <type_traits>

#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, IntegrationResponse>
void visit(F&& f, T& v) {
  f("statusCode", v.status_code);
  f("integrationResponseKey", v.response_key);
  f("selectionPattern", v.selection_pattern);
  f("contentHandling", v.content_handling);
  f("templateSelectionExpression", v.template_selection_expression);
  f("responseParameters", v.response_parameters);
  f("responseTemplates", v.response_templates);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Integration>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("type", v.type);
  f("subtype", v.subtype);
  f("httpMethod", v.http_method);
  f("uri", v.uri);
  f("connectionType", v.connection_type);
  f("connectionId", v.connection_id);
  f("credentials", v.credentials);
  f("description", v.description);
  f("passthroughBehavior", v.passthrough_behavior);
  f("contentHandling", v.content_handling);
  f("payloadFormatVersion", v.payload_format_version);
  f("templateSelectionExpression", v.template_selection_expression);
  f("responseTransferMode", v.response_transfer_mode);
  f("timeoutInMillis", v.timeout_ms);
  f("insecureSkipVerification", v.insecure_skip_verification);
  f("requestParameters", v.request_parameters);
  f("requestTemplates", v.request_templates);
  f("responses", v.responses);
  f("responseMappings", v.response_mappings);
  f("cacheKeyParameters", v.cache_key_parameters);
  f("cacheNamespace", v.cache_namespace);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, MethodResponse>
void visit(F&& f, T& v) {
  f("statusCode", v.status_code);
  f("responseParameters", v.response_parameters);
  f("responseModels", v.response_models);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Method>
void visit(F&& f, T& v) {
  f("httpMethod", v.http_method);
  f("authorizationType", v.authorization_type);
  f("authorizerId", v.authorizer_id);
  f("authorizationScopes", v.authorization_scopes);
  f("apiKeyRequired", v.api_key_required);
  f("operationName", v.operation_name);
  f("requestValidatorId", v.request_validator_id);
  f("requestParameters", v.request_parameters);
  f("requestModels", v.request_models);
  f("methodResponses", v.responses);
  f("methodIntegration", v.integration);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Resource>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("parentId", v.parent_id);
  f("pathPart", v.path_part);
  f("path", v.path);
  f("resourceMethods", v.methods);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, RouteResponse>
void visit(F&& f, T& v) {
  f("routeResponseId", v.id);
  f("routeResponseKey", v.key);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Route>
void visit(F&& f, T& v) {
  f("routeId", v.id);
  f("routeKey", v.route_key);
  f("target", v.target);
  f("authorizationType", v.authorization_type);
  f("authorizerId", v.authorizer_id);
  f("authorizationScopes", v.authorization_scopes);
  f("apiKeyRequired", v.api_key_required);
  f("operationName", v.operation_name);
  f("modelSelectionExpression", v.model_selection_expression);
  f("routeResponseSelectionExpression", v.route_response_selection_expression);
  f("requestModels", v.request_models);
  f("routeResponses", v.responses);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Model>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("description", v.description);
  f("contentType", v.content_type);
  f("schema", v.schema);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, RequestValidator>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("validateRequestBody", v.validate_request_body);
  f("validateRequestParameters", v.validate_request_parameters);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, GatewayResponse>
void visit(F&& f, T& v) {
  f("responseType", v.response_type);
  f("statusCode", v.status_code);
  f("responseParameters", v.response_parameters);
  f("responseTemplates", v.response_templates);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Authorizer>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("type", v.type);
  f("authType", v.auth_type);
  f("authorizerUri", v.uri);
  f("authorizerCredentials", v.credentials);
  f("identitySource", v.identity_source);
  f("identityValidationExpression", v.identity_validation_expression);
  f("authorizerResultTtlInSeconds", v.result_ttl_seconds);
  f("authorizerPayloadFormatVersion", v.payload_format_version);
  f("enableSimpleResponses", v.simple_responses);
  f("providerARNs", v.provider_arns);
  f("jwtIssuer", v.jwt_issuer);
  f("jwtAudience", v.jwt_audience);
  f("keyFile", v.key_file);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, ApiDefinition>
void visit(F&& f, T& v) {
  f("resources", v.resources);
  f("routes", v.routes);
  f("integrations", v.integrations);
  f("models", v.models);
  f("requestValidators", v.request_validators);
  f("gatewayResponses", v.gateway_responses);
  f("authorizers", v.authorizers);
  f("binaryMediaTypes", v.binary_media_types);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Deployment>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("description", v.description);
  f("created", v.created_ms);
  f("definition", v.definition);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, RouteSettings>
void visit(F&& f, T& v) {
  f("throttlingRateLimit", v.throttling_rate);
  f("throttlingBurstLimit", v.throttling_burst);
  f("loggingLevel", v.logging_level);
  f("dataTraceEnabled", v.data_trace);
  f("metricsEnabled", v.metrics);
  f("cachingEnabled", v.caching);
  f("cacheTtlInSeconds", v.cache_ttl_seconds);
  f("requireAuthorizationForCacheControl", v.cache_control_needs_authorization);
  f("unauthorizedCacheControlHeaderStrategy", v.unauthorized_cache_control);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Stage>
void visit(F&& f, T& v) {
  f("stageName", v.name);
  f("deploymentId", v.deployment_id);
  f("description", v.description);
  f("autoDeploy", v.auto_deploy);
  f("tracingEnabled", v.tracing);
  f("variables", v.variables);
  f("tags", v.tags);
  f("accessLogFormat", v.access_log_format);
  f("accessLogDestination", v.access_log_destination);
  f("cacheClusterEnabled", v.cache_enabled);
  f("cacheId", v.cache_id);
  f("defaultSettings", v.defaults);
  f("settings", v.overrides);
  f("created", v.created_ms);
  f("updated", v.updated_ms);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Cors>
void visit(F&& f, T& v) {
  f("allowOrigins", v.allow_origins);
  f("allowMethods", v.allow_methods);
  f("allowHeaders", v.allow_headers);
  f("exposeHeaders", v.expose_headers);
  f("maxAge", v.max_age);
  f("allowCredentials", v.allow_credentials);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Api>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("description", v.description);
  f("version", v.version);
  f("protocolType", v.protocol);
  f("routeSelectionExpression", v.route_selection_expression);
  f("apiKeySource", v.api_key_source);
  f("endpointTypes", v.endpoint_types);
  f("policy", v.policy);
  f("minimumCompressionSize", v.minimum_compression_size);
  f("disableExecuteApiEndpoint", v.disable_execute_api_endpoint);
  f("tags", v.tags);
  f("corsConfiguration", v.cors);
  f("definition", v.definition);
  f("deployments", v.deployments);
  f("stages", v.stages);
  f("created", v.created_ms);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, ApiKey>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("description", v.description);
  f("value", v.value);
  f("customerId", v.customer_id);
  f("enabled", v.enabled);
  f("stageKeys", v.stage_keys);
  f("tags", v.tags);
  f("created", v.created_ms);
  f("updated", v.updated_ms);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Throttle>
void visit(F&& f, T& v) {
  f("rateLimit", v.rate);
  f("burstLimit", v.burst);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, Quota>
void visit(F&& f, T& v) {
  f("limit", v.limit);
  f("offset", v.offset);
  f("period", v.period);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, UsagePlanStage>
void visit(F&& f, T& v) {
  f("apiId", v.api_id);
  f("stage", v.stage);
  f("throttle", v.throttle);
}

template <typename F, typename T>
requires std::is_same_v<std::remove_const_t<T>, UsagePlan>
void visit(F&& f, T& v) {
  f("id", v.id);
  f("name", v.name);
  f("description", v.description);
  f("productCode", v.product_code);
  f("apiStages", v.stages);
  f("throttle", v.throttle);
  f("quota", v.quota);
  f("keyIds", v.key_ids);
  f("tags", v.tags);
}

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsMap : std::false_type {};
template <typename T>
struct IsMap<std::map<std::string, T>> : std::true_type {};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsShared : std::false_type {};
template <typename T>
struct IsShared<std::shared_ptr<const T>> : std::true_type {};
template <typename T>
inline constexpr bool kIsStruct = std::is_class_v<T> && !std::is_same_v<T, std::string> && !IsVector<T>::value &&
                                  !IsMap<T>::value && !IsOptional<T>::value && !IsShared<T>::value;

template <typename T>
void write(JsonWriter& w, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    w.string(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    w.boolean(value);
  } else if constexpr (std::is_integral_v<T>) {
    w.integer(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    w.real(value);
  } else if constexpr (IsVector<T>::value) {
    w.begin_array();
    for (const auto& each : value) write(w, each);
    w.end_array();
  } else if constexpr (IsMap<T>::value) {
    w.begin_object();
    for (const auto& [name, each] : value) write(w.key(name), each);
    w.end_object();
  } else if constexpr (IsOptional<T>::value || IsShared<T>::value) {
    write(w, *value);
  } else {
    static const T kDefault{};
    w.begin_object();
    // Members come in the same order from both, so the default's stand beside the value's.
    std::vector<const void*> defaults;
    visit([&](const char*, const auto& member) { defaults.push_back(&member); }, kDefault);
    size_t at = 0;
    visit(
        [&](const char* name, const auto& member) {
          using M = std::remove_cvref_t<decltype(member)>;
          const M& usual = *static_cast<const M*>(defaults[at++]);
          if constexpr (IsOptional<M>::value || IsShared<M>::value) {
            if (!member) return;
          } else if constexpr (IsVector<M>::value || IsMap<M>::value) {
            if (member.empty()) return;
          } else if constexpr (!kIsStruct<M>) {
            if (member == usual) return;
          }
          write(w.key(name), member);
        },
        value);
    w.end_object();
  }
}

[[noreturn]] void corrupt(const char* what) {
  throw std::runtime_error(std::string("stored document: expected ") + what);
}

template <typename T>
void read(const JsonValue& json, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) corrupt("a string");
    value = json.text();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_bool()) corrupt("a boolean");
    value = json.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    const std::optional<int64_t> number = json.integer();
    if (!number) corrupt("a whole number");
    value = static_cast<T>(*number);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number()) corrupt("a number");
    const std::string_view text = json.text();
    std::from_chars(text.data(), text.data() + text.size(), value);
  } else if constexpr (IsVector<T>::value) {
    if (!json.is_array()) corrupt("a list");
    for (const JsonValue& each : json.elements()) read(each, value.emplace_back());
  } else if constexpr (IsMap<T>::value) {
    if (!json.is_object()) corrupt("a map");
    for (const JsonMember& each : json.members()) read(each.value, value[std::string(each.name)]);
  } else if constexpr (IsOptional<T>::value) {
    read(json, value.emplace());
  } else if constexpr (IsShared<T>::value) {
    auto made = std::make_shared<std::remove_const_t<typename T::element_type>>();
    read(json, *made);
    value = std::move(made);
  } else {
    if (!json.is_object()) corrupt("an object");
    visit(
        [&](const char* name, auto& member) {
          if (const JsonValue* found = json.find(name)) read(*found, member);
        },
        value);
  }
}

}  // namespace

const Stage* Api::stage(std::string_view stage_name) const {
  for (const Stage& each : stages)
    if (each.name == stage_name) return &each;
  return nullptr;
}

const Deployment* Api::deployment(std::string_view deployment_id) const {
  for (const Deployment& each : deployments)
    if (each.id == deployment_id) return &each;
  return nullptr;
}

std::string Api::deploy(std::string deployment_id, int64_t now_ms, std::string text) {
  deployments.push_back({deployment_id, std::move(text), now_ms, std::make_shared<const ApiDefinition>(definition)});
  return deployment_id;
}

namespace {

template <typename T>
void write_document(const T& value, std::string& out) {
  JsonWriter w(out);
  write(w, value);
}

template <typename T>
T read_document(std::string_view json) {
  Arena arena;
  const JsonParse parsed = parse_json(json, arena);
  if (parsed.fault != JsonFault::kNone) corrupt("JSON");
  T value;
  read(parsed.root, value);
  return value;
}

}  // namespace

void write_api(const Api& api, std::string& out) {
  write_document(api, out);
}

Api read_api(std::string_view json) {
  Api api = read_document<Api>(json);
  for (const Deployment& each : api.deployments)
    if (!each.definition) corrupt("a deployment's definition");
  return api;
}

void write_api_key(const ApiKey& key, std::string& out) {
  write_document(key, out);
}

ApiKey read_api_key(std::string_view json) {
  return read_document<ApiKey>(json);
}

void write_usage_plan(const UsagePlan& plan, std::string& out) {
  write_document(plan, out);
}

UsagePlan read_usage_plan(std::string_view json) {
  return read_document<UsagePlan>(json);
}

}  // namespace stator::gateway
