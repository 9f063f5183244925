// Reads one page of rows: counts 1 MB before the filter, honours Limit, filters, projects, appends to the answer. Knows
// a range of one space; which range that is, and what the answer around it looks like, is its caller's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/expressions/condition.h"
#include "emulator/expressions/projection.h"
#include "emulator/tables/table.h"
#include "emulator/writes/capacity.h"
#include "persistence/store.h"

namespace stator {

inline constexpr size_t kPageBytes = 1 << 20;

// Where the page starts and ends. Owns the bytes that the store's KeyRange points at.
struct PageRange {
  std::string lower;
  std::string upper;
  bool has_upper = false;
  bool lower_exclusive = false;
  bool upper_inclusive = false;
  bool reverse = false;
};

struct PageRequest {
  const Table* table = nullptr;
  const Index* index = nullptr;  // null: the table itself
  PageRange range;
  size_t limit = SIZE_MAX;
  size_t max_bytes = kPageBytes;  // what is left of the page, where several reads make one
  bool count_only = false;
  bool consistent = false;
  const expressions::Condition* filter = nullptr;
  const expressions::Projection* projection = nullptr;  // null: the row as it lies
  bool fetch_base = false;  // a local index asked for what it does not hold: each matching row costs a read of its item
};

struct Page {
  size_t count = 0;          // rows that passed the filter
  size_t scanned = 0;        // rows read
  size_t bytes = 0;          // of the rows read
  double fetched_units = 0;  // of items fetched from the table for a local index
  bool stopped = false;      // by Limit or by size: then `last` is where to go on
  Item last;                 // the key attributes of the last row read
};

// `items` gets the rows as JSON objects joined by commas.
Page read_page(const PageRequest& request, persistence::ReadTransaction& transaction, Arena& arena, std::string& items);

}  // namespace stator
