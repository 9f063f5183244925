// Whether bytes are UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace stator {

// The offset of the first byte that does not belong to a whole character, or text.size() when all is well.
size_t find_invalid_utf8(std::string_view text);

}  // namespace stator
