// Where an expression reads attributes from: a decoded item, or a stored row of which only what is asked for gets
// decoded.
#pragma once

#include <string_view>

#include "protocol/value/attribute_value.h"

namespace stator::expressions {

class AttributeSource {
 public:
  virtual ~AttributeSource() = default;
  // The attribute of that name, or null. It stays valid as long as the source. An expression asks at most once for a
  // name.
  virtual const AttributeValue* find(std::string_view name) = 0;
};

// An item that is already decoded. An item that does not exist is one without attributes: Item() works too.
class ItemSource final : public AttributeSource {
 public:
  explicit ItemSource(const Item& item) : item_(item) {}
  const AttributeValue* find(std::string_view name) override {
    return item_.is(AttributeValue::Type::M) ? item_.find(name) : nullptr;
  }

 private:
  const Item& item_;
};

}  // namespace stator::expressions
