// The records of a stream: written with the change that they tell of, in its transaction, and read in pages.
//
// A row's key is the sequence number and the time of the change in milliseconds, both big-endian in eight bytes; its
// size is the record's SizeBytes, its body the record as GetRecords answers it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/streams/stream.h"
#include "emulator/tables/item_key.h"
#include "persistence/store.h"
#include "protocol/json/json_writer.h"

namespace stator {

// The next sequence number of the scope. They grow with the clock too: what is written after a snapshot was restored is
// newer than all that was written before, and a reader that holds an iterator from then goes on.
int64_t next_sequence(int64_t now_ms, persistence::WriteTransaction& transaction);
// As the service writes them: decimal digits, at least 21.
std::string sequence_text(int64_t sequence);
// The number that `text` stands for: 0 for one older than any that was given out, INT64_MAX for one that is beyond
// them; -1 where it is no number.
int64_t read_sequence(std::string_view text);

// An item before or after a change, in its stored form; empty where there was none.
struct RecordImage {
  std::string_view body;
  uint32_t size = 0;
};
// One change of an item of a table whose stream is enabled. `expired`: time to live took it.
void append_record(const Table& table, const ItemKey& key, RecordImage before, RecordImage after, bool expired,
                   int64_t now_ms, persistence::WriteTransaction& transaction);

// Where a record's row lies, or where rows from that sequence number on begin.
std::string record_row(int64_t sequence, int64_t time_ms = 0);
int64_t record_sequence(std::string_view row);
int64_t record_time_ms(std::string_view row);

// The newest sequence number that the shard has told anybody of.
int64_t newest_record(const Stream& stream, persistence::ReadTransaction& transaction);

// Writes the records from `position` on as an array's elements: at most `limit`, and 1 MB where it is more than one.
// Moves `position` behind them; false when there is nothing behind it yet.
bool write_records(const Stream& stream, int64_t& position, size_t limit, persistence::ReadTransaction& transaction,
                   JsonWriter& w);

}  // namespace stator
