// The report of a bulk put (bulk_transfer.h says where it lies), out of the rows that bulk_put.h left.
#pragma once

#include <filesystem>
#include <string>

#include "emulator/engine.h"
#include "emulator/transfers/bulk_operation.h"
#include "emulator/transfers/transfer.h"
#include "protocol/json/json_value.h"

namespace stator::seeding {

class BulkReport {
 public:
  // `bucket` is the output's folder, `output` the OutputS3Configuration; both it and `transfer` outlive this. Throws
  // Failure for a prefix that leaves the bucket.
  BulkReport(const std::filesystem::path& bucket, const JsonValue& output, const Transfer& transfer);

  const std::filesystem::path& folder() const { return folder_; }
  // Writes all of it, over what a server before this one may have begun. Throws SeedError.
  void write(Scope& scope, const BulkProgress& progress, int64_t ended_ms);

 private:
  void write_rows(Scope& scope);
  void add_to_manifest(std::string_view type, const std::string& key, int64_t items, std::string_view md5);
  std::string summary(const BulkProgress& progress, int64_t ended_ms) const;

  const JsonValue& output_;
  const Transfer& transfer_;
  const std::string key_;  // of the folder of this report
  const std::filesystem::path folder_;
  std::string manifest_;
};

}  // namespace stator::seeding
