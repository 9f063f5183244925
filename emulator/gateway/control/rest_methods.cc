// Methods, method responses, integrations and integration responses of a REST API: put, get, update, delete.
#include <algorithm>
#include <array>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/rest_resources.h"

namespace stator::gateway::control {
namespace {

constexpr std::array<std::string_view, 8> kVerbs = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"};

constexpr std::string_view kMethodPatches =
    "/authorizationType /authorizerId /authorizationScopes /authorizationScopes/* /apiKeyRequired /operationName "
    "/requestParameters/* /requestModels/* /requestValidatorId /httpMethod";
constexpr std::string_view kIntegrationPatches =
    "/type /uri /httpMethod /connectionType /connectionId /credentials /passthroughBehavior /contentHandling "
    "/timeoutInMillis /cacheNamespace /cacheKeyParameters /cacheKeyParameters/* /requestParameters/* "
    "/requestTemplates/* /tlsConfig/insecureSkipVerification /responseTransferMode /integrationTarget";
constexpr std::string_view kMethodResponsePatches = "/responseParameters/* /responseModels/*";
constexpr std::string_view kIntegrationResponsePatches =
    "/selectionPattern /contentHandling /responseParameters/* /responseTemplates/*";

bool is_verb(std::string_view text) {
  return std::find(kVerbs.begin(), kVerbs.end(), text) != kVerbs.end();
}

ControlError bad_mapping(const std::string& parameter) {
  return bad_request(
      "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
      "expression parameter specified: " +
      parameter + "]");
}

// The documents that a request's path names, looked up from the API down.
struct MethodPlace {
  explicit MethodPlace(ControlRequest& r) : request(r) {
    require_api(r);
    resource = child(api_path(r) + "/resources", r.name("resource_id"));
    if (!r.documents.has(resource)) throw not_found("Invalid Resource identifier specified");
    verb = r.name("http_method");
    method = child(resource + "/methods", verb);
    integration = method + "/integration";
    if (const auto status = r.names.find("status_code"); status != r.names.end()) {
      method_response = child(method + "/responses", status->second);
      integration_response = child(integration + "/responses", status->second);
    }
  }
  Node need(const std::string& path, const char* missing) const {
    std::optional<Node> found = request.documents.find(path);
    if (!found) throw not_found(missing);
    return *std::move(found);
  }
  Node need_method() const { return need(method, "Invalid Method identifier specified"); }
  Node need_integration() const {
    need_method();
    return need(integration, "Invalid Integration identifier specified");
  }

  ControlRequest& request;
  std::string verb, resource, method, integration, method_response, integration_response;
};

void check_models(const MethodPlace& place, const Node& document, std::string_view member) {
  const Node* models = document.find(member);
  if (models == nullptr) return;
  for (const Member& m : models->members)
    if (m.value.text != "Empty" && m.value.text != "Error" &&
        !place.request.documents.has(child(api_path(place.request) + "/models", m.value.text)))
      throw bad_request("Invalid model identifier specified: " + m.value.text);
}

void check_method(const MethodPlace& place, const Node& method) {
  const std::string type = text_in(method, "authorizationType"), authorizer = text_in(method, "authorizerId");
  const std::string api = api_path(place.request);
  if (type != "NONE" && type != "AWS_IAM" && type != "CUSTOM" && type != "COGNITO_USER_POOLS")
    throw bad_request(
        "Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS");
  if ((type == "CUSTOM" || type == "COGNITO_USER_POOLS") &&
      (authorizer.empty() || !place.request.documents.has(child(api + "/authorizers", authorizer))))
    throw bad_request(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
        "requires a valid authorizer.");
  if (const std::string id = text_in(method, "requestValidatorId");
      !id.empty() && !place.request.documents.has(child(api + "/requestvalidators", id)))
    throw bad_request("Invalid Request Validator identifier specified");
  check_models(place, method, "requestModels");
  if (const Node* parameters = method.find("requestParameters"))
    for (const Member& m : parameters->members)
      if (!m.name.starts_with("method.request.querystring.") && !m.name.starts_with("method.request.path.") &&
          !m.name.starts_with("method.request.header."))
        throw bad_mapping(m.name);
}

void put_method(MethodPlace& place) {
  ControlRequest& request = place.request;
  if (!is_verb(place.verb))
    throw bad_request("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
  if (request.documents.has(place.method)) throw conflict("Method already exists for this resource");
  Node method = map_node();
  set_text(method, "httpMethod", place.verb);
  for (Member& m : taken_input(request, request.output_shape()).members) method.set(m.name, std::move(m.value));
  set_default(method, "apiKeyRequired", boolean_node(false));
  check_method(place, method);
  request.documents.put(place.method, method);
  request.reply.body = std::move(method);
}

void check_method_response(const MethodPlace& place, const Node& response) {
  check_models(place, response, "responseModels");
  if (const Node* parameters = response.find("responseParameters"))
    for (const Member& m : parameters->members)
      if (!m.name.starts_with("method.response.header.")) throw bad_mapping(m.name);
}

void put_method_response(MethodPlace& place) {
  ControlRequest& request = place.request;
  place.need_method();
  const std::string& status = request.name("status_code");
  if (status.size() != 3 || status[0] < '1' || status[0] > '5' || status.find_first_not_of("0123456789") != status.npos)
    throw ControlError{400, "ValidationException",
                       "1 validation error detected: Value '" + status +
                           "' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression "
                           "pattern: [1-5]\\d\\d"};
  if (request.documents.has(place.method_response)) throw conflict("Response already exists for this resource");
  Node response = map_node();
  set_text(response, "statusCode", status);
  for (Member& m : taken_input(request, request.output_shape()).members) response.set(m.name, std::move(m.value));
  check_method_response(place, response);
  request.documents.put(place.method_response, response);
  request.reply.body = std::move(response);
}

// Each mapping must come from something that the method takes.
void check_request_mapping(const Node& method, const Node& integration) {
  const Node* mapping = integration.find("requestParameters");
  if (mapping == nullptr) return;
  const Node* declared = method.find("requestParameters");
  for (const Member& m : mapping->members) {
    const std::string& source = m.value.text;
    const bool named = source.starts_with("method.request.path.") ||
                       source.starts_with("method.request.querystring.") ||
                       source.starts_with("method.request.header.");
    if (!m.name.starts_with("integration.request.")) throw bad_mapping(m.name);
    if (named && (declared == nullptr || declared->find(source) == nullptr)) throw bad_mapping(source);
    if (!named && !source.starts_with("method.request.") && !source.starts_with("context.") &&
        !source.starts_with("stageVariables.") && !source.starts_with('\''))
      throw bad_mapping(source);
  }
}

void check_integration(const Node& method, const Node& integration) {
  const std::string type = text_in(integration, "type"), uri = text_in(integration, "uri");
  const bool aws = type.starts_with("AWS"), http = type.starts_with("HTTP");
  if ((aws || http) && text_in(integration, "httpMethod").empty())
    throw bad_request("Enumeration value for HttpMethod must be non-empty");
  if (http && uri.find("://") == std::string::npos && uri.find("${stageVariables.") == std::string::npos)
    throw bad_request("Invalid HTTP endpoint specified for URI");
  if (aws && !uri.starts_with("arn:")) throw bad_request("Invalid ARN specified in the request");
  if (aws && uri.find(":path/") == std::string::npos && uri.find(":action/") == std::string::npos)
    throw bad_request("AWS ARN for integration must contain path or action");
  if (const std::optional<double> ms = number_in(integration, "timeoutInMillis"); ms && (*ms < 50 || *ms > 300000))
    throw bad_request("Timeout should be between 50 ms and 29000 ms");
  if (const std::string behavior = text_in(integration, "passthroughBehavior");
      behavior != "WHEN_NO_MATCH" && behavior != "WHEN_NO_TEMPLATES" && behavior != "NEVER")
    throw bad_request(
        "Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER");
  check_request_mapping(method, integration);
  const Node *declared = method.find("requestParameters"), *mapped = integration.find("requestParameters");
  for (const std::string& key : texts_in(integration, "cacheKeyParameters")) {
    const Node* known = key.starts_with("method.") ? declared : mapped;
    if (known == nullptr || known->find(key) == nullptr) throw bad_request("Invalid cache key parameter specified");
  }
}

void put_integration(MethodPlace& place) {
  ControlRequest& request = place.request;
  const Node method = place.need_method();
  Node integration = taken_input(request, request.output_shape());
  set_default(integration, "passthroughBehavior", text_node("WHEN_NO_MATCH"));
  set_default(integration, "timeoutInMillis", number_node(29000));
  set_default(integration, "cacheNamespace", text_node(request.name("resource_id")));
  set_default(integration, "cacheKeyParameters", list_node());
  check_integration(method, integration);
  request.documents.erase(place.integration);
  request.documents.put(place.integration, integration);
  request.reply.body = std::move(integration);
}

void check_integration_response(const MethodPlace& place, const Node& response) {
  const Node declared = place.need(place.method_response, "Invalid Response status code specified");
  const Node* mapping = response.find("responseParameters");
  if (mapping == nullptr) return;
  const Node* known = declared.find("responseParameters");
  for (const Member& m : mapping->members)
    if (known == nullptr || known->find(m.name) == nullptr) throw bad_mapping(m.name);
}

void put_integration_response(MethodPlace& place) {
  ControlRequest& request = place.request;
  place.need_integration();
  Node response = map_node();
  set_text(response, "statusCode", request.name("status_code"));
  for (Member& m : taken_input(request, request.output_shape()).members) response.set(m.name, std::move(m.value));
  check_integration_response(place, response);
  request.documents.put(place.integration_response, response);
  request.reply.body = std::move(response);
}

void patch(MethodPlace& place, const std::string& path, Node document, std::string_view patchable) {
  ControlRequest& request = place.request;
  const std::string_view name = request.operation.name;
  apply_patches(request, request.output_shape(), patchable, document);
  for (const char* reference : {"authorizerId", "requestValidatorId", "credentials", "connectionId"})
    if (const Node* given = document.find(reference); given != nullptr && given->text.empty())
      erase_member(document, reference);
  if (name == "UpdateMethod") {
    // Another verb takes all that is below along.
    const std::string verb = text_in(document, "httpMethod");
    if (!is_verb(verb))
      throw bad_request("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
    check_method(place, document);
    if (verb != place.verb) {
      const std::string moved = child(place.resource + "/methods", verb);
      if (request.documents.has(moved)) throw conflict("Method already exists for this resource");
      for (const auto& [below, each] : request.documents.below(path)) request.documents.put(moved + "/" + below, each);
      request.documents.erase(path);
      request.documents.put(moved, document);
      request.reply.body = whole_method(request, moved, std::move(document));
      return;
    }
  }
  if (name == "UpdateMethodResponse") check_method_response(place, document);
  if (name == "UpdateIntegration") check_integration(place.need_method(), document);
  if (name == "UpdateIntegrationResponse") check_integration_response(place, document);
  request.documents.put(path, document);
  request.reply.body = name == "UpdateMethod"        ? whole_method(request, path, std::move(document))
                       : name == "UpdateIntegration" ? whole_integration(request, path, std::move(document))
                                                     : std::move(document);
}

}  // namespace

Node whole_integration(ControlRequest& request, const std::string& path, Node integration) {
  Node responses = map_node();
  for (auto& [response_path, response] : request.documents.children(path + "/responses"))
    responses.set(text_in(response, "statusCode"), response);
  if (!responses.members.empty()) integration.set("integrationResponses", std::move(responses));
  return integration;
}

Node whole_method(ControlRequest& request, const std::string& path, Node method) {
  Node responses = map_node();
  for (auto& [response_path, response] : request.documents.children(path + "/responses"))
    responses.set(text_in(response, "statusCode"), response);
  if (!responses.members.empty()) method.set("methodResponses", std::move(responses));
  if (std::optional<Node> integration = request.documents.find(path + "/integration"))
    method.set("methodIntegration", whole_integration(request, path + "/integration", *std::move(integration)));
  return method;
}

bool run_rest_methods(ControlRequest& request) {
  using Function = void (*)(MethodPlace&);
  static constexpr std::pair<std::string_view, Function> kOperations[] = {
      {"PutMethod", put_method},
      {"GetMethod", [](MethodPlace& p) { p.request.reply.body = whole_method(p.request, p.method, p.need_method()); }},
      {"UpdateMethod", [](MethodPlace& p) { patch(p, p.method, p.need_method(), kMethodPatches); }},
      {"DeleteMethod",
       [](MethodPlace& p) {
         p.need_method();
         p.request.documents.erase(p.method);
       }},
      {"PutMethodResponse", put_method_response},
      {"GetMethodResponse",
       [](MethodPlace& p) {
         p.need_method();
         p.request.reply.body = p.need(p.method_response, "Invalid Response status code specified");
       }},
      {"UpdateMethodResponse",
       [](MethodPlace& p) {
         p.need_method();
         patch(p, p.method_response, p.need(p.method_response, "Invalid Response status code specified"),
               kMethodResponsePatches);
       }},
      {"DeleteMethodResponse",
       [](MethodPlace& p) {
         p.need_method();
         p.need(p.method_response, "Invalid Response status code specified");
         p.request.documents.erase(p.method_response);
       }},
      {"PutIntegration", put_integration},
      {"GetIntegration",
       [](MethodPlace& p) {
         p.request.reply.body = whole_integration(p.request, p.integration, p.need_integration());
       }},
      {"UpdateIntegration", [](MethodPlace& p) { patch(p, p.integration, p.need_integration(), kIntegrationPatches); }},
      {"DeleteIntegration",
       [](MethodPlace& p) {
         p.need_integration();
         p.request.documents.erase(p.integration);
       }},
      {"PutIntegrationResponse", put_integration_response},
      {"GetIntegrationResponse",
       [](MethodPlace& p) {
         p.need_integration();
         p.request.reply.body = p.need(p.integration_response, "Invalid Response status code specified");
       }},
      {"UpdateIntegrationResponse",
       [](MethodPlace& p) {
         p.need_integration();
         patch(p, p.integration_response, p.need(p.integration_response, "Invalid Response status code specified"),
               kIntegrationResponsePatches);
       }},
      {"DeleteIntegrationResponse",
       [](MethodPlace& p) {
         p.need_integration();
         p.need(p.integration_response, "Invalid Response status code specified");
         p.request.documents.erase(p.integration_response);
       }},
  };
  for (const auto& [name, function] : kOperations) {
    if (name != request.operation.name) continue;
    MethodPlace place(request);
    function(place);
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
