// A stored item as an answer shows it: whole, or the parts that a projection names, copied as text where that is
// enough.
#pragma once

#include <string>
#include <string_view>

#include "emulator/expressions/projection.h"
#include "protocol/json/item_codec.h"

namespace stator {

inline void append_projected(std::string_view body, const expressions::Projection* projection, Arena& arena,
                             std::string& out) {
  if (projection == nullptr)
    out += body;
  else if (projection->whole_attributes())
    project_item(body, projection->attributes(), out);
  else
    append_item(projection->apply(decode_item(body, arena), arena), out);
}

}  // namespace stator
