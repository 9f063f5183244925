// Consumed capacity: how many units an operation takes of a table and of each index, and how an answer says so.
//
//   write  1 unit per KB of the larger of the old and the new image, at least 1
//   read   1 unit per 4 KB, at least 1; half of that when eventually consistent
//   transactions take twice that of the table; an index's arm is never doubled
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "emulator/tables/table.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator {

enum class CapacityReport : uint8_t { kNone, kTotal, kIndexes };
CapacityReport capacity_report(std::string_view return_consumed_capacity);

double write_units(size_t bytes);
double read_units(size_t bytes, bool consistent);

struct CapacityUse {
  struct Arm {
    const Index* index;
    double units;
  };
  double table = 0;
  std::vector<Arm> arms;  // only indexes that were touched
  // Of vector indexes; in bytes, and so no part of the total.
  std::vector<Arm> vectors = {};

  void add_index(const Index& index, double units);
  void add_vector_index(const Index& index, double bytes);
  void add(const CapacityUse& other);
  double total() const;
};

enum class CapacityKind : uint8_t { kRead, kWrite };

// The ConsumedCapacity object of one table as the writer's next value. `split` adds ReadCapacityUnits or
// WriteCapacityUnits beside each CapacityUnits, as transactions do.
void write_consumed_capacity(JsonWriter& w, std::string_view table_name, const CapacityUse& use, CapacityReport report,
                             bool split, CapacityKind kind);

}  // namespace stator
