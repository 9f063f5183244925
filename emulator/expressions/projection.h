// A ProjectionExpression (or AttributesToGet) with its placeholders replaced, or what a PartiQL SELECT names. Lives in
// the request's arena.
#pragma once

#include <span>
#include <string_view>

#include "emulator/expressions/document_path.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

class Projection {
 public:
  Projection() = default;
  // `sorted` holds the same paths in the order of stands_before(). With `names`, one to each path, they are not asked
  // for: what a path leads to then stands under its name at the top of the answer.
  Projection(std::span<const DocumentPath> paths, std::span<const DocumentPath> sorted,
             std::span<const std::string_view> attributes, bool whole, std::span<const std::string_view> names = {})
      : paths_(paths), sorted_(sorted), attributes_(attributes), names_(names), whole_attributes_(whole) {}

  // Whether it names attributes only: then the stored text of attributes() can be copied without decoding anything.
  bool whole_attributes() const { return whole_attributes_; }
  // The top-level attributes it reads: sorted, unique.
  std::span<const std::string_view> attributes() const { return attributes_; }
  // As written and in that order.
  std::span<const DocumentPath> paths() const { return paths_; }
  // The parts of `item` that it names; chosen list elements close up in their order in the list.
  Item apply(const Item& item, Arena& arena) const;

 private:
  std::span<const DocumentPath> paths_;
  std::span<const DocumentPath> sorted_;
  std::span<const std::string_view> attributes_;
  std::span<const std::string_view> names_;
  bool whole_attributes_ = true;
};

// What Projection::apply does, for any paths that do not clash, in any order.
Item project(const Item& item, std::span<const DocumentPath> paths, Arena& arena);

}  // namespace stator::expressions
