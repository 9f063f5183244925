#include "emulator/streams/stream_records.h"

#include <algorithm>
#include <charconv>

#include "emulator/tables/new_table.h"
#include "protocol/json/value_codec.h"

namespace stator {
namespace {

constexpr size_t kPageBytes = 1 << 20;
constexpr size_t kSequenceDigits = 20;  // behind the leading 1
constexpr int64_t kSequencesAMillisecond = 1000;

void append_big_endian(int64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<uint64_t>(number) >> shift & 255);
}

int64_t big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (char c : bytes.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(number);
}

std::string_view region_of(std::string_view arn) {
  for (int i = 0; i < 3; ++i) arn.remove_prefix(std::min(arn.find(':'), arn.size() - 1) + 1);
  return arn.substr(0, arn.find(':'));
}

// 32 hexadecimal digits.
std::string new_event_id() {
  std::string id = new_uuid();
  std::erase(id, '-');
  return id;
}

}  // namespace

int64_t next_sequence(int64_t now_ms, persistence::WriteTransaction& transaction) {
  return transaction.next_sequence("stream", now_ms * kSequencesAMillisecond);
}

std::string sequence_text(int64_t sequence) {
  std::string digits = std::to_string(sequence);
  return "1" + std::string(kSequenceDigits - digits.size(), '0') + digits;
}

int64_t read_sequence(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.size() <= kSequenceDigits) return 0;
  if (text.size() > kSequenceDigits + 1 || text[0] != '1') return INT64_MAX;
  int64_t sequence = 0;
  const auto [end, fault] = std::from_chars(text.data() + 1, text.data() + text.size(), sequence);
  return fault == std::errc() ? sequence : INT64_MAX;
}

void append_record(const Table& table, const ItemKey& key, RecordImage before, RecordImage after, bool expired,
                   int64_t now_ms, persistence::WriteTransaction& transaction) {
  const std::string_view view = table.stream.view_type;
  const bool both = view == "NEW_AND_OLD_IMAGES";
  const bool shows_new = !after.body.empty() && (both || view == "NEW_IMAGE");
  const bool shows_old = !before.body.empty() && (both || view == "OLD_IMAGE");
  Attribute attributes[2] = {{table.keys.hash[0].name, key.hash}, {}};
  if (!table.keys.range.empty()) attributes[1] = {table.keys.range[0].name, key.range};
  const Item keys = AttributeValue::map(sort_attributes({attributes, table.keys.size()}));
  const size_t size = item_size(keys) + (shows_new ? after.size : 0) + (shows_old ? before.size : 0);
  const int64_t sequence = next_sequence(now_ms, transaction);

  thread_local std::string body;
  body.clear();
  JsonWriter w(body);
  w.begin_object().key("eventID").string(new_event_id()).key("eventName");
  w.string(before.body.empty() ? "INSERT" : after.body.empty() ? "REMOVE" : "MODIFY");
  w.key("eventVersion").string("1.1").key("eventSource").string("aws:dynamodb");
  w.key("awsRegion").string(region_of(table.arn)).key("dynamodb").begin_object();
  w.key("ApproximateCreationDateTime").integer(now_ms / 1000);
  append_item(keys, w.key("Keys").next());
  if (shows_new) w.key("NewImage").raw(after.body);
  if (shows_old) w.key("OldImage").raw(before.body);
  w.key("SequenceNumber").string(sequence_text(sequence)).key("SizeBytes").integer(static_cast<int64_t>(size));
  w.key("StreamViewType").string(view).end_object();
  if (expired) {
    w.key("userIdentity").begin_object().key("PrincipalId").string("dynamodb.amazonaws.com");
    w.key("Type").string("Service").end_object();
  }
  w.end_object();
  transaction.put(table.stream.space, record_row(sequence, now_ms), static_cast<uint32_t>(size), body);
}

std::string record_row(int64_t sequence, int64_t time_ms) {
  std::string row;
  append_big_endian(sequence, row);
  append_big_endian(time_ms, row);
  return row;
}

int64_t record_sequence(std::string_view row) {
  return big_endian(row);
}

int64_t record_time_ms(std::string_view row) {
  return big_endian(row.substr(8));
}

int64_t newest_record(const Stream& stream, persistence::ReadTransaction& transaction) {
  const int64_t newest = std::max({stream.first, stream.last, stream.trimmed, stream.skipped});
  auto cursor = transaction.scan(stream.space, {.reverse = true});
  persistence::RowView row;
  return cursor->next(row) ? std::max(newest, record_sequence(row.key)) : newest;
}

bool write_records(const Stream& stream, int64_t& position, size_t limit, persistence::ReadTransaction& transaction,
                   JsonWriter& w) {
  const std::string from = record_row(position);
  auto cursor = transaction.scan(stream.space, {.lower = from, .upper = {}});
  persistence::RowView row;
  size_t bytes = 0;
  for (size_t count = 0; cursor->next(row); ++count) {
    if (count == limit || (count != 0 && bytes + row.size > kPageBytes)) return true;
    w.raw(row.body);
    bytes += row.size;
    position = record_sequence(row.key) + 1;
  }
  return false;
}

}  // namespace stator
