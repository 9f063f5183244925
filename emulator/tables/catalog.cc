#include "emulator/tables/catalog.h"

#include <mutex>

#include "emulator/tables/table_document.h"

namespace stator {

TablePtr Catalog::cached(std::string_view name) const {
  std::shared_lock lock(mutex_);
  auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

TablePtr Catalog::find(std::string_view name) {
  if (TablePtr table = cached(name)) return table;
  return find(name, *store_.read());
}

TablePtr Catalog::find(std::string_view name, persistence::ReadTransaction& transaction) {
  if (TablePtr table = cached(name)) return table;
  // The description is read without the lock: in memory a writer that is about to publish holds the store.
  uint64_t before = generation();
  std::optional<std::string> document = transaction.document(kTableDocument, name);
  if (!document) return cached(name);
  TablePtr table = std::make_shared<const Table>(read_table_document(*document));
  std::unique_lock lock(mutex_);
  // Something was published meanwhile: what was read may be old. It still answers this request, but is not kept.
  if (generation() != before) return table;
  tables_.emplace(table->name, table);
  return table;
}

TablePtr Catalog::current(const TablePtr& seen, uint64_t seen_generation, persistence::ReadTransaction& transaction) {
  if (generation() == seen_generation) return seen;
  return find(seen->name, transaction);
}

TablePtr Catalog::publish(Table table, persistence::WriteTransaction& transaction) {
  table.settle_projections();
  transaction.put_document(kTableDocument, table.name, table_document(table));
  TablePtr published = std::make_shared<const Table>(std::move(table));
  std::unique_lock lock(mutex_);
  tables_.insert_or_assign(published->name, published);
  generation_.fetch_add(1, std::memory_order_release);
  return published;
}

void Catalog::remove(std::string_view name, persistence::WriteTransaction& transaction) {
  transaction.erase_document(kTableDocument, name);
  forget(name);
}

void Catalog::forget(std::string_view name) {
  std::unique_lock lock(mutex_);
  if (auto found = tables_.find(name); found != tables_.end()) tables_.erase(found);
  generation_.fetch_add(1, std::memory_order_release);
}

void Catalog::forget_all() {
  std::unique_lock lock(mutex_);
  tables_.clear();
  generation_.fetch_add(1, std::memory_order_release);
}

}  // namespace stator
