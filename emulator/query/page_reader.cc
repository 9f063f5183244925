#include "emulator/query/page_reader.h"

#include <algorithm>

#include "emulator/query/projected.h"
#include "emulator/tables/item_key.h"
#include "emulator/writes/stored_item.h"
#include "protocol/json/item_codec.h"

namespace stator {
namespace {

// The names of the attributes that LastEvaluatedKey carries: the table's key, and the index's where there is one.
// Sorted.
std::vector<std::string_view> key_names(const Table& table, const Index* index) {
  std::vector<std::string_view> names = table.keys.names();
  if (index != nullptr)
    for (std::string_view name : index->keys.names()) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Page read_page(const PageRequest& request, persistence::ReadTransaction& transaction, Arena& arena,
               std::string& items) {
  Page page;
  const PageRange& range = request.range;
  persistence::SpaceId space = request.index != nullptr ? request.index->space : request.table->space;
  const persistence::KeyRange keys{.lower = range.lower,
                                   .upper = range.upper,
                                   .has_upper = range.has_upper,
                                   .lower_exclusive = range.lower_exclusive,
                                   .upper_inclusive = range.upper_inclusive,
                                   .reverse = range.reverse};
  size_t start = items.size();
  Arena scratch;
  StoredItem stored({}, scratch);
  std::string last_body, fetched;
  const auto take = [&](const persistence::RowView& row) {
    ++page.scanned;
    page.bytes += row.size;
    bool last = page.scanned == request.limit || page.bytes >= request.max_bytes;
    std::string_view body = row.body;
    scratch.reset();
    if (request.fetch_base) {
      // The index row's key ends with the item's own: that is how it is found again.
      std::string base_row;
      append_key_row(request.table->keys, decode_item(body, scratch), base_row);
      persistence::RowView base;
      if (transaction.get(request.table->space, base_row, base)) {
        fetched = base.body;
        page.fetched_units += read_units(base.size, request.consistent);
        body = fetched;
      }
    }
    stored.reset(body);
    if (request.filter == nullptr || request.filter->holds(stored)) {
      ++page.count;
      if (!request.count_only) {
        if (items.size() != start) items += ',';
        append_projected(body, request.projection, scratch, items);
      }
    }
    if (last) last_body.assign(body);
    return !last;
  };
  if (request.limit == 0) return page;
  transaction.walk(space, keys, take);
  if (last_body.empty()) return page;
  page.stopped = true;
  page.last = deep_copy(decode_attributes(last_body, key_names(*request.table, request.index), arena), arena);
  return page;
}

}  // namespace stator
