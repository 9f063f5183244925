// The table that a restore makes: the source's definition with what the request overrides, checked by CreateTable's
// rules. Tags, streams, time to live, deletion protection, policies and point in time recovery do not come along, as
// with the service. Throws AwsError.
#pragma once

#include <string_view>

#include "emulator/backup/copy_job.h"
#include "emulator/context.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/table.h"
#include "protocol/json/json_value.h"

namespace stator {

// `input` is RestoreTableFromBackup's or RestoreTableToPointInTime's; both name what they override alike. The table is
// CREATING and has no spaces yet.
Table restored_table(const JsonValue& input, const Table& source, std::string_view name, const TableOwner& owner,
                     int64_t now_ms);

// Makes the request's TargetTableName out of `source`, lets `job` (whose source is filled in) fill it, and answers with
// its description. Throws TableAlreadyExistsException and TableInUseException too.
void restore(OperationContext& context, const Table& source, const RestoreOrigin& origin, CopyJob job,
             std::unique_ptr<persistence::WriteTransaction> transaction);

}  // namespace stator
