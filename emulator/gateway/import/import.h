// Reads what the owner wrote (SAM, CloudFormation, OpenAPI 3, Swagger 2, a functions file) into APIs, functions and
// tables. An OpenAPI document alone becomes a REST API with a stage "dev", or an HTTP API with "$default" when it says
// so: by x-amazon-apigateway-cors, a /$default path, payloadFormatVersion 2.0, or `x-stator-protocol: HTTP`.
//
// Knows files and the model, nothing of requests. Errors: templates::TemplateError, "file:line: what was expected".
// What is read but not acted on (a queue's event, a layer) is told in `notes`, one "file:line: text" each.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/function.h"
#include "emulator/templates/tables.h"
#include "emulator/templates/template.h"

namespace stator::gateway {

struct FunctionUse {     // an integration that names a function
  std::string function;  // name or ARN, stage variables resolved where they could be
  std::string place;     // "file:line"
  std::string route;     // "GET /items"
};

struct Imported {
  std::vector<Api> apis;
  std::vector<FunctionConfig> functions;
  std::map<std::string, std::string> unrunnable;  // functions that nothing here can start: name to "file:line: why"
  std::vector<FunctionUse> uses;
  std::vector<ApiKey> api_keys;
  std::vector<UsagePlan> usage_plans;
  std::vector<templates::TableRequest> tables;
  std::vector<std::string> notes;
  std::vector<std::string> files;  // all that were read
};

struct ImportOptions {
  templates::TemplateOptions templates;
  // False: an operation of an OpenAPI document may do without, as the service allows; nothing of it is served then.
  bool integrations_required = true;
  // What becomes of an OpenAPI document's base path: it is left out, goes before each path, or all but its first part
  // does.
  enum class BasePath : uint8_t { kIgnore, kPrepend, kSplit } base_path = BasePath::kIgnore;
  int64_t now_ms = 0;
};

Imported import_file(const std::string& path, const ImportOptions& options);
// What the templates among the files export to each other, by name. Files that cannot be read export nothing: the
// reading of each tells why.
std::map<std::string, std::string> exports_of(const std::vector<std::string>& paths,
                                              templates::TemplateOptions options);
std::vector<FunctionConfig> import_functions(const std::string& path, const ImportOptions& options);

}  // namespace stator::gateway
