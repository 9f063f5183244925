#include "emulator/seeding/bucket_transfers.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "emulator/backup/changes_between.h"
#include "emulator/maintenance.h"
#include "emulator/seeding/bucket.h"
#include "emulator/seeding/bulk_transfer.h"
#include "emulator/seeding/exporter.h"
#include "emulator/seeding/importer.h"
#include "emulator/seeding/item_reader.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/writes/table_build.h"
#include "protocol/json/item_codec.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

// What changed between two moments as the lines of an incremental export.
class ChangeLines final : public persistence::Cursor {
 public:
  ChangeLines(persistence::Store& store, const Transfer& transfer, bool with_old)
      : changes_(store, transfer.table, transfer.from_ms, transfer.moment_ms), with_old_(with_old) {
    for (const auto* part : {&transfer.table.keys.hash, &transfer.table.keys.range})
      for (const KeyAttribute& key : *part) keys_.push_back(key.name);
    std::sort(keys_.begin(), keys_.end());
  }

  bool next(persistence::RowView& row) override {
    ChangedItem item;
    if (!changes_.next(item)) {
      if (changes_.lost()) throw Failure{"TableNotFoundException", "The table went, or its point in time recovery"};
      return false;
    }
    line_ = R"({"Metadata":{"WriteTimestampMicros":{"N":")" + std::to_string(item.time_ms * 1000) + R"("}},"Keys":)";
    const std::vector<std::string_view> names(keys_.begin(), keys_.end());
    project_item(item.exists ? item.after : item.before, names, line_);
    if (item.existed && with_old_) line_ += ",\"OldImage\":" + item.before;
    if (item.exists) line_ += ",\"NewImage\":" + item.after;
    line_ += '}';
    bytes_ += static_cast<int64_t>(line_.size());
    row = {{}, 0, line_};
    return true;
  }
  int64_t bytes() const { return bytes_; }

 private:
  ChangesBetween changes_;
  const bool with_old_;
  std::vector<std::string> keys_;
  std::string line_;
  int64_t bytes_ = 0;
};

class ImportFiles {
 public:
  ImportFiles(const JsonValue& request, const Table& table) : table_(table) {
    format_ = text_in(request, "InputFormat");
    packing_ = text_in(request, "InputCompressionType");
    if (packing_.empty()) packing_ = "NONE";
    const JsonValue* options = request.find("InputFormatOptions");
    const JsonValue* csv = options != nullptr ? options->find("Csv") : nullptr;
    if (csv == nullptr) return;
    if (const std::string delimiter = text_in(*csv, "Delimiter"); !delimiter.empty()) separator_ = delimiter[0];
    if (const JsonValue* names = csv->find("HeaderList"))
      for (const JsonValue& name : names->elements())
        if (name.is_string()) names_.emplace_back(name.text());
  }

  std::unique_ptr<ItemReader> open(const fs::path& file) const {
    if (packing_of(file) != packing_) throw SeedError(file.string(), "is not packed as InputCompressionType says");
    if (format_ == "ION") return open_ion_lines(file.string());
    if (format_ == "CSV") return open_csv(file.string(), table_, separator_, names_);
    return open_json_lines(file.string(), table_);
  }

 private:
  const Table& table_;
  std::string format_, packing_;
  char separator_ = ',';
  std::vector<std::string> names_;
};

// Every item of the files; what is wrong with one is counted, and the others are imported.
template <typename Stopping>
void read_items(const std::vector<fs::path>& objects, const ImportFiles& files, TableBuild& build, Transfer& transfer,
                const Stopping& stopping) {
  Arena arena;
  for (const fs::path& object : objects) {
    std::unique_ptr<ItemReader> reader;
    try {
      reader = files.open(object);
    } catch (const SeedError&) {
      ++transfer.errors;
      continue;
    }
    for (int64_t failed_line = -1;;) {
      if (stopping()) throw Stopped();
      try {
        Item item;
        if (!reader->next(arena, item)) break;
        ++transfer.items;
        build.put(item);
      } catch (const AwsError&) {
        ++transfer.errors;
      } catch (const SeedError&) {
        ++transfer.errors;
        if (reader->line() == failed_line) break;  // it does not come past it
        failed_line = reader->line();
        ++transfer.items;
      }
    }
    transfer.bytes += static_cast<int64_t>(reader->bytes_read());
  }
}

template <typename Stopping>
void export_items(const Engine& engine, Scope& scope, const std::string& root, Transfer& transfer,
                  const JsonValue& request, const Stopping& stopping) {
  ExportTarget target;
  target.bucket = text_in(request, "S3Bucket");
  target.prefix = text_in(request, "S3Prefix");
  target.sse_algorithm = text_in(request, "S3SseAlgorithm");
  if (target.sse_algorithm.empty()) target.sse_algorithm = "AES256";
  target.sse_key = text_in(request, "S3SseKmsKeyId");
  target.folder = (bucket_folder(root, target.bucket) / prefix_path(target.prefix)).string();
  target.id = transfer.id;
  target.started_ms = transfer.started_ms;
  target.moment_ms = transfer.moment_ms;
  const auto progress = [&](int64_t) {
    if (stopping()) throw Stopped();
  };
  if (!transfer.incremental()) {
    target.format = export_format(request);
    PagedRows rows(*scope.store, transfer.space);
    transfer.bytes = scope.store->read()->counts(transfer.space).bytes;
    transfer.items = write_export(engine.clock(), target, transfer.table, rows, progress);
    return;
  }
  constexpr int64_t kLeastBilled = 10'000'000;  // ACK's API notes, DDB-EXPORT-019
  target.from_ms = transfer.from_ms;
  target.view = export_view(request);
  ChangeLines lines(*scope.store, transfer, target.view == "NEW_AND_OLD_IMAGES");
  transfer.items = write_export(engine.clock(), target, transfer.table, lines, progress);
  transfer.bytes = std::max(kLeastBilled, lines.bytes());
}

// What the document of that work tells of; nothing when it is done, or gone with a reset.
std::optional<Transfer> waiting_transfer(Scope& scope, std::string_view work) {
  const std::string_view name = work.substr(kTransferWork.size());
  const auto kind = name.starts_with("export")   ? Transfer::Kind::kExport
                    : name.starts_with("import") ? Transfer::Kind::kImport
                                                 : Transfer::Kind::kBulkPut;
  const std::string_view id = name.substr(name.find('/') + 1);
  auto reading = scope.store->read();
  if (!reading->document(kWorkDocument, work)) return std::nullopt;
  const auto document = reading->document(transfer_document(kind), id);
  return document ? std::optional(read_transfer(kind, id, *document)) : std::nullopt;
}

void mark_failed(Transfer& transfer, std::string_view code, std::string_view message) {
  transfer.status = Transfer::Status::kFailed;
  transfer.failure_code = code;
  transfer.failure_message = message;
}

}  // namespace

BucketTransfers::BucketTransfers(Engine& engine, std::string folder)
    : engine_(engine), folder_(std::move(folder)), thread_([this] { loop(); }) {}

void BucketTransfers::begin(const std::shared_ptr<Scope>& scope, const std::string& work) {
  std::lock_guard lock(mutex_);
  for (const Task& task : tasks_)
    if (task.scope == scope && task.work == work) return;
  tasks_.push_back({scope, work});
  changed_.notify_all();
}

void BucketTransfers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool BucketTransfers::stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void BucketTransfers::loop() {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = tasks_.front();
    }
    try {
      carry_out(task);
      persistence::settle();
    } catch (const Stopped&) {
      return;
    } catch (const std::exception& error) {
      if (on_failure) on_failure(error.what());
    }
    std::lock_guard lock(mutex_);
    tasks_.pop_front();
  }
}

void BucketTransfers::carry_out(const Task& task) {
  const auto entered = engine_.wait_to_enter_request();
  Scope& scope = *task.scope;
  std::optional<Transfer> found = waiting_transfer(scope, task.work);
  if (!found) return;
  Transfer& transfer = *found;
  std::vector<std::unique_ptr<TableBuild>> builds;
  try {
    move_items(task.scope, transfer, builds);
    if (transfer.kind != Transfer::Kind::kBulkPut) transfer.status = Transfer::Status::kCompleted;
  } catch (const Failure& failure) {
    mark_failed(transfer, failure.code, failure.message);
  } catch (const AwsError& error) {
    builds.clear();
    mark_failed(transfer, error.name(), error.message());
  } catch (const SeedError& error) {
    builds.clear();
    mark_failed(transfer, "S3AccessDenied", error.what());
  }
  transfer.ended_ms = scope.space->clock.now_ms();
  if (!builds.empty()) TableBuild::swap_in(builds);
  auto transaction = scope.store->write();
  if (transfer.kind != Transfer::Kind::kImport) {
    if (transfer.space != 0) transaction->drop_space(transfer.space);
  } else if (builds.empty() && transfer.status == Transfer::Status::kFailed) {
    TablePtr table = scope.catalog.find(transfer.table.name, *transaction);
    if (table != nullptr && table->id == transfer.table.id)
      remove_table(*table, scope.catalog, transfer.ended_ms, *transaction);
  }
  put_transfer(transfer, *transaction);
  transaction->erase_document(kWorkDocument, task.work);
  transaction->commit();
  transaction.reset();
  engine_.tell_work(scope);
}

// What an import makes is in `builds` then, and still to be swapped in.
void BucketTransfers::move_items(const std::shared_ptr<Scope>& scope, Transfer& transfer,
                                 std::vector<std::unique_ptr<TableBuild>>& builds) {
  const auto stopping = [this] { return this->stopping(); };
  if (transfer.kind == Transfer::Kind::kBulkPut) return carry_out_bulk_put(engine_, scope, folder_, transfer, stopping);
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  if (transfer.kind == Transfer::Kind::kExport)
    return export_items(engine_, *scope, folder_, transfer, request, stopping);
  const TablePtr table = scope->catalog.find(transfer.table.name);
  if (table != nullptr && table->state != State::kCreating) {
    // The table was put in its place just before the server ended.
    transfer.items = transfer.imported = scope->store->read()->counts(table->space).rows;
    return;
  }
  const JsonValue& source = *request.find("S3BucketSource");
  const fs::path bucket = bucket_folder(folder_, text_in(source, "S3Bucket"));
  const std::vector<fs::path> objects = objects_of(bucket, text_in(source, "S3KeyPrefix"));
  TableBuild& build = *builds.emplace_back(std::make_unique<TableBuild>(engine_, scope, transfer.table));
  read_items(objects, ImportFiles(request, build.table()), build, transfer, stopping);
  build.build_indexes([&] {
    if (stopping()) throw Stopped();
  });
  transfer.imported = build.items();
  if (transfer.errors != 0)
    throw Failure{"ItemValidationError",
                  "Some of the items failed validation checks and were not imported. Please check CloudWatch error "
                  "logs for more details."};
}

}  // namespace stator::seeding
