// An update with its placeholders replaced: UpdateExpression, and what AttributeUpdates lowers to. Lives in the
// request's arena. Applying it never changes the old item: the new one shares every part that the update leaves alone.
//
// All right-hand sides read the old item. A list index past the end appends (in order of index when there are several);
// removing elements of one list goes by the old indexes. A set that DELETE empties is removed.
#pragma once

#include <span>
#include <string_view>

#include "emulator/expressions/attribute_source.h"
#include "emulator/expressions/document_path.h"
#include "emulator/expressions/syntax.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

// The right-hand side of SET: a literal, a path, or +, -, if_not_exists, list_append of two.
struct UpdateValue {
  Operator op = Operator::kValue;
  AttributeValue value;
  DocumentPath path;
  std::span<const UpdateValue> operands;
};

struct UpdateAction {
  Section section = Section::kSet;
  DocumentPath path;
  UpdateValue value;  // not for REMOVE
};

struct UpdateResult {
  Item item;
  // What the update named, for UPDATED_OLD and UPDATED_NEW: project() these out of the old or the new item. By index as
  // written: an element that was appended by an index past the new end does not show (extenddb 98 and 105, measured
  // against the service).
  std::span<const DocumentPath> touched;
};

class Update {
 public:
  Update() = default;
  Update(std::span<const UpdateAction> actions, std::span<const DocumentPath> paths, bool legacy)
      : actions_(actions), paths_(paths), legacy_(legacy) {}

  // `old_item` is the stored item, or just the key attributes where there is none. Throws ExpressionError (not
  // before_table) when the item does not allow the update.
  UpdateResult apply(const Item& old_item, Arena& arena) const;

  // "Cannot update attribute a. This attribute is part of the key": throws (not before_table) for the first action that
  // names one of these.
  void check_keys(std::span<const std::string_view> key_attributes) const;

  // What the statement writes, for UpdateItem's own 400 KB rule (validation_2026.md, section 6): refuse when it is over
  // 409,600. Zero for AttributeUpdates, which do not have that rule. ADD to a set charges only members that it adds.
  size_t statement_charge(const Item& old_item) const;

  // Whether it brings an item into being that was not there: AttributeUpdates that only delete do not.
  bool creates_item() const;

  bool legacy() const { return legacy_; }  // AttributeUpdates, no update expression

  std::span<const UpdateAction> actions() const { return actions_; }
  // The paths that are written to, in order of the actions.
  std::span<const DocumentPath> targets() const { return paths_; }

 private:
  std::span<const UpdateAction> actions_;
  std::span<const DocumentPath> paths_;
  bool legacy_ = false;
};

}  // namespace stator::expressions
