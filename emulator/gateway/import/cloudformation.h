// AWS::ApiGateway::*, AWS::ApiGatewayV2::* and AWS::Lambda::Function, into APIs and functions. See import.h.
#pragma once

#include "emulator/gateway/import/import.h"

namespace stator::gateway {

void import_cloudformation(const templates::Template& source, const ImportOptions& options, Imported& out);

}  // namespace stator::gateway
