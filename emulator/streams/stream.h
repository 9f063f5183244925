// A table's stream as the store remembers it, beside the table and longer than it: a document of kind "stream" named
// "<table>/<label>". A stream has one shard, which is open as long as the stream is enabled, and its records lie in a
// space of their own (stream_records.h). Disabled, or its table deleted, it stays readable for 24 hours; then
// stream_trim.h removes it.
//
// The table itself holds what a write needs (Table::stream): whether there is a stream, its view type and its space.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/engine.h"
#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

inline constexpr std::string_view kStreamDocument = "stream";
// The work document of a scope that has streams (maintenance.h).
inline constexpr std::string_view kStreamsWork = "streams";

struct Stream {
  std::string table_name;
  std::string table_arn;
  std::string label;
  std::string view_type;
  std::string hash_key;
  std::string range_key;  // empty: none
  int64_t created_ms = 0;
  int64_t settles_ms = 0;  // ENABLING or DISABLING until then
  int64_t closed_ms = 0;   // 0: open
  int64_t first = 0;       // the shard's sequence numbers: the first,
  int64_t last = 0;        // once it is closed the last,
  int64_t trimmed = 0;     // the newest that was trimmed,
  int64_t skipped = 0;     // and the newest that went with a reset of the table's items
  persistence::SpaceId space = 0;

  bool open() const { return closed_ms == 0; }
  std::string arn() const;
  std::string shard_id() const;  // shardId-<20 digits>-<8 hexadecimal digits>
  std::string_view status(int64_t now_ms) const;
  // The oldest position that can be read from.
  int64_t horizon() const { return std::max(first, trimmed + 1); }
};

struct StreamName {
  std::string_view account, region, table, label;
};
// arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>, or nothing.
std::optional<StreamName> parse_stream_arn(std::string_view arn);

std::string stream_document_id(std::string_view table, std::string_view label);
Stream read_stream_document(std::string_view stored);
std::optional<Stream> find_stream(std::string_view table, std::string_view label,
                                  persistence::ReadTransaction& transaction);
void put_stream(const Stream& stream, persistence::WriteTransaction& transaction);

// Begins a stream for the table, which is to be published, and names it in there.
void open_stream(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction);
// Ends the table's stream, if it has one that is open. The table's own settings are the caller's to change.
void close_stream(const Table& table, int64_t now_ms, int64_t settles_ms, persistence::WriteTransaction& transaction);
// Lets the records go that the table's stream holds; it goes on under its name. The table is to be published.
void empty_stream(Table& table, persistence::WriteTransaction& transaction);

// Tables whose streams an older version of this program enabled have no document: gives them one. To be called before
// streams are read; does nothing once there are none left. Only then, since it looks at every table: a server that
// starts beside a large folder reads none of them. Until then the records of such a stream are not trimmed.
void adopt_streams(Scope& scope);

}  // namespace stator
