// What there is to import, found before anything is: the tables, their definitions, their data files. The layout of a
// seed folder is specified here (and told in the README):
//
//   *.yaml *.yml *.template      templates; their tables
//   *.json that define tables    (definitions.h)
//   NAME.jsonl NAME.json NAME.csv ...   items of table NAME (item_reader.h)
//   NAME/                        a folder of data files and definitions of table NAME
//   AWSDynamoDB/ID/              an export as the service writes it: manifest-summary.json, manifest-files.json, data/;
//                                the table is the one the manifest names
//
// Hidden files are passed over; others that are none of these are told in `notes`. Knows no store and reads no items.
// Throws SeedError and templates::TemplateError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/templates/tables.h"

namespace stator::seeding {

struct DataFile {
  std::string path;
  uint64_t bytes = 0;            // as it lies there
  std::optional<int64_t> items;  // as a manifest counts them
};

struct TableSeed {
  std::string name;
  std::optional<templates::TableRequest> definition;
  std::vector<DataFile> files;
  bool from_export = false;
};

struct SeedPlan {
  std::vector<TableSeed> tables;  // by name
  std::vector<std::string> notes;
};

struct PlanOptions {
  std::string table;  // what files are for, whatever their names say; empty: their names say it
  templates::TemplateOptions templates;
};

// Of folders and files, seed folders and exports.
SeedPlan plan_of(const std::vector<std::string>& paths, const PlanOptions& options);

}  // namespace stator::seeding
