// Writes the tables of one scope to a folder, in the layout of the service's own exports to S3, so that import and
// --seed take it back, and whatever reads the service's exports reads it:
//
//   TABLE.json                             the table's definition: {"Table": as DescribeTable, "TimeToLiveDescription",
//                                          "Tags"}
//   AWSDynamoDB/ID/_started                empty
//   AWSDynamoDB/ID/data/NAME.json.gz       {"Item": {...}} a line, gzip; of an incremental export
//   AWSDynamoDB/data/NAME;
//                                          in Ion NAME.ion.gz (ion_text.h)
//   AWSDynamoDB/ID/manifest-files.json     a line for each data file: itemCount, md5Checksum, etag, dataFileS3Key
//   AWSDynamoDB/ID/manifest-summary.json   written last: without it there is no export
//   AWSDynamoDB/ID/manifest-*.checksum     the MD5 of the two, base64
//
// All tables at one moment. Source: the developer guide, "DynamoDB table export output format". One thread. Throws
// SeedError, persistence::StoreError.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/engine.h"

namespace stator::seeding {

struct ExportOptions {
  std::string account;
  std::string region;
  std::string folder;
  std::vector<std::string> tables;  // empty: all
  std::function<void(std::string_view table, int64_t items, int64_t all)> progress;
};

struct ExportedTable {
  std::string name;
  std::string folder;
  int64_t items = 0;
};

// One table's export: where it goes, and what its manifest says of it. The rest of `table` but its description is not
// looked at.
struct ExportTarget {
  std::string folder;  // that AWSDynamoDB/ID goes into
  std::string id;
  int64_t started_ms = 0;
  int64_t moment_ms = 0;
  std::string bucket, prefix, sse_algorithm, sse_key;  // of an export to a bucket
  int64_t from_ms = 0;                                 // of an incremental export
  std::string view;                                    // and its ExportViewType
  std::string format = "DYNAMODB_JSON";                // or ION, for a full export
};
// Writes all but the definition, and returns the number of items. The rows of an incremental export are its lines; its
// data goes to AWSDynamoDB/data.
int64_t write_export(const Clock& clock, const ExportTarget& target, const Table& table, persistence::Cursor& rows,
                     const std::function<void(int64_t items)>& progress = {});

std::vector<ExportedTable> export_tables(Engine& engine, const ExportOptions& options);

}  // namespace stator::seeding
