// The tree that a parser makes of one expression's text: placeholders unresolved, so it depends on nothing but the kind
// and the text, and is what the cache keeps. Immutable once built; owns its text and its nodes; may be read by several
// threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "emulator/expressions/expression_kind.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

// One step of a document path as written: `abc`, `#abc` (a placeholder) or `[3]`.
struct SyntaxStep {
  enum class Kind : uint8_t { kName, kPlaceholder, kIndex };
  Kind kind = Kind::kName;
  uint32_t index = 0;
  std::string_view text;
};

enum class Operator : uint8_t {
  kPath,
  kValue,  // leaves
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,  // two operands
  kBetween,
  kIn,  // three; two or more
  kAnd,
  kOr,
  kNot,  // conditions
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kPlus,
  kMinus,
  kIfNotExists,
  kListAppend,  // updates
};

// As error texts print it: "=", "BETWEEN", "begins_with".
std::string_view name_of(Operator op);
// What compares the same with its operands exchanged: > for <. Others are returned as they are.
Operator turned_round(Operator op);

struct SyntaxNode {
  Operator op = Operator::kPath;
  std::string_view text;                        // kValue: ":v"
  std::span<const SyntaxStep> steps;            // kPath
  std::span<const SyntaxNode* const> operands;  // everything else; AND and OR have two or more
  bool spreads = false;  // kIn of PartiQL's IN ?: the second operand is a value that stands for its elements
};

enum class Section : uint8_t { kSet, kRemove, kAdd, kDelete };

struct SyntaxAction {
  Section section = Section::kSet;
  const SyntaxNode* path = nullptr;
  const SyntaxNode* value = nullptr;  // null for REMOVE
};

class SyntaxTree {
 public:
  explicit SyntaxTree(std::string_view text) : nodes_(1024), text_(text) {}

  std::string_view text() const { return text_; }
  const SyntaxNode* condition = nullptr;          // of a condition
  std::span<const SyntaxAction> actions;          // of an update, as written
  std::span<const SyntaxNode* const> projection;  // paths of a projection, as written

  Arena& nodes() { return nodes_; }
  // The memory it takes.
  size_t bytes() const { return sizeof(*this) + nodes_.bytes_reserved() + text_.capacity(); }

 private:
  Arena nodes_;
  std::string text_;
};

}  // namespace stator::expressions
