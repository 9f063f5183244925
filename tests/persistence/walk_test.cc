// What store.h promises of walks: a cursor's rows, in memory, on file and within a transaction that writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "persistence/store.h"
#include "store_under_test.h"

namespace stator::persistence {
namespace {

using Seen = std::vector<std::pair<std::string, std::string>>;

class WalkTest : public StoreTest {
 protected:
  // Short bodies, long ones, halves, and short ones again.
  void fill(SpaceId space) {
    const size_t lengths[] = {0, 10, 400, 401, 3000, 4500, 5430, 9000, 30000, 1};
    for (int i = 0; i < 30; ++i) put(space, name(i), std::string(lengths[i % 10], static_cast<char>('a' + i % 26)));
    settle();
  }
  static std::string name(int i) { return "k" + std::to_string(100 + i); }

  static Seen by_cursor(ReadTransaction& reading, SpaceId space, const KeyRange& range) {
    Seen rows;
    RowView row;
    for (auto cursor = reading.scan(space, range); cursor->next(row);) rows.emplace_back(row.key, row.body);
    return rows;
  }
  static Seen by_walk(ReadTransaction& reading, SpaceId space, const KeyRange& range, size_t most = SIZE_MAX) {
    Seen rows;
    reading.walk(space, range, [&](const RowView& row) {
      EXPECT_EQ(row.size, row.body.size());
      rows.emplace_back(row.key, row.body);
      return rows.size() < most;
    });
    return rows;
  }
};

INSTANTIATE_TEST_SUITE_P(, WalkTest, testing::Bool(),
                         [](const auto& about) { return about.param ? "OnFile" : "InMemory"; });

const std::vector<KeyRange> kRanges = {
    {},
    {.reverse = true},
    {.lower = "k105"},
    {.lower = "k105", .lower_exclusive = true},
    {.lower = "k103", .upper = "k120", .has_upper = true},
    {.lower = "k103", .upper = "k120", .has_upper = true, .upper_inclusive = true},
    {.lower = "k103", .upper = "k120", .has_upper = true, .lower_exclusive = true, .reverse = true},
    {.upper = "k108", .has_upper = true, .upper_inclusive = true, .reverse = true},
    {.lower = "k105", .reverse = true},
    {.lower = "k2", .upper = {}},
    {.lower = "k101", .upper = "k101", .has_upper = true},
};

TEST_P(WalkTest, SeesWhatACursorSees) {
  const SpaceId id = space();
  const SpaceId behind = space();
  fill(id);
  put(behind, "k100", "another's");
  settle();
  const auto reading = store_->read();
  EXPECT_EQ(by_walk(*reading, id, {}).size(), 30u);
  for (const KeyRange& range : kRanges) {
    const Seen expected = by_cursor(*reading, id, range);
    EXPECT_EQ(by_walk(*reading, id, range), expected);
    for (size_t most : {1, 2, 4, 7}) {
      const Seen first(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(std::min(most, expected.size())));
      EXPECT_EQ(by_walk(*reading, id, range, most), first);
    }
  }
}

TEST_P(WalkTest, SeesATransactionsOwnRows) {
  const SpaceId id = space();
  fill(id);
  const auto writing = store_->write();
  writing->put(id, "k1005", 3, "new");
  writing->erase(id, name(20));
  for (const KeyRange& range : kRanges) EXPECT_EQ(by_walk(*writing, id, range), by_cursor(*writing, id, range));
  EXPECT_EQ(by_walk(*writing, id, {}).size(), 30u);
}

TEST_P(WalkTest, MayReadAndWalkOnTheWay) {
  const SpaceId id = space();
  const SpaceId other = space();
  fill(id);
  fill(other);
  const auto reading = store_->read();
  Seen got;
  reading->walk(id, {}, [&](const RowView& row) {
    RowView found;
    EXPECT_TRUE(reading->get(other, row.key, found));
    EXPECT_EQ(found.body, row.body);
    EXPECT_EQ(by_walk(*reading, other, {.lower = row.key}, 2).front().first, row.key);
    got.emplace_back(row.key, row.body);
    return true;
  });
  EXPECT_EQ(got, by_cursor(*reading, id, {}));
}

TEST_P(WalkTest, PassesOnWhatTheVisitorThrows) {
  const SpaceId id = space();
  fill(id);
  const auto reading = store_->read();
  int seen = 0;
  const auto throws_at_five = [&](const RowView&) -> bool {
    if (++seen == 5) throw std::runtime_error("enough");
    return true;
  };
  EXPECT_THROW(reading->walk(id, {}, throws_at_five), std::runtime_error);
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(by_walk(*reading, id, {}), by_cursor(*reading, id, {}));
}

}  // namespace
}  // namespace stator::persistence
