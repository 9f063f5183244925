// OpenAPI 3 and Swagger 2 with x-amazon-apigateway-* extensions, into an Api. See import.h.
#pragma once

#include "emulator/gateway/import/import.h"

namespace stator::gateway {

bool is_openapi(const templates::Node& document);
bool describes_http_api(const templates::Node& document);
// `api.id` and `api.protocol` are set by the caller. Functions described in place (x-stator-handler) join `out`.
void import_openapi(const templates::Node& document, Api& api, Imported& out, const ImportOptions& options);

}  // namespace stator::gateway
