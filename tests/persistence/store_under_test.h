// A store, in memory or on file as the test's parameter says (true: on file), and words for one row at a time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/sqlite/database.h"
#include "persistence/store.h"
#include "temp_folder.h"

namespace stator::persistence {

class StoreTest : public testing::TestWithParam<bool> {
 protected:
  using Keys = std::vector<std::string>;

  StoreTest() { reopen(); }

  void reopen() {
    store_.reset();
    stores_.reset();
    StoresOptions options;
    if (on_file()) options.folder = folder_.path();
    stores_ = open_stores(options);
    store_ = stores_->create({"000000000000", "eu-central-1", ""});
  }
  static bool on_file() { return GetParam(); }

  SpaceId space() {
    auto write = store_->write();
    const SpaceId id = write->new_space();
    write->commit();
    settle();
    return id;
  }
  void put(SpaceId space, std::string_view key, std::string_view body) {
    auto write = store_->write();
    write->put(space, key, static_cast<uint32_t>(body.size()), body);
    write->commit();
  }
  std::optional<std::string> get(SpaceId space, std::string_view key) {
    const auto read = store_->read();
    RowView row;
    if (!read->get(space, key, row)) return std::nullopt;
    EXPECT_EQ(row.key, key);
    EXPECT_EQ(row.size, row.body.size());
    return std::string(row.body);
  }
  SpaceCounts counts(SpaceId space) { return store_->read()->counts(space); }
  Keys keys(SpaceId space, const KeyRange& range) {
    const auto read = store_->read();
    const auto cursor = read->scan(space, range);
    Keys found;
    RowView row;
    while (cursor->next(row)) found.emplace_back(row.key);
    EXPECT_FALSE(cursor->next(row));
    return found;
  }

  // On file: rows of bodies, to see that none is left without its row.
  int64_t bodies() {
    Database database(folder_ / "scope-1.db", Database::Mode::kExisting, nullptr);
    return database.query_integer("SELECT count(*) FROM bodies");
  }

  TempFolder folder_;
  std::unique_ptr<Stores> stores_;
  std::shared_ptr<Store> store_;
};

}  // namespace stator::persistence
