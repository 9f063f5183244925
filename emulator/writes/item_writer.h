// THE write: read the old item, ask the condition, compute the new one, put it, keep indexes, counts, queues and
// the stream in step. Every operation that changes an item comes through here, one transaction around it or many in one
// (TransactWriteItems).
//
// A condition that is false is a value, not an exception: a transaction reports it beside others. What the item does
// not allow (an update of a wrong type, a result over 400 KB) is thrown: ExpressionError or AwsError.
#pragma once

#include <string>
#include <string_view>

#include "emulator/clock.h"
#include "emulator/expressions/condition.h"
#include "emulator/expressions/update.h"
#include "emulator/replication/replica_log.h"
#include "emulator/tables/item_key.h"
#include "emulator/tables/table.h"
#include "emulator/writes/capacity.h"
#include "persistence/store.h"

namespace stator {

inline constexpr size_t kMaxItemSize = 409600;
inline constexpr size_t kMaxTransactionBytes = 4 << 20;  // of all items of one transaction, written or read

struct ItemWrite {
  enum class Kind : uint8_t { kPut, kUpdate, kDelete, kCheck };
  Kind kind = Kind::kPut;
  const Table* table = nullptr;
  ItemKey key;
  Item item;  // kPut: the item; kUpdate: the key attributes, for an item that does not exist yet
  const expressions::Condition* condition = nullptr;
  const expressions::Update* update = nullptr;  // null: an UpdateItem that only makes sure the item exists
  bool statement_rule = false;                  // UpdateItem's own 400 KB rule applies
  bool wants_old = false;                       // the caller will look at the old item
  bool expired = false;                         // time to live erases it; its stream tells
  int64_t collection_limit = INT64_MAX;
  const WriteStamp* replicated = nullptr;  // of the write in another region that this one repeats
};

struct ItemWritten {
  bool condition_held = true;
  bool existed = false;
  std::string_view old_body;  // stored form, in the arena; only when wanted (also when the condition failed)
  Item old_item;              // decoded when an update or an index needed it, else an M without attributes
  Item new_item;              // of kPut and kUpdate
  std::string_view new_body;
  std::span<const expressions::DocumentPath> touched;  // of kUpdate
  int64_t collection_bytes = -1;                       // after the write; -1: not a table with local indexes
  size_t image_bytes = 0;                              // of the larger image, by which use.table is charged
  CapacityUse use;
};

// Where a table with local indexes keeps the size of an item collection: the row's key, and the size as its body.
std::string collection_row(const AttributeValue& hash);
std::string collection_body(int64_t bytes);

// Adds `growth` to the size of a collection and returns the new size.
int64_t grow_collection(const Table& table, const AttributeValue& hash, int64_t growth, int64_t limit,
                        persistence::WriteTransaction& transaction);

// `clock` dates the record in the table's stream and history; a table without them does not ask.
ItemWritten write_item(const ItemWrite& write, const Clock& clock, persistence::WriteTransaction& transaction,
                       Arena& arena);

}  // namespace stator
