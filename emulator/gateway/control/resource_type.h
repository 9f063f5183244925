// What most of the control planes' things have in common: they are created, read, listed, changed and deleted as
// documents of a collection. A ResourceType says what is special about one; run_generic() does the rest. Constant
// tables, pure functions over the request's documents.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

struct ResourceType {
  // The operations, by name; empty where there is none or where it has a function of its own.
  std::string_view create, get, list, update, remove;
  std::string_view collection;  // "/restapis/{restapi_id}/models"
  std::string_view id;          // the path parameter that names one: "model_name"
  // Says that there is none of that name.
  std::string (*missing)(const ControlRequest& request, const std::string& name);
  // Completes and checks a new document and returns its name; throws ControlError.
  std::string (*prepare)(ControlRequest& request, Node& document);
  // Checks a changed document.
  void (*changed)(ControlRequest& request, const Node& before, Node& document) = nullptr;
  void (*removing)(ControlRequest& request, const Node& document) = nullptr;
  // V1: what a patch may touch, "/name" or "/tags/*", in the order in which the service lists them.
  std::string_view patchable = {};
  // Adds what is shown and not kept.
  void (*show)(ControlRequest& request, Node& document) = nullptr;
  // Whether a served API depends on it.
  bool served = true;
};

// The path of the collection, its {names} filled in. Throws not_found when the API or domain that it lies in is not
// there.
std::string collection_path(ControlRequest& request, const ResourceType& type);

// Runs the operation when it is one of the type's.
bool run_generic(ControlRequest& request, const ResourceType& type);

// Answers with a page of `documents`, which are complete, in order and by path: V1's "item" and "position", V2's
// "items" and "nextToken".
void answer_page(ControlRequest& request, std::vector<std::pair<std::string, Node>> documents);

// The API of the request's path ("restapi_id", "apiId"), or the service's refusal.
Node require_api(ControlRequest& request);
std::string api_path(const ControlRequest& request);
std::string no_such_api(const ControlRequest& request, const std::string& id);
// Marks the API of the request's path as to be compiled again.
void touch_api(ControlRequest& request);

}  // namespace stator::gateway::control
