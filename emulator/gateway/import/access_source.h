// Authorizers, API keys and usage plans as templates write them: the properties of AWS::ApiGateway::Authorizer and its
// kin, and SAM's Auth sections. All nodes come resolved. See import.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "emulator/gateway/import/import.h"

namespace stator::gateway {

// Properties of AWS::ApiGateway::Authorizer and AWS::ApiGatewayV2::Authorizer.
Authorizer read_authorizer(const templates::Node& properties, const std::string& id);
// The owner's keys for tokens: Metadata: {Stator: {KeyFile: ...}} of an authorizer or of a SAM API, beside the
// template.
std::string read_key_file(const templates::Node& resource);
// Notes the function that it calls.
void note_authorizer(const Authorizer& authorizer, const templates::Node& at, Imported& out);

ApiKey read_api_key(const templates::Node& properties, const std::string& id, const std::string& place, Imported& out);
UsagePlan read_usage_plan(const templates::Node& properties, const std::string& id);

// SAM's Auth of an API, as far as its methods and routes need it once the API's authorizers are read.
struct SamAuth {
  std::string default_authorizer;  // a name, AWS_IAM, or empty
  bool api_key_required = false;
  bool default_on_preflight = true;
  bool key_on_preflight = true;
  std::map<std::string, std::vector<std::string>> scopes;  // of each authorizer
};

// What a method or a route asks for.
struct AskedAuth {
  std::string type = "NONE";
  std::string authorizer;
  std::vector<std::string> scopes;
  bool api_key = false;
};

// Adds the authorizers and the resource policy to `api`, keys and plans to `out`. `logical_id`: the API's.
SamAuth read_sam_auth(const templates::Node& auth, Api& api, const std::string& logical_id,
                      const templates::TemplateOptions& options, Imported& out);
// An event's Auth over its API's; null: the API's alone.
AskedAuth asked_auth(const templates::Node* event_auth, const SamAuth& api_auth, const Api& api,
                     const templates::Node& at);

}  // namespace stator::gateway
