#include "emulator/writes/capacity.h"

#include <algorithm>

namespace stator {
namespace {

void write_units_of(JsonWriter& w, double units, bool split, CapacityKind kind) {
  if (split && kind == CapacityKind::kRead) w.key("ReadCapacityUnits").real(units);
  if (split && kind == CapacityKind::kWrite) w.key("WriteCapacityUnits").real(units);
  w.key("CapacityUnits").real(units);
}

void add_arm(std::vector<CapacityUse::Arm>& arms, const Index& index, double units) {
  for (CapacityUse::Arm& arm : arms)
    if (arm.index->name == index.name) {
      arm.units += units;
      return;
    }
  arms.push_back({&index, units});
}

}  // namespace

CapacityReport capacity_report(std::string_view text) {
  if (text == "TOTAL") return CapacityReport::kTotal;
  if (text == "INDEXES") return CapacityReport::kIndexes;
  return CapacityReport::kNone;
}

double write_units(size_t bytes) {
  return static_cast<double>(std::max<size_t>(1, (bytes + 1023) / 1024));
}

double read_units(size_t bytes, bool consistent) {
  double units = static_cast<double>(std::max<size_t>(1, (bytes + 4095) / 4096));
  return consistent ? units : units / 2;
}

void CapacityUse::add_index(const Index& index, double units) {
  add_arm(arms, index, units);
}

void CapacityUse::add_vector_index(const Index& index, double bytes) {
  add_arm(vectors, index, bytes);
}

void CapacityUse::add(const CapacityUse& other) {
  table += other.table;
  for (const Arm& arm : other.arms) add_index(*arm.index, arm.units);
  for (const Arm& arm : other.vectors) add_vector_index(*arm.index, arm.units);
}

double CapacityUse::total() const {
  double sum = table;
  for (const Arm& arm : arms) sum += arm.units;
  return sum;
}

void write_consumed_capacity(JsonWriter& w, std::string_view table_name, const CapacityUse& use, CapacityReport report,
                             bool split, CapacityKind kind) {
  w.begin_object().key("TableName").string(table_name);
  write_units_of(w, use.total(), split, kind);
  if (report == CapacityReport::kIndexes) {
    w.key("Table").begin_object();
    write_units_of(w, use.table, split, kind);
    w.end_object();
    for (bool global : {false, true}) {
      bool any = false;
      for (const CapacityUse::Arm& arm : use.arms) {
        if (arm.index->global != global) continue;
        if (!any) w.key(global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes").begin_object();
        any = true;
        w.key(arm.index->name).begin_object();
        write_units_of(w, arm.units, split, kind);
        w.end_object();
      }
      if (any) w.end_object();
    }
    if (!use.vectors.empty()) {
      w.key("VectorIndexes").begin_object();
      for (const CapacityUse::Arm& arm : use.vectors)
        w.key(arm.index->name).begin_object().key("VectorWriteRequestBytes").real(arm.units).end_object();
      w.end_object();
    }
  }
  w.end_object();
}

}  // namespace stator
