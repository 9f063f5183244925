// What every reader of API descriptions does to a model: resources by path, routes by key, ids. See import.h.
#pragma once

#include <string>
#include <string_view>

#include "emulator/gateway/import/import.h"

namespace stator::gateway {

// The resource of that path, made with its parents when it is not there. "/" is the root. Throws at `at` for a path
// that the service refuses (a part like "a{b}", a greedy part that is not the last).
Resource& resource_at(Api& api, const std::string& path, const templates::Node& at);

// Adds or replaces a route with its own integration.
void set_route(Api& api, const std::string& route_key, Integration integration, Route route = {});

// Notes which function `integration` calls, if it calls one.
void note_use(const Integration& integration, const templates::Node& at, std::string route, Imported& out);

Integration proxy_to(const templates::TemplateOptions& options, const std::string& function_arn);

std::string upper(std::string_view text);
StringMap string_map(const templates::Node& node, std::string_view what);
std::vector<std::string> string_list(const templates::Node& node, std::string_view what);

}  // namespace stator::gateway
