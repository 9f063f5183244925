#include "emulator/writes/item_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "emulator/backup/history.h"
#include "emulator/streams/stream_records.h"
#include "emulator/vectors/vector_value.h"
#include "emulator/writes/index_maintenance.h"
#include "emulator/writes/stored_item.h"
#include "persistence/key_encoding.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/item_codec.h"
#include "protocol/json/value_codec.h"
#include "protocol/shapes/value_faults.h"

namespace stator {
namespace {

using Kind = ItemWrite::Kind;

const Item kNothing = AttributeValue::map({});

bool keeps_more_than_items(const Table& table) {
  return table.has_indexes() || table.ttl.queue != 0 || table.replication.outbox != 0;
}

// Same text, or texts that differ only in the order of a set's members.
bool same_image(const RecordImage& a, const RecordImage& b, Arena& arena) {
  if (a.body == b.body) return true;
  if (a.size != b.size || a.body.empty() || b.body.empty()) return false;
  return equal(decode_item(a.body, arena), decode_item(b.body, arena));
}

// An indexed vector is charged as in its index, each attribute once.
uint32_t saved_by_vectors(const Table& table, const Item& item) {
  int64_t saved = 0;
  for (auto index = table.global_indexes.begin(); index != table.global_indexes.end(); ++index) {
    if (!index->vector) continue;
    bool counted = std::any_of(table.global_indexes.begin(), index, [&](const Index& other) {
      return other.vector && other.vector->attribute == index->vector->attribute;
    });
    if (!counted) saved += vectors::saved_bytes(*index, item);
  }
  return static_cast<uint32_t>(saved);  // wraps around where vectors weigh more
}

// Those attributes of `item` that the update names.
Item named_attributes(const expressions::Update& update, const Item& item, Arena& arena) {
  std::span<Attribute> named = arena.make<Attribute>(update.actions().size());
  size_t count = 0;
  for (const expressions::UpdateAction& action : update.actions()) {
    const AttributeValue* value = item.find(action.path.attribute());
    if (value != nullptr) named[count++] = {action.path.attribute(), *value};
  }
  return map_of(named.first(count), arena);
}

// The item after the update; checks its keys and sizes.
Item updated(const ItemWrite& write, const Item& base, ItemWritten& written, Arena& arena) {
  if (write.update == nullptr) return base;
  expressions::UpdateResult result = write.update->apply(base, arena);
  written.touched = result.touched;
  if (item_size(result.item) > kMaxItemSize) throw errors::validation(std::string(errors::text::kUpdateTooLarge));
  Item named = named_attributes(*write.update, result.item, arena);
  if (depth_of(named) > kMaxValueDepth) {  // a value that fits by itself may be set too deep in the item
    ValueProblem problem;
    problem.fault = ValueFault::kTooDeep;
    throw errors::validation(value_problem_text(problem, NumberLayer::kNew));
  }
  check_index_keys(*write.table, named, KeySource::kComputed);
  return result.item;
}

// Notes the change for the other regions, or from which of them it came.
void replicate(const ItemWrite& write, const ItemWritten& written, int64_t now_ms,
               persistence::WriteTransaction& transaction) {
  const Table& table = *write.table;
  if (write.replicated != nullptr) {
    put_stamp(table, write.key.row, *write.replicated, transaction);
    return;
  }
  if (write.kind != Kind::kDelete) {
    send_to_replicas(table, write.key.row, true, written.new_body, now_ms, transaction);
  } else if (written.existed) {
    std::vector<std::string_view> names = table.keys.names();
    std::sort(names.begin(), names.end());
    std::string key;
    project_item(written.old_body, names, key);
    send_to_replicas(table, write.key.row, false, key, now_ms, transaction);
  }
}

}  // namespace

std::string collection_row(const AttributeValue& hash) {
  std::string key;
  persistence::append_bucket(hash, key);
  persistence::append_key_part(hash, key);
  return key;
}

std::string collection_body(int64_t bytes) {
  std::string body(sizeof bytes, '\0');
  std::memcpy(body.data(), &bytes, sizeof bytes);
  return body;
}

int64_t grow_collection(const Table& table, const AttributeValue& hash, int64_t growth, int64_t limit,
                        persistence::WriteTransaction& transaction) {
  const std::string key = collection_row(hash);
  int64_t bytes = 0;
  persistence::RowView row;
  if (transaction.get(table.collections, key, row) && row.body.size() == sizeof bytes)
    std::memcpy(&bytes, row.body.data(), sizeof bytes);
  bytes += growth;
  if (growth > 0 && bytes > limit) throw errors::item_collection_size_limit();
  if (growth != 0) transaction.put(table.collections, key, 0, collection_body(bytes));
  return bytes;
}

ItemWritten write_item(const ItemWrite& write, const Clock& clock, persistence::WriteTransaction& transaction,
                       Arena& arena) {
  ItemWritten written;
  const Table& table = *write.table;
  persistence::RowView row;
  written.existed = transaction.get(table.space, write.key.row, row);
  uint32_t old_size = written.existed ? row.size : 0;
  std::string_view old_body = written.existed ? row.body : std::string_view();
  bool decode_old = write.kind == Kind::kUpdate || (keeps_more_than_items(table) && write.kind != Kind::kCheck);
  if (written.existed && (decode_old || write.wants_old || table.stream.enabled || table.history != 0)) {
    old_body = arena.copy(old_body);  // the row's bytes end with the next call on the transaction
    written.old_body = old_body;
  }
  written.old_item = written.existed && decode_old ? decode_item(old_body, arena) : kNothing;
  auto charge_table = [&written](size_t bytes) {
    written.image_bytes = bytes;
    written.use.table = write_units(bytes);
  };

  if (write.update != nullptr && write.statement_rule &&
      write.update->statement_charge(written.old_item) > kMaxItemSize)
    throw errors::validation(std::string(errors::text::kUpdateTooLarge));
  if (write.condition != nullptr) {
    StoredItem stored(written.existed ? old_body : "{}", arena);
    if (!write.condition->holds(stored)) {
      written.condition_held = false;
      charge_table(old_size);
      return written;
    }
  }
  if (write.kind == Kind::kCheck) {
    charge_table(old_size);
    return written;
  }

  if (write.kind == Kind::kUpdate && !written.existed && write.update != nullptr && !write.update->creates_item()) {
    charge_table(0);
    return written;
  }

  auto note = [&] {
    if (table.history == 0) return;
    const persistence::RowView before{{}, old_size, old_body};
    note_in_history(table.history, write.key.row, written.existed ? &before : nullptr, clock.now_ms(), transaction);
  };
  uint32_t new_size = 0;
  if (write.kind != Kind::kDelete) {
    written.new_item = write.kind == Kind::kPut
                           ? write.item
                           : updated(write, written.existed ? written.old_item : write.item, written, arena);
    thread_local std::string body;
    body.clear();
    encode_item(written.new_item, body);
    written.new_body = arena.copy(std::string_view(body));
    new_size = static_cast<uint32_t>(item_size(written.new_item));
    note();
    transaction.put(table.space, write.key.row, new_size, written.new_body);
  } else if (written.existed) {
    note();
    transaction.erase(table.space, write.key.row);
  }
  charge_table(std::max(old_size - saved_by_vectors(table, written.old_item),
                        new_size - saved_by_vectors(table, written.new_item)));
  if (table.replication.outbox != 0) replicate(write, written, clock.now_ms(), transaction);

  if (keeps_more_than_items(table)) {
    bool after = write.kind != Kind::kDelete;
    LocalRows local = maintain_indexes(
        table, write.key.row, {written.existed ? &written.old_item : nullptr, written.old_body, old_size},
        {after ? &written.new_item : nullptr, written.new_body, new_size}, transaction, arena, written.use);
    // Each local index has the limit for itself (Quotas, "Item size for tables with local secondary indexes").
    if (new_size + local.largest > kMaxItemSize)
      throw errors::validation(
          std::string(write.kind == Kind::kUpdate ? errors::text::kUpdateTooLarge : errors::text::kItemTooLarge));
    if (table.collections != 0)
      written.collection_bytes =
          grow_collection(table, write.key.hash, local.growth + int64_t{new_size} - int64_t{old_size},
                          write.collection_limit, transaction);
  }
  if (table.stream.enabled) {
    const RecordImage before{written.old_body, old_size};
    const RecordImage after{written.new_body, new_size};
    if (!same_image(before, after, arena))
      append_record(table, write.key, before, after, write.expired, clock.now_ms(), transaction);
  }
  return written;
}

}  // namespace stator
