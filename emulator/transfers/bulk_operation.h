// A bulk put of a bucket's items into a table that is there: how far it is, and its description. What was asked and the
// status are a Transfer of kind kBulkPut; this is a document of kind "bulk-progress" with the same id, which the
// transaction of every item brings forward. So a server that ends in between goes on where it was, and nothing is put
// twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "emulator/transfers/transfer.h"
#include "emulator/writes/capacity.h"
#include "persistence/store.h"
#include "protocol/json/json_writer.h"

namespace stator {

// In bytes; of vector indexes those of their vectors.
struct BulkUsage {
  int64_t table = 0;
  std::map<std::string, int64_t, std::less<>> local, global, vectors;  // by the index's name

  void add(const CapacityUse& use);
  int64_t total() const;  // without vectors
};

struct BulkProgress {
  int64_t object = 0;        // which of the input's objects is next or under way
  int64_t record = 0;        // how many of its records are done
  int64_t items = 0;         // records done, of whatever outcome
  int64_t failed = 0;        // of these what could not be read or was no item for the table
  int64_t conditions = 0;    // and whose condition did not hold
  int64_t bytes = 0;         // read
  int64_t total_bytes = -1;  // of all objects; -1: not yet known
  BulkUsage usage;
};

void put_bulk_progress(std::string_view id, const BulkProgress& progress, persistence::WriteTransaction& transaction);
// That of the beginning where none is written yet.
BulkProgress read_bulk_progress(std::string_view id, persistence::ReadTransaction& transaction);

// Whether a bulk put into that table is under way.
bool bulk_put_under_way(const Table& table, persistence::ReadTransaction& transaction);

// The BulkOperationDescription as the writer's next value.
void write_bulk_description(JsonWriter& w, const Transfer& transfer, const BulkProgress& progress);

}  // namespace stator
