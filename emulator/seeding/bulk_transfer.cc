#include "emulator/seeding/bulk_transfer.h"

#include <filesystem>
#include <vector>

#include "emulator/seeding/bucket.h"
#include "emulator/seeding/bulk_records.h"
#include "emulator/seeding/bulk_report.h"
#include "emulator/seeding/importer.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/transfers/bulk_put.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

// Without the place, which the report tells by the object's key.
std::string sentence_of_fault(const SeedError& error, std::string_view place) {
  std::string_view text = error.what();
  if (text.starts_with(place)) text.remove_prefix(place.size());
  return std::string(text);
}

// One run over the objects.
class BulkRun {
 public:
  // `report` is where the report will lie: no input, whatever the prefix.
  BulkRun(BulkPut& puts, const fs::path& bucket, const JsonValue& input, const fs::path& report,
          const std::function<bool()>& stopping)
      : puts_(puts),
        bucket_(bucket),
        objects_(objects_of(bucket, text_in(input, "S3KeyPrefix"))),
        format_(text_in(input, "InputFormat")),
        packing_(text_in(input, "InputCompressionType")),
        stopping_(stopping) {
    if (packing_.empty()) packing_ = "NONE";
    std::erase_if(objects_, [&](const fs::path& object) { return object.string().starts_with(report.string() + "/"); });
  }

  void run() {
    int64_t total = 0;
    for (const fs::path& object : objects_) total += static_cast<int64_t>(fs::file_size(object));
    puts_.begin(total);
    const auto first = static_cast<size_t>(puts_.progress().object);
    for (size_t i = 0; i < objects_.size(); ++i) {
      const auto size = static_cast<int64_t>(fs::file_size(objects_[i]));
      if (i >= first) {
        read_object(objects_[i]);
        puts_.end_object(before_ + size);
      }
      before_ += size;
    }
  }

 private:
  void read_object(const fs::path& object) {
    const std::string key = fs::relative(object, bucket_).generic_string();
    int64_t skipped = puts_.progress().record;  // done by the server that went on before this one
    std::unique_ptr<BulkRecords> records;
    try {
      records = open_records(object, format_, packing_);
    } catch (const SeedError& error) {
      if (skipped == 0) puts_.refuse(sentence_of_fault(error, object.string() + ": "), {key});
      return;
    }
    std::string json;
    for (int64_t failed_line = -1;;) {
      if (stopping_()) {
        persistence::settle();
        throw Stopped();
      }
      std::string fault;
      try {
        if (!records->next(json)) return;
      } catch (const SeedError& error) {
        if (records->line() == failed_line) return;  // it does not come past it
        failed_line = records->line();
        fault = sentence_of_fault(error, object.string() + ":" + std::to_string(failed_line) + ": ");
      }
      if (skipped != 0) {
        --skipped;
        continue;
      }
      puts_.set_read(before_ + static_cast<int64_t>(records->bytes_read()));
      if (fault.empty())
        puts_.put(json, {key, records->line()});
      else
        puts_.refuse(fault, {key, records->line()});
    }
  }

  BulkPut& puts_;
  const fs::path bucket_;
  std::vector<fs::path> objects_;
  const std::string format_;
  std::string packing_;
  const std::function<bool()>& stopping_;
  int64_t before_ = 0;  // bytes of the objects before the one under way
};

void fail_bulk_put(Transfer& transfer, Transfer::Status status, std::string code, std::string message) {
  transfer.status = status;
  transfer.failure_code = std::move(code);
  transfer.failure_message = std::move(message);
}

}  // namespace

// The codes of the last three are this server's own.
void carry_out_bulk_put(Engine& engine, const std::shared_ptr<Scope>& scope, const std::string& root,
                        Transfer& transfer, const std::function<bool()>& stopping) {
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  const JsonValue& input = *request.find("InputS3Configuration");
  const JsonValue& output = *request.find("OutputS3Configuration");
  const bool cancelled = transfer.status == Transfer::Status::kCancelling;
  BulkPut puts(engine, scope, transfer);
  try {
    const fs::path bucket = bucket_folder(root, text_in(input, "S3Bucket"));
    BulkReport report(bucket_folder(root, text_in(output, "S3Bucket")), output, transfer);
    try {
      if (cancelled) throw BulkCancelled();
      BulkRun(puts, bucket, input, report.folder(), stopping).run();
      transfer.status =
          puts.progress().failed == 0 ? Transfer::Status::kCompleted : Transfer::Status::kCompletedWithErrors;
    } catch (const BulkCancelled&) {
      fail_bulk_put(transfer, Transfer::Status::kCancelled, "Cancelled", "The bulk operation was cancelled");
    } catch (const BulkTableGone&) {
      fail_bulk_put(transfer, Transfer::Status::kFailed, "ResourceNotFoundException", "Requested resource not found");
    }
    persistence::settle();
    report.write(*scope, puts.progress(), scope->space->clock.now_ms());
  } catch (const Failure& failure) {
    fail_bulk_put(transfer, Transfer::Status::kFailed, failure.code, failure.message);
  } catch (const SeedError& error) {  // of the report's files
    fail_bulk_put(transfer, Transfer::Status::kFailed, "S3AccessDenied", error.what());
  } catch (const fs::filesystem_error& error) {
    fail_bulk_put(transfer, Transfer::Status::kFailed, "S3AccessDenied", error.what());
  }
}

}  // namespace stator::seeding
