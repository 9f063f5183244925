// The settings of a global table of the older version, region by region, as DescribeGlobalTableSettings tells them.
#pragma once

#include "emulator/context.h"
#include "emulator/replication/global_table.h"

namespace stator {

// The answer of both operations of settings. `status` is that of every replica.
void write_global_settings(JsonWriter& w, const OperationContext& context, const GlobalTable& global,
                           std::string_view status);
// The request's GlobalTableName. Throws GlobalTableNotFoundException in these operations' words (ACK's API notes on
// DynamoDB, DDB-GLOBALTABLESETTINGS-001).
GlobalTable require_settings(const OperationContext& context);

}  // namespace stator
