#include "emulator/seeding/bulk_records.h"

#include "emulator/seeding/bucket.h"
#include "emulator/seeding/ion_text.h"
#include "emulator/seeding/json_values.h"
#include "emulator/seeding/seed_error.h"

namespace stator::seeding {
namespace {

class JsonRecords final : public BulkRecords {
 public:
  explicit JsonRecords(const std::string& path) : file_(path), values_(file_, {}, true, false) {}

  bool next(std::string& json) override { return values_.next(json, line_); }
  int64_t line() const override { return line_; }
  uint64_t bytes_read() const override { return file_.bytes_read(); }

 private:
  InputFile file_;
  JsonValues values_;
  int64_t line_ = 0;
};

class IonRecords final : public BulkRecords {
 public:
  explicit IonRecords(const std::string& path) : file_(path), text_(file_) {}

  bool next(std::string& json) override {
    do {
      if (text_.peek() < 0) return false;
      line_ = text_.line();
      if (!text_.read_line(line_text_, kMostIonBytesALine)) throw SeedError(file_.path(), line_, "longer than 16 MB");
    } while (line_text_.find_first_not_of(" \t\r") == std::string::npos);
    json.clear();
    if (const std::string fault = ion_record_to_json(line_text_, json); !fault.empty())
      throw SeedError(file_.path(), line_, fault);
    return true;
  }
  int64_t line() const override { return line_; }
  uint64_t bytes_read() const override { return file_.bytes_read(); }

 private:
  InputFile file_;
  TextReader text_;
  std::string line_text_;
  int64_t line_ = 0;
};

}  // namespace

std::unique_ptr<BulkRecords> open_records(const std::filesystem::path& file, const std::string& format,
                                          const std::string& packing) {
  if (packing_of(file) != packing) throw SeedError(file.string(), "is not packed as InputCompressionType says");
  if (format == "ION") return std::make_unique<IonRecords>(file.string());
  return std::make_unique<JsonRecords>(file.string());
}

}  // namespace stator::seeding
