// AWS::Serverless::Function, ::Api, ::HttpApi and ::WebSocketApi with Globals, into functions and APIs. See import.h.
#pragma once

#include "emulator/gateway/import/import.h"

namespace stator::gateway {

void import_sam(const templates::Template& source, const ImportOptions& options, Imported& out);

}  // namespace stator::gateway
