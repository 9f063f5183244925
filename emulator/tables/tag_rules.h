// Tags on a table: at most 50, keys of 1 to 128 characters that do not start with "aws:", values of up to 256.
#pragma once

#include <map>
#include <string>

#include "protocol/json/json_value.h"

namespace stator {

inline constexpr size_t kMaxTags = 50;

// Adds the elements of a Tags member ([{Key, Value}]) to `tags`. Throws AwsError for what the service refuses.
void add_tags(const JsonValue& list, std::map<std::string, std::string>& tags);

}  // namespace stator
