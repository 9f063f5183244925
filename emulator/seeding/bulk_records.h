// The records of one object of a bulk put as DynamoDB JSON, a value a line, in either of the two formats. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace stator::seeding {

class BulkRecords {
 public:
  virtual ~BulkRecords() = default;
  // The next record's text; false at the end. Throws SeedError for a line that is none.
  virtual bool next(std::string& json) = 0;
  virtual int64_t line() const = 0;  // of the latest record
  virtual uint64_t bytes_read() const = 0;
};

// `format` and `packing` as in InputS3Configuration. Throws SeedError.
std::unique_ptr<BulkRecords> open_records(const std::filesystem::path& file, const std::string& format,
                                          const std::string& packing);

}  // namespace stator::seeding
