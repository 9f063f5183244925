// Base64 as the wire has it: the standard alphabet with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/value/arena.h"

namespace stator {

void append_base64(std::string_view bytes, std::string& out);
// Nothing when the text is not base64 (foreign characters, wrong padding, wrong length).
std::optional<std::string_view> decode_base64(std::string_view text, Arena& arena);

}  // namespace stator
