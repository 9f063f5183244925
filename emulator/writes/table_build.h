// A table built aside, in spaces of its own that nobody else knows, and swapped in whole: whoever asks for the table
// meanwhile finds what was there before, and so does everybody after a failure or a crash. Built in bulk: the items
// first, in batches; then, from what stands there in the end, indexes, collection sizes and the TTL queue.
//
// Until the swap a document of kind "work" named "build/<uuid>" names the spaces and the engine that fills them. What
// another engine left (a killed process) is dropped by drop_abandoned_build(), which Maintenance calls.
//
// One thread, the same from beginning to end. Throws AwsError for an item that PutItem would refuse, and StoreError.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "emulator/engine.h"
#include "emulator/tables/table.h"
#include "emulator/writes/sorted_rows.h"

namespace stator {

inline constexpr std::string_view kBuildWork = "build/";

class TableBuild {
 public:
  // `description` is the table as it shall be, whatever spaces it names.
  TableBuild(Engine& engine, std::shared_ptr<Scope> scope, Table description);
  TableBuild(const TableBuild&) = delete;
  TableBuild& operator=(const TableBuild&) = delete;
  ~TableBuild();  // drops what was not swapped in

  const Table& table() const { return table_; }
  // Takes over the items of a table that is there, before others are put over them.
  void copy_items(const Table& from);
  // Puts an item as PutItem would; its views need not outlive the call.
  void put(const Item& item);
  // No more items follow. `tick` is called now and then, and may throw.
  void build_indexes(const std::function<void()>& tick);
  int64_t items() const;

  // Puts all of them, which belong to one scope, in the place of the tables of their names, in one transaction.
  static void swap_in(std::span<const std::unique_ptr<TableBuild>> builds);

 private:
  void build_rows(std::string_view row, std::string_view body, uint32_t size, Arena& arena);
  void close_collection();

  Engine& engine_;
  std::shared_ptr<Scope> scope_;
  Table table_;
  std::string work_;  // the document's id; empty once swapped in
  SortedRows rows_;
  Arena arena_;
  std::string body_;
  std::string collection_;  // the row of the item collection under way
  int64_t collection_bytes_ = 0;
};

// `work` and `document` are a build's work document. True when it was abandoned, and has been dropped.
bool drop_abandoned_build(Engine& engine, Scope& scope, std::string_view work, std::string_view document);

}  // namespace stator
