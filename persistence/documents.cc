#include "persistence/documents.h"

#include <algorithm>
#include <cstdint>

namespace stator::persistence {
namespace {

constexpr std::string_view kFind = "SELECT bytes FROM documents WHERE kind = ?1 AND id = ?2";
constexpr std::string_view kList = "SELECT id, bytes FROM documents WHERE kind = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
constexpr std::string_view kPut =
    "INSERT INTO documents VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET bytes = excluded.bytes";
constexpr std::string_view kErase = "DELETE FROM documents WHERE kind = ?1 AND id = ?2";
constexpr std::string_view kNext = R"sql(
    INSERT INTO sequences VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = max(value + 1, ?2) RETURNING value)sql";
constexpr std::string_view kSet = "UPDATE sequences SET value = ?2 WHERE name = ?1";

}  // namespace

Documents::Documents(Database& database)
    : find_(database, kFind),
      list_(database, kList),
      put_(database, kPut),
      erase_(database, kErase),
      next_(database, kNext),
      set_(database, kSet) {}

std::optional<std::string> Documents::find(std::string_view kind, std::string_view id) {
  StatementUse find(find_);
  if (!find->bind_text(1, kind).bind_text(2, id).step()) return std::nullopt;
  return std::string(find->blob(0));
}

std::vector<std::pair<std::string, std::string>> Documents::list(std::string_view kind, std::string_view after,
                                                                 size_t limit) {
  std::vector<std::pair<std::string, std::string>> found;
  if (after.empty() && limit != 0) {  // `id > ''` below leaves out just one name: the empty one
    if (auto bytes = find(kind, {})) found.emplace_back(std::string(), *std::move(bytes));
  }
  if (found.size() >= limit) return found;
  limit -= found.size();
  StatementUse list(list_);
  list->bind_text(1, kind).bind_text(2, after);
  list->bind(3, static_cast<int64_t>(std::min<size_t>(limit, INT64_MAX)));
  while (list->step()) found.emplace_back(list->blob(0), list->blob(1));
  return found;
}

void Documents::put(std::string_view kind, std::string_view id, std::string_view bytes) {
  put_.bind_text(1, kind).bind_text(2, id).bind_blob(3, bytes).run();
}

void Documents::erase(std::string_view kind, std::string_view id) {
  erase_.bind_text(1, kind).bind_text(2, id).run();
}

int64_t Documents::next(std::string_view sequence, int64_t at_least) {
  StatementUse next(next_);
  next->bind_text(1, sequence).bind(2, at_least).step();
  const int64_t value = next->integer(0);
  // RETURNING gives its row before the statement is done; the next step is what ends it.
  next->step();
  return value;
}

void Documents::set(std::string_view sequence, int64_t last) {
  set_.bind_text(1, sequence).bind(2, last).run();
}

}  // namespace stator::persistence
