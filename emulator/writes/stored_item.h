// An item as it lies in the store: canonical text that is decoded attribute by attribute, when somebody asks. A
// condition or a filter that names two attributes reads two.
#pragma once

#include <string_view>

#include "emulator/expressions/attribute_source.h"
#include "protocol/json/item_codec.h"

namespace stator {

class StoredItem final : public expressions::AttributeSource {
 public:
  // `body` and `arena` must outlive it.
  StoredItem(std::string_view body, Arena& arena) : body_(body), arena_(arena) {}

  const AttributeValue* find(std::string_view name) override { return decode_attribute(body_, name, arena_); }
  std::string_view body() const { return body_; }
  void reset(std::string_view body) { body_ = body; }

 private:
  std::string_view body_;
  Arena& arena_;
};

}  // namespace stator
