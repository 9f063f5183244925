// Integrations of REST APIs that are no proxies (AWS, HTTP, MOCK): request template, parameter mappings and overrides
// in, an integration response chosen by its pattern, its mappings and its template out. Lambda functions and DynamoDB's
// actions are what AWS integrations reach.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"

namespace stator::gateway {

void serve_custom(std::shared_ptr<Call> call);

}  // namespace stator::gateway
