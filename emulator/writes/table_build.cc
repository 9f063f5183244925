#include "emulator/writes/table_build.h"

#include <charconv>

#include "emulator/maintenance.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/item_key.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/table_spaces.h"
#include "emulator/writes/index_maintenance.h"
#include "emulator/writes/item_writer.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/item_codec.h"

namespace stator {
namespace {

constexpr size_t kBytesAPage = 4 << 20;

// The document: the engine's id, then the spaces, parted by blanks.
std::string work_document(const Engine& engine, const Table& table) {
  std::string text = engine.id();
  for_each_space(table, [&](persistence::SpaceId space) { text += " " + std::to_string(space); });
  return text;
}

// Walks a space in pages: no read is held open while rows are written.
template <typename Deed>
void for_each_row(persistence::Store& store, persistence::SpaceId space, const Deed& deed) {
  struct Row {
    std::string key, body;
    uint32_t size;
  };
  std::vector<Row> page;
  std::string position;
  for (bool more = true; more;) {
    page.clear();
    {
      auto reading = store.read();
      auto cursor = reading->scan(space, {.lower = position, .upper = {}, .lower_exclusive = !position.empty()});
      persistence::RowView row;
      size_t bytes = 0;
      while (bytes < kBytesAPage && (more = cursor->next(row))) {
        page.push_back({std::string(row.key), std::string(row.body), row.size});
        bytes += row.key.size() + row.body.size();
      }
    }
    for (const Row& row : page) deed(row.key, row.body, row.size);
    if (!page.empty()) position = page.back().key;
  }
}

}  // namespace

TableBuild::TableBuild(Engine& engine, std::shared_ptr<Scope> scope, Table description)
    : engine_(engine),
      scope_(std::move(scope)),
      table_(std::move(description)),
      work_(std::string(kBuildWork) + new_uuid()),
      rows_(*scope_->store) {
  for (Index& index : table_.global_indexes) {
    index.state = State::kActive;
    index.backfilling = false;
  }
  table_.state = State::kActive;
  table_.settle_projections();
  auto transaction = scope_->store->write();
  table_.recovery.since_ms = scope_->space->clock.now_ms();
  take_spaces(table_, *transaction);
  transaction->put_document(kWorkDocument, work_, work_document(engine_, table_));
  transaction->commit();
  transaction.reset();
  persistence::settle();
}

TableBuild::~TableBuild() {
  if (work_.empty()) return;
  try {
    persistence::settle();
    auto transaction = scope_->store->write();
    drop_spaces(table_, *transaction);
    transaction->erase_document(kWorkDocument, work_);
    transaction->commit();
    transaction.reset();
    persistence::settle();
    engine_.tell_work(*scope_);
  } catch (const std::exception&) {
    // The next engine finds the document and drops what it names.
  }
}

void TableBuild::copy_items(const Table& from) {
  for_each_row(*scope_->store, from.space, [this](std::string_view key, std::string_view body, uint32_t size) {
    rows_.put(table_.space, key, size, body);
  });
}

void TableBuild::put(const Item& item) {
  const size_t size = item_size(item);
  if (size > kMaxItemSize) throw errors::validation(std::string(errors::text::kItemTooLarge));
  const ItemKey key = key_of_new_item(table_, item, false);
  body_.clear();
  encode_item(item, body_);
  rows_.put(table_.space, key.row, static_cast<uint32_t>(size), body_);
}

void TableBuild::build_indexes(const std::function<void()>& tick) {
  rows_.finish();
  if (!table_.has_indexes() && table_.ttl.queue == 0) return;
  for_each_row(*scope_->store, table_.space, [&](std::string_view key, std::string_view body, uint32_t size) {
    arena_.reset();
    build_rows(key, body, size, arena_);
    tick();
  });
  close_collection();
  rows_.finish();
}

void TableBuild::build_rows(std::string_view row, std::string_view body, uint32_t size, Arena& arena) {
  const Item item = decode_item(body, arena);
  int64_t local_bytes = 0;
  for (const auto* list : {&table_.local_indexes, &table_.global_indexes})
    for (const Index& index : *list) {
      IndexView view;
      view_of(index, row, {&item, body, size}, arena, view);
      if (!view.present) continue;
      rows_.put(index.space, view.row, view.size, view.body);
      if (!index.global) local_bytes += view.size;
    }
  if (table_.ttl.queue != 0)
    if (const int64_t expiry = expiry_of(table_, item); expiry >= 0)
      rows_.put(table_.ttl.queue, expiry_row(expiry, row), 0, {});
  if (table_.collections == 0) return;
  // The rows of a collection follow each other.
  std::string collection = collection_row(*item.find(table_.keys.hash[0].name));
  if (collection != collection_) {
    close_collection();
    collection_ = std::move(collection);
  }
  collection_bytes_ += size + local_bytes;
  if (collection_bytes_ > engine_.options().collection_limit) throw errors::item_collection_size_limit();
}

void TableBuild::close_collection() {
  if (!collection_.empty()) rows_.put(table_.collections, collection_, 0, collection_body(collection_bytes_));
  collection_.clear();
  collection_bytes_ = 0;
}

int64_t TableBuild::items() const {
  return scope_->store->read()->counts(table_.space).rows;
}

void TableBuild::swap_in(std::span<const std::unique_ptr<TableBuild>> builds) {
  if (builds.empty()) return;
  Scope& scope = *builds.front()->scope_;
  try {
    auto transaction = scope.store->write();
    for (const auto& build : builds) {
      const std::string& name = build->table_.name;
      if (TablePtr old = scope.catalog.find(name, *transaction)) {
        drop_spaces(*old, *transaction);
        // A table that keeps its description keeps its stream, and what is brought in is no change that it tells of.
        if (build->table_.id == old->id)
          build->table_.stream = old->stream;
        else
          close_stream(*old, scope.space->clock.now_ms(), 0, *transaction);
      }
      if (build->table_.ttl.queue != 0)
        transaction->put_document(kWorkDocument, ttl_work(name), {});
      else
        transaction->erase_document(kWorkDocument, ttl_work(name));
      transaction->erase_document(kWorkDocument, build->work_);
      if (build->table_.stream.enabled && build->table_.stream.label.empty())
        open_stream(build->table_, scope.space->clock.now_ms(), *transaction);
      scope.catalog.publish(build->table_, *transaction);
    }
    transaction->commit();
    transaction.reset();
    persistence::settle();
  } catch (...) {
    scope.forget();
    throw;
  }
  for (const auto& build : builds) build->work_.clear();
  builds.front()->engine_.tell_work(scope);
}

bool drop_abandoned_build(Engine& engine, Scope& scope, std::string_view work, std::string_view document) {
  size_t blank = document.find(' ');
  if (document.substr(0, blank) == engine.id()) return false;
  auto transaction = scope.store->write();
  while (blank != std::string_view::npos) {
    document.remove_prefix(blank + 1);
    blank = document.find(' ');
    persistence::SpaceId space = 0;
    const std::string_view number = document.substr(0, blank);
    if (std::from_chars(number.data(), number.data() + number.size(), space).ec == std::errc() && space != 0)
      transaction->drop_space(space);
  }
  transaction->erase_document(kWorkDocument, work);
  transaction->commit();
  return true;
}

}  // namespace stator
