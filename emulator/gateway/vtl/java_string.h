// java.lang.String's methods over UTF-8. See methods.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

std::u16string to_utf16(std::string_view text);  // what is no UTF-8 becomes U+FFFD
std::string to_utf8(std::u16string_view text);   // a lone surrogate becomes '?', as Java writes it

bool call_string(Heap& heap, const Value& receiver, std::string_view method, std::span<const Value> arguments,
                 Value& result);

}  // namespace stator::vtl
