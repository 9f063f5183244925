// A table as CreateTable would make it: the operation's own way and that of definitions which come from files. Checked
// by the service's rules (table_rules.h); what is left to do is the rows' places (table_spaces.h), the stream
// (streams/stream.h) and publishing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "protocol/json/json_value.h"

namespace stator {

struct TableOwner {
  std::string_view account;
  std::string_view region;
};

std::string table_arn(const TableOwner& owner, std::string_view table_name);

// `input` is CreateTable's, which has passed the shape check; its TableName may be an ARN, so `name` says it. Throws
// AwsError.
Table new_table(const JsonValue& input, std::string_view name, const TableOwner& owner, int64_t now_ms);

std::string new_uuid();

}  // namespace stator
