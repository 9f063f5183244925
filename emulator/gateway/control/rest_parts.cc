// The parts of a REST API beside its resources: models, request validators, gateway responses, authorizers.
#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/rest/gateway_response.h"

namespace stator::gateway::control {
namespace {

// --- models
// -----------------------------------------------------------------------------------------------------------

void check_schema(const Node& model) {
  const std::string schema = text_in(model, "schema");
  if (!schema.empty() && !parse_document(schema))
    throw bad_request("Invalid model schema specified: the schema is not a valid JSON document");
}

std::string prepare_model(ControlRequest& request, Node& model) {
  const std::string name = text_in(model, "name");
  if (name.empty()) throw bad_request("No Model Name specified");
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != std::string::npos)
    throw bad_request("Model name must be alphanumeric: " + name);
  if (request.documents.has(child(api_path(request) + "/models", name)))
    throw conflict("Model name already exists for this REST API");
  check_schema(model);
  set_text(model, "id", new_id(6));
  return name;
}

void check_unused_model(ControlRequest& request, const Node& model) {
  const std::string name = text_in(model, "name");
  for (const auto& [path, document] : request.documents.below(api_path(request)))
    for (std::string_view member : {"requestModels", "responseModels"})
      if (const Node* models = document.find(member))
        for (const Member& m : models->members)
          if (m.value.text == name) throw conflict("Cannot delete model '" + name + "', is referenced in " + path);
}

constexpr ResourceType kModels{
    .create = "CreateModel",
    .get = "GetModel",
    .list = "GetModels",
    .update = "UpdateModel",
    .remove = "DeleteModel",
    .collection = "/restapis/{restapi_id}/models",
    .id = "model_name",
    .missing = [](const ControlRequest&, const std::string& name) { return "Invalid model name specified: " + name; },
    .prepare = prepare_model,
    .changed = [](ControlRequest&, const Node&, Node& model) { check_schema(model); },
    .removing = check_unused_model,
    .patchable = "/description /schema",
    .served = false,
};

// --- request validators
// -----------------------------------------------------------------------------------------------

std::string prepare_validator(ControlRequest&, Node& validator) {
  const std::string id = new_id(6);
  set_text(validator, "id", id);
  set_default(validator, "validateRequestBody", boolean_node(false));
  set_default(validator, "validateRequestParameters", boolean_node(false));
  return id;
}

void check_unused_validator(ControlRequest& request, const Node& validator) {
  for (const auto& [path, document] : request.documents.below(api_path(request)))
    if (text_in(document, "requestValidatorId") == text_in(validator, "id"))
      throw conflict("Cannot delete validator '" + text_in(validator, "id") + "', is referenced in method");
}

constexpr ResourceType kValidators{
    .create = "CreateRequestValidator",
    .get = "GetRequestValidator",
    .list = "GetRequestValidators",
    .update = "UpdateRequestValidator",
    .remove = "DeleteRequestValidator",
    .collection = "/restapis/{restapi_id}/requestvalidators",
    .id = "requestvalidator_id",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Request Validator Id specified"); },
    .prepare = prepare_validator,
    .removing = check_unused_validator,
    .patchable = "/name /validateRequestBody /validateRequestParameters",
    .served = false,
};

// --- authorizers
// ------------------------------------------------------------------------------------------------------

void check_authorizer(const Node& authorizer) {
  const std::string type = text_in(authorizer, "type"), uri = text_in(authorizer, "authorizerUri");
  if (type == "COGNITO_USER_POOLS") {
    if (texts_in(authorizer, "providerARNs").empty())
      throw bad_request("Authorizer of type COGNITO_USER_POOLS must specify at least one provider ARN");
  } else if (!uri.starts_with("arn:") && uri.find("${stageVariables.") == std::string::npos) {
    throw bad_request("Invalid Authorizer URI: " + uri +
                      ". Authorizer URI should be a valid API Gateway ARN that "
                      "represents a Lambda function invocation.");
  }
  if (const std::optional<double> ttl = number_in(authorizer, "authorizerResultTtlInSeconds");
      ttl && (*ttl < 0 || *ttl > 3600))
    throw bad_request("Authorizer result TTL must be between 0 and 3600 seconds");
}

std::string prepare_authorizer(ControlRequest& request, Node& authorizer) {
  const std::string name = text_in(authorizer, "name"), type = text_in(authorizer, "type");
  for (const auto& [path, other] : request.documents.children(api_path(request) + "/authorizers"))
    if (text_in(other, "name") == name)
      throw conflict("Authorizer name must be unique. Authorizer " + name + " already exists in this RestApi.");
  const std::string id = new_id(6);
  set_text(authorizer, "id", id);
  set_default(authorizer, "authType", text_node(type == "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom"));
  if (type != "REQUEST") set_default(authorizer, "identitySource", text_node("method.request.header.Authorization"));
  set_default(authorizer, "authorizerResultTtlInSeconds", number_node(300));
  check_authorizer(authorizer);
  return id;
}

void check_unused_authorizer(ControlRequest& request, const Node& authorizer) {
  for (const auto& [path, document] : request.documents.below(api_path(request)))
    if (path.find("/methods/") != std::string::npos && text_in(document, "authorizerId") == text_in(authorizer, "id"))
      throw conflict("Cannot delete authorizer '" + text_in(authorizer, "id") + "', is referenced in method");
}

constexpr ResourceType kAuthorizers{
    .create = "CreateAuthorizer",
    .get = "GetAuthorizer",
    .list = "GetAuthorizers",
    .update = "UpdateAuthorizer",
    .remove = "DeleteAuthorizer",
    .collection = "/restapis/{restapi_id}/authorizers",
    .id = "authorizer_id",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Authorizer identifier specified"); },
    .prepare = prepare_authorizer,
    .changed = [](ControlRequest&, const Node&, Node& authorizer) { check_authorizer(authorizer); },
    .removing = check_unused_authorizer,
    .patchable =
        "/name /type /authorizerUri /authorizerCredentials /identitySource /identityValidationExpression "
        "/authorizerResultTtlInSeconds /authType /providerARNs /providerARNs/*",
    .served = false,
};

// --- gateway responses
// ------------------------------------------------------------------------------------------------

constexpr std::string_view kDefaultTemplate = R"({"message":$context.error.messageString})";

// What is answered while nothing else was put.
Node default_response(std::string_view type) {
  Node response = map_node();
  set_text(response, "responseType", type);
  if (const int status = default_status(type); status != 0) set_text(response, "statusCode", std::to_string(status));
  response.set("responseParameters", map_node());
  Node templates = map_node();
  set_text(templates, "application/json", kDefaultTemplate);
  response.set("responseTemplates", std::move(templates));
  response.set("defaultResponse", boolean_node(true));
  return response;
}

std::vector<std::string> response_types(const ControlRequest& request) {
  std::vector<std::string> types;
  const model::Shape* shape = &request.output_shape();
  if (const model::Member* item = model::find(*shape, "item")) shape = &model::element(model::target(*shape, *item));
  std::string_view names = model::target(*shape, *model::find(*shape, "responseType")).enum_text;
  while (!names.empty()) {
    const size_t end = std::min(names.find(", "), names.size());
    types.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 2, names.size()));
  }
  std::sort(types.begin(), types.end());
  return types;
}

void check_response(const Node& response) {
  if (const Node* parameters = response.find("responseParameters"))
    for (const Member& m : parameters->members)
      if (!m.name.starts_with("gatewayresponse.header."))
        throw bad_request("Invalid response parameter specified: " + m.name +
                          ". Response parameters must begin with gatewayresponse.header.");
}

void run_response(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  require_api(request);
  const std::string collection = api_path(request) + "/gatewayresponses";
  if (name == "GetGatewayResponses") {
    std::vector<std::pair<std::string, Node>> all;
    for (const std::string& type : response_types(request)) {
      const std::string path = child(collection, type);
      all.emplace_back(path, request.documents.find(path).value_or(default_response(type)));
    }
    return answer_page(request, std::move(all));
  }
  const std::string& type = request.name("response_type");
  const std::string path = child(collection, type);
  if (name == "DeleteGatewayResponse") {
    if (!request.documents.has(path)) throw not_found("Gateway response type not defined on api");
    return request.documents.erase(path);
  }
  const std::vector<std::string> known = response_types(request);
  if (std::find(known.begin(), known.end(), type) == known.end())
    throw bad_request("Invalid response type specified: " + type);
  Node response = default_response(type);
  if (name == "PutGatewayResponse") {
    for (Member& m : taken_input(request, request.output_shape()).members) response.set(m.name, std::move(m.value));
  } else {
    if (std::optional<Node> kept = request.documents.find(path)) response = *std::move(kept);
    if (name == "UpdateGatewayResponse")
      apply_patches(request, request.output_shape(), "/statusCode /responseParameters/* /responseTemplates/*",
                    response);
  }
  if (name != "GetGatewayResponse") {
    check_response(response);
    response.set("defaultResponse", boolean_node(false));
    request.documents.put(path, response);
  }
  request.reply.body = std::move(response);
}

}  // namespace

bool run_rest_parts(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  for (const ResourceType* type : {&kModels, &kValidators, &kAuthorizers})
    if (run_generic(request, *type)) return true;
  if (name.ends_with("GatewayResponse") || name == "GetGatewayResponses") {
    run_response(request);
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
