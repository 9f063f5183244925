// A resource policy as PutResourcePolicy and CreateTable take it: an IAM policy document in JSON, looked at as far as
// its form goes (version, statements, effects, principals, actions) and kept under a revision. Throws
// AwsError.
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/tables/table.h"

namespace stator {

// Puts that document in place. The same document again keeps its revision.
void set_policy(std::string_view document, int64_t now_ms, ResourcePolicy& policy);

}  // namespace stator
