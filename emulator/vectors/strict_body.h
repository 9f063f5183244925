// SearchVectors stands on a reader of its own: a member that must be there is missed in other words than elsewhere, and
// null is no way to leave one out (validation_2026.json, SearchVectors, October).
#pragma once

#include <string_view>

#include "protocol/json/json_value.h"

namespace stator::vectors {

// `text` is the body as it was sent, `root` what it says. Throws AwsError.
void check_search_body(std::string_view text, const JsonValue& root);

}  // namespace stator::vectors
