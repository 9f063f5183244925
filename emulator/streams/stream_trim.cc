#include "emulator/streams/stream_trim.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "emulator/maintenance.h"
#include "emulator/streams/stream.h"
#include "emulator/streams/stream_records.h"

namespace stator {
namespace {

constexpr int64_t kKeptMs = 24LL * 3600 * 1000;
constexpr size_t kRecordsAStep = 256;

// When something of the stream will be too old.
int64_t due_ms(const Stream& stream, int64_t now_ms, persistence::ReadTransaction& transaction) {
  if (!stream.open() && stream.closed_ms + kKeptMs <= now_ms) return stream.closed_ms + kKeptMs;
  int64_t oldest_ms = stream.open() ? now_ms : stream.closed_ms;
  auto cursor = transaction.scan(stream.space, {});
  persistence::RowView row;
  if (cursor->next(row)) oldest_ms = std::min(oldest_ms, record_time_ms(row.key));
  return oldest_ms + kKeptMs;
}

void trim(Scope& scope, Stream found, int64_t now_ms) {
  auto transaction = scope.store->write();
  const std::optional<Stream> current = find_stream(found.table_name, found.label, *transaction);
  if (!current) return;
  Stream stream = *current;
  if (!stream.open() && stream.closed_ms + kKeptMs <= now_ms) {
    transaction->drop_space(stream.space);
    transaction->erase_document(kStreamDocument, stream_document_id(stream.table_name, stream.label));
    transaction->commit();
    return;
  }
  std::vector<std::string> rows;
  {
    auto cursor = transaction->scan(stream.space, {});
    persistence::RowView row;
    while (rows.size() < kRecordsAStep && cursor->next(row) && record_time_ms(row.key) + kKeptMs <= now_ms)
      rows.emplace_back(row.key);
  }
  if (rows.empty()) return;
  for (const std::string& row : rows) transaction->erase(stream.space, row);
  stream.trimmed = record_sequence(rows.back());
  put_stream(stream, *transaction);
  transaction->commit();
}

// No stream is left to trim: nothing is to be looked at any more.
void end_work(Scope& scope) {
  auto transaction = scope.store->write();
  if (!transaction->documents(kStreamDocument, {}, 1).empty()) return;
  transaction->erase_document(kWorkDocument, kStreamsWork);
  transaction->commit();
}

}  // namespace

bool trim_streams(Scope& scope) {
  const int64_t now_ms = scope.space->clock.now_ms();
  // What was written since the last look is not due before 24 hours from then, unless the clock was set back.
  if (now_ms >= scope.trims_looked_ms && now_ms < scope.trims_due_ms) return false;
  int64_t next_ms = now_ms + kKeptMs;
  std::vector<Stream> due;
  bool any = false;
  {
    auto reading = scope.store->read();
    for (const auto& [id, document] : reading->documents(kStreamDocument)) {
      any = true;
      Stream stream = read_stream_document(document);
      const int64_t at_ms = due_ms(stream, now_ms, *reading);
      if (at_ms <= now_ms)
        due.push_back(std::move(stream));
      else
        next_ms = std::min(next_ms, at_ms);
    }
  }
  for (Stream& stream : due) trim(scope, std::move(stream), now_ms);
  if (!any) end_work(scope);
  if (!due.empty()) return true;
  scope.trims_looked_ms = now_ms;
  scope.trims_due_ms = next_ms;
  return false;
}

}  // namespace stator
