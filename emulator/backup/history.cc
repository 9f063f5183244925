#include "emulator/backup/history.h"

#include <stdexcept>
#include <vector>

namespace stator {
namespace {

constexpr size_t kRowsATrim = 512;
constexpr size_t kHead = 8 + 1 + 4;

void append_big_endian(uint64_t value, int bytes, std::string& out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
}

uint64_t read_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::string history_key(int64_t number) {
  std::string key;
  append_big_endian(static_cast<uint64_t>(number), 8, key);
  return key;
}

void note_in_history(persistence::SpaceId history, std::string_view item_row, const persistence::RowView* before,
                     int64_t now_ms, persistence::WriteTransaction& transaction) {
  thread_local std::string body;
  body.clear();
  append_big_endian(static_cast<uint64_t>(now_ms), 8, body);
  body += before != nullptr ? '\1' : '\0';
  append_big_endian(item_row.size(), 4, body);
  body += item_row;
  uint32_t size = 0;
  if (before != nullptr) {
    body += before->body;
    size = before->size;
  }
  transaction.put(history, history_key(history_mark(transaction)), size, body);
}

PastRow read_past_row(const persistence::RowView& row) {
  PastRow past;
  if (row.body.size() < kHead) throw std::runtime_error("a change in a table's history cannot be read");
  past.time_ms = static_cast<int64_t>(read_big_endian(row.body.substr(0, 8)));
  past.existed = row.body[8] != 0;
  const size_t key_size = read_big_endian(row.body.substr(9, 4));
  if (row.body.size() - kHead < key_size) throw std::runtime_error("a change in a table's history cannot be read");
  past.item_row = row.body.substr(kHead, key_size);
  past.size = row.size;
  past.body = row.body.substr(kHead + key_size);
  return past;
}

int64_t history_mark(persistence::WriteTransaction& transaction) {
  return transaction.next_sequence("history");
}

void begin_history(Table& table, persistence::WriteTransaction& transaction) {
  if (table.history == 0) table.history = transaction.new_space();
}

void end_history(Table& table, bool in_use, persistence::WriteTransaction& transaction) {
  if (table.history == 0 || table.recovery.enabled || in_use) return;
  transaction.drop_space(table.history);
  table.history = 0;
}

bool trim_history(persistence::SpaceId history, int64_t oldest_ms, persistence::WriteTransaction& transaction) {
  std::vector<std::string> old;
  {
    auto cursor = transaction.scan(history, {});
    persistence::RowView row;
    while (old.size() < kRowsATrim && cursor->next(row) && read_past_row(row).time_ms < oldest_ms)
      old.emplace_back(row.key);
  }
  for (const std::string& key : old) transaction.erase(history, key);
  return old.size() == kRowsATrim;
}

std::string history_work(std::string_view table) {
  return "history/" + std::string(table);
}

}  // namespace stator
