// The Java methods that templates call on strings, numbers, lists and maps. Indexes into strings count UTF-16 units, as
// Java's do. Pure but for what they change in a list or a map.
#pragma once

#include <span>
#include <string_view>

#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

// False: `receiver` has no such method with so many arguments. Where Java would throw, TemplateError.
bool call_method(Heap& heap, const Value& receiver, std::string_view method, std::span<const Value> arguments,
                 Value& result);

// $value.name, where it is no map's key or an object's: $list.empty.
Value property_of(Heap& heap, const Value& receiver, std::string_view name);

// $value[index]. A list index that is not there is an error, as in Java.
Value index_of(Heap& heap, const Value& receiver, const Value& index);

}  // namespace stator::vtl
