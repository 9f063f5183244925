// AWS words its validation errors in two ways and moves operations from the old to the new one region by region, since
// June 2026. Here: which wording each operation uses, and what that means for the layers behind the member constraints.
// The flags and their sources: validation_2026.md, sections 1 and 5. Immutable once made: any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/shapes/model.h"
#include "protocol/value/number.h"

namespace stator {

enum class Dialect : uint8_t { kOld, kNew };

struct OperationDialect {
  Dialect dialect = Dialect::kOld;
  // Layer 2 (everything checked before the table is looked up, but see value_fault) says "1 validation error detected:
  // " first. PutItem, UpdateItem and DeleteItem, new.
  bool envelope = false;
  // Who reads attribute values: exponents, empty numbers and duplicate members differ.
  NumberLayer value_layer = NumberLayer::kOld;
  // "ExpressionAttributeValues contains invalid value: <m> for key :v" around a bad expression value.
  bool wraps_values = true;

  bool is_new() const { return dialect == Dialect::kNew; }
};

// The flags of one operation in one dialect: no other combination occurs.
const OperationDialect& operation_dialect(OperationId operation, Dialect dialect);

class DialectSettings {
 public:
  DialectSettings();                 // us-east-1, October 2026
  static DialectSettings all_old();  // nothing has moved since May 2026
  static DialectSettings all_new();  // all that has moved anywhere
  // A region as recorded in October 2026; unknown names have no preset.
  static std::optional<DialectSettings> region(std::string_view name);
  // What --dialect takes: "old", "new" or a region's name.
  static std::optional<DialectSettings> parse(std::string_view text);

  void set(OperationId operation, Dialect dialect) { dialects_[static_cast<size_t>(operation)] = dialect; }
  const OperationDialect& of(OperationId operation) const {
    return operation_dialect(operation, dialects_[static_cast<size_t>(operation)]);
  }

 private:
  explicit DialectSettings(Dialect dialect) { dialects_.fill(dialect); }
  std::array<Dialect, kOperationCount> dialects_;
};

}  // namespace stator
