#include "emulator/backup/copy_job.h"

#include "emulator/backup/backup.h"
#include "emulator/backup/history.h"
#include "emulator/maintenance.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/stored_document.h"
#include "emulator/transfers/transfer.h"
#include "emulator/writes/index_maintenance.h"
#include "emulator/writes/item_writer.h"
#include "protocol/json/item_codec.h"
#include "protocol/value/base64.h"

namespace stator {
namespace {

constexpr Transfer::Kind kExport = Transfer::Kind::kExport;
constexpr size_t kRowsAStep = 512;
constexpr size_t kBytesAStep = 1 << 20;
constexpr int kStepsAtOnce = 8;

std::string document_of(const CopyJob& job) {
  std::string out, position;
  append_base64(job.position, position);
  JsonWriter w(out);
  w.begin_object().key("Stage").integer(static_cast<int>(job.stage)).key("From").integer(job.from);
  w.key("FromTable").string(job.from_table).key("FromTableId").string(job.from_table_id);
  w.key("FromBackup").string(job.from_backup);
  w.key("AfterNumber").integer(job.after_number).key("AfterTime").integer(job.after_ms);
  w.key("To").integer(job.to).key("ToBackup").string(job.to_backup).key("ToTable").string(job.to_table);
  w.key("ToExport").string(job.to_export);
  w.key("Position").string(position).end_object();
  return out;
}

CopyJob read_job(std::string_view id, std::string_view document) {
  Arena arena;
  const JsonValue root = stored::parse(document, arena, "copy job");
  CopyJob job;
  job.id = id;
  job.stage = static_cast<CopyJob::Stage>(stored::integer(root, "Stage"));
  job.from = stored::integer(root, "From");
  job.from_table = stored::text(root, "FromTable");
  job.from_table_id = stored::text(root, "FromTableId");
  job.from_backup = stored::text(root, "FromBackup");
  job.after_number = stored::integer(root, "AfterNumber");
  job.after_ms = stored::integer(root, "AfterTime");
  job.to = stored::integer(root, "To");
  job.to_backup = stored::text(root, "ToBackup");
  job.to_table = stored::text(root, "ToTable");
  job.to_export = stored::text(root, "ToExport");
  job.position = decode_base64(stored::text(root, "Position"), arena).value_or(std::string_view());
  return job;
}

struct Row {
  std::string key;
  std::string body;
  uint32_t size;
};

// The next rows behind the job's position; true when they are the last.
bool read_page(persistence::SpaceId space, const CopyJob& job, persistence::ReadTransaction& transaction,
               std::vector<Row>& rows) {
  auto cursor = transaction.scan(space, {.lower = job.position, .upper = {}, .lower_exclusive = !job.position.empty()});
  persistence::RowView row;
  for (size_t bytes = 0; rows.size() < kRowsAStep && bytes < kBytesAStep; bytes += row.body.size()) {
    if (!cursor->next(row)) return true;
    rows.push_back({std::string(row.key), std::string(row.body), row.size});
  }
  return false;
}

// One step, within its transaction.
class Step {
 public:
  Step(Scope& scope, persistence::WriteTransaction& transaction, CopyJob& job)
      : scope_(scope), transaction_(transaction), job_(job) {}

  // False when the job is over, and its document gone.
  bool run() {
    if (!ends_are_there()) {
      abandon();
      return false;
    }
    switch (job_.stage) {
      case CopyJob::Stage::kRows:
        if (copy_rows()) next(job_.from_table.empty() ? CopyJob::Stage::kIndexes : CopyJob::Stage::kHistory);
        break;
      case CopyJob::Stage::kHistory:
        if (take_back()) next(CopyJob::Stage::kIndexes);
        break;
      case CopyJob::Stage::kIndexes:
        if (job_.to_table.empty() || fill_indexes()) next(CopyJob::Stage::kFinish);
        break;
      case CopyJob::Stage::kFinish:
        finish();
        return false;
    }
    transaction_.put_document(kWorkDocument, job_.id, document_of(job_));
    return true;
  }

 private:
  void next(CopyJob::Stage stage) {
    job_.stage = stage;
    job_.position.clear();
  }

  TablePtr source() {
    TablePtr table = scope_.catalog.find(job_.from_table, transaction_);
    return table != nullptr && table->id == job_.from_table_id && table->space == job_.from ? table : nullptr;
  }
  TablePtr target() {
    TablePtr table = scope_.catalog.find(job_.to_table, transaction_);
    return table != nullptr && table->space == job_.to ? table : nullptr;
  }

  bool ends_are_there() {
    if (!job_.to_table.empty() && target() == nullptr) return false;
    if (!job_.to_backup.empty() && !transaction_.document(kBackupDocument, job_.to_backup)) return false;
    if (!job_.to_export.empty() && !transaction_.document(transfer_document(kExport), job_.to_export)) return false;
    if (job_.stage >= CopyJob::Stage::kIndexes) return true;  // what follows needs no source
    if (!job_.from_backup.empty()) return transaction_.document(kBackupDocument, job_.from_backup).has_value();
    return source() != nullptr;
  }

  bool copy_rows() {
    std::vector<Row> rows;
    const bool last = read_page(job_.from, job_, transaction_, rows);
    for (const Row& row : rows) transaction_.put(job_.to, row.key, row.size, row.body);
    if (!rows.empty()) job_.position = rows.back().key;
    return last;
  }

  // From the newest change to the oldest, so that what stands in the end is what was there before the oldest.
  bool take_back() {
    struct Change {
      std::string row, body;
      uint32_t size;
      bool existed;
    };
    std::vector<Change> changes;
    bool last = false;
    {
      const std::string lower = history_key(job_.after_number), upper = job_.position;
      auto cursor = transaction_.scan(
          source()->history,
          {.lower = lower, .upper = upper, .has_upper = !upper.empty(), .lower_exclusive = true, .reverse = true});
      persistence::RowView row;
      for (size_t bytes = 0; changes.size() < kRowsAStep && bytes < kBytesAStep; bytes += row.body.size()) {
        if ((last = !cursor->next(row))) break;
        const PastRow past = read_past_row(row);
        if ((last = past.time_ms <= job_.after_ms)) break;
        changes.push_back({std::string(past.item_row), std::string(past.body), past.size, past.existed});
        job_.position = row.key;
      }
    }
    for (const Change& change : changes)
      if (change.existed)
        transaction_.put(job_.to, change.row, change.size, change.body);
      else
        transaction_.erase(job_.to, change.row);
    return last;
  }

  bool fill_indexes() {
    TablePtr table = target();
    if (!table->has_indexes()) return true;
    std::vector<Row> rows;
    const bool last = read_page(job_.to, job_, transaction_, rows);
    Arena arena;
    for (const Row& row : rows) {
      arena.reset();
      const Item item = decode_item(row.body, arena);
      CapacityUse use;
      const LocalRows local =
          maintain_indexes(*table, row.key, {}, {&item, row.body, row.size}, transaction_, arena, use);
      if (table->collections != 0)
        grow_collection(*table, *item.find(table->keys.hash[0].name), local.growth + row.size, INT64_MAX, transaction_);
    }
    if (!rows.empty()) job_.position = rows.back().key;
    return last;
  }

  void finish() {
    transaction_.erase_document(kWorkDocument, job_.id);
    if (!job_.to_backup.empty()) {
      Backup backup = read_backup(job_.to_backup, *transaction_.document(kBackupDocument, job_.to_backup));
      const persistence::SpaceCounts counts = transaction_.counts(job_.to);
      backup.available = true;
      backup.items = counts.rows;
      backup.bytes = counts.bytes;
      put_backup(backup, transaction_);
    } else if (!job_.to_export.empty()) {
      transaction_.put_document(kWorkDocument, transfer_work(kExport, job_.to_export), {});
    } else {
      Table made = *target();
      made.restored->in_progress = false;
      const int64_t now = scope_.space->clock.now_ms();
      const int64_t settles = made.created_ms + scope_.space->table_delay_ms.load(std::memory_order_relaxed);
      if (settles > now) {
        made.settles_ms = settles;
        transaction_.put_document(kWorkDocument, state_work(made.name), {});
      } else {
        made.state = State::kActive;
        for (Index& index : made.global_indexes) index.state = State::kActive;
      }
      scope_.catalog.publish(std::move(made), transaction_);
    }
    release_source();
  }

  void abandon() {
    transaction_.erase_document(kWorkDocument, job_.id);
    if (!job_.to_backup.empty()) {
      if (auto document = transaction_.document(kBackupDocument, job_.to_backup))
        drop_backup(read_backup(job_.to_backup, *document), transaction_);
    } else if (!job_.to_export.empty()) {
      if (auto document = transaction_.document(transfer_document(kExport), job_.to_export)) {
        Transfer transfer = read_transfer(kExport, job_.to_export, *document);
        transaction_.drop_space(transfer.space);
        transfer.status = Transfer::Status::kFailed;
        transfer.ended_ms = scope_.space->clock.now_ms();
        transfer.failure_code = "TableNotFoundException";
        transfer.failure_message = "Table not found: " + transfer.table.name;
        put_transfer(transfer, transaction_);
      }
    } else if (TablePtr made = scope_.catalog.find(job_.to_table, transaction_); made != nullptr && made->restored) {
      remove_table(*made, scope_.catalog, scope_.space->clock.now_ms(), transaction_);
    }
    release_source();
  }

  // Its history may be needed no more.
  void release_source() {
    if (job_.from_table.empty()) return;
    TablePtr table = source();
    if (table == nullptr || table->history == 0) return;
    Table changed = *table;
    end_history(changed, copies_from(changed.space, transaction_), transaction_);
    if (changed.history != table->history) scope_.catalog.publish(std::move(changed), transaction_);
  }

  Scope& scope_;
  persistence::WriteTransaction& transaction_;
  CopyJob& job_;
};

}  // namespace

void begin_copy(Engine& engine, Scope& scope, CopyJob job, std::unique_ptr<persistence::WriteTransaction> transaction) {
  job.id = std::string(kCopyWork) + new_uuid();
  try {
    transaction->put_document(kWorkDocument, job.id, document_of(job));
    transaction->commit();
  } catch (...) {
    scope.forget();  // what the caller has published in it
    throw;
  }
  transaction.reset();
  bool more = true;
  for (int i = 0; i < kStepsAtOnce && more; ++i) more = copy_step(scope, job.id);
  engine.tell_work(scope);
}

bool copy_step(Scope& scope, std::string_view work) {
  auto transaction = scope.store->write();
  std::optional<std::string> document = transaction->document(kWorkDocument, work);
  if (!document) return false;
  CopyJob job = read_job(work, *document);
  bool more;
  try {
    more = Step(scope, *transaction, job).run();
    transaction->commit();
  } catch (...) {
    scope.forget();
    throw;
  }
  return more;
}

std::vector<CopyJob> copy_jobs(persistence::ReadTransaction& transaction) {
  constexpr size_t kPage = 32;  // other work follows, of which there may be much
  std::vector<CopyJob> jobs;
  std::string after(kCopyWork);
  while (true) {
    const auto page = transaction.documents(kWorkDocument, after, kPage);
    for (const auto& [id, document] : page) {
      if (!id.starts_with(kCopyWork)) return jobs;
      jobs.push_back(read_job(id, document));
    }
    if (page.size() < kPage) return jobs;
    after = page.back().first;
  }
}

bool copies_from(persistence::SpaceId space, persistence::ReadTransaction& transaction) {
  for (const CopyJob& job : copy_jobs(transaction))
    if (job.from == space && job.stage < CopyJob::Stage::kIndexes) return true;
  return false;
}

}  // namespace stator
