#include "emulator/replication/replica_log.h"

#include <algorithm>
#include <stdexcept>

#include "emulator/backup/history.h"

namespace stator {
namespace {

constexpr size_t kTime = 8;

std::string time_bytes(int64_t ms) {
  return history_key(ms);  // both are eight bytes, big-endian
}

int64_t read_time(std::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes.substr(0, kTime)) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(value);
}

}  // namespace

WriteStamp stamp_of(const Table& table, std::string_view row, persistence::ReadTransaction& transaction) {
  persistence::RowView stored;
  if (!transaction.get(table.replication.stamps, row, stored) || stored.body.size() < kTime) return {};
  return {read_time(stored.body), std::string(stored.body.substr(kTime))};
}

void put_stamp(const Table& table, std::string_view row, const WriteStamp& stamp,
               persistence::WriteTransaction& transaction) {
  transaction.put(table.replication.stamps, row, 0, time_bytes(stamp.ms) + stamp.region);
}

void send_to_replicas(const Table& table, std::string_view row, bool exists, std::string_view body, int64_t now_ms,
                      persistence::WriteTransaction& transaction) {
  // Whatever this region has seen of the item was before this write, whatever the clocks say.
  const WriteStamp seen = stamp_of(table, row, transaction);
  WriteStamp stamp{now_ms, std::string(region_of(table))};
  if (stamp < seen) stamp.ms = seen.region > stamp.region ? seen.ms + 1 : seen.ms;
  put_stamp(table, row, stamp, transaction);
  std::string sent = time_bytes(stamp.ms);
  sent += exists ? '\1' : '\0';
  sent += body;
  transaction.put(table.replication.outbox, history_key(transaction.next_sequence("outbox")), 0, sent);
}

SentChange read_sent(const persistence::RowView& row) {
  if (row.body.size() <= kTime) throw std::runtime_error("a change on its way to a replica cannot be read");
  return {read_time(row.body), row.body[kTime] != 0, row.body.substr(kTime + 1)};
}

std::string_view region_of(const Table& table) {
  std::string_view arn = table.arn;  // arn:aws:dynamodb:REGION:...
  for (int i = 0; i < 3; ++i) arn.remove_prefix(std::min(arn.size(), arn.find(':') + 1));
  return arn.substr(0, arn.find(':'));
}

}  // namespace stator
