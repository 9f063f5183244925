// What store.h promises of rows, ranges and documents, in memory and on file.
#include "persistence/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "persistence/schema.h"
#include "store_under_test.h"

namespace stator::persistence {
namespace {

INSTANTIATE_TEST_SUITE_P(, StoreTest, testing::Bool(),
                         [](const auto& about) { return about.param ? "OnFile" : "InMemory"; });

TEST_P(StoreTest, KeepsBodiesOfAllLengths) {
  const SpaceId id = space();
  std::map<std::string, std::string> expected;
  for (const size_t length : {0, 1, 100, 399, 400, 401, 1000, 4070, 4071, 4096, 5430, 5431, 9000, 20000, 409600}) {
    const std::string key = "k" + std::to_string(length);
    expected[key] = std::string(length, static_cast<char>('a' + length % 26));
    put(id, key, expected[key]);
  }
  settle();
  for (const auto& [key, body] : expected) EXPECT_EQ(get(id, key), body) << key;
  EXPECT_EQ(get(id, "other"), std::nullopt);
  EXPECT_EQ(get(id + 1, "k1"), std::nullopt);
}

TEST_P(StoreTest, ReplacesShortByLongAndBack) {
  const SpaceId id = space();
  const std::vector<size_t> lengths = {10, 20000, 50000, 30, 0, 500, 400, 401, 5000, 4999, 5500, 4500, 10, 4500};
  for (const size_t length : lengths) {
    put(id, "k", std::string(length, 'x'));
    settle();
    EXPECT_EQ(get(id, "k"), std::string(length, 'x'));
    EXPECT_EQ(counts(id).rows, 1);
    EXPECT_EQ(counts(id).bytes, static_cast<int64_t>(length));
  }
}

TEST_P(StoreTest, ErasesAndCounts) {
  const SpaceId id = space();
  put(id, "a", std::string(5000, 'a'));
  put(id, "b", "bb");
  {
    auto write = store_->write();
    EXPECT_TRUE(write->erase(id, "a"));
    EXPECT_FALSE(write->erase(id, "a"));
    EXPECT_FALSE(write->erase(id, "none"));
    EXPECT_EQ(write->counts(id).rows, 1);
    write->commit();
  }
  settle();
  EXPECT_EQ(get(id, "a"), std::nullopt);
  EXPECT_EQ(counts(id).rows, 1);
  EXPECT_EQ(counts(id).bytes, 2);
}

TEST_P(StoreTest, ScansRanges) {
  const SpaceId id = space();
  const SpaceId after = space();
  for (const char* key : {"a", "b", "ba", "c", "d"}) put(id, key, "1");
  put(after, "a", "2");
  settle();
  struct Case {
    KeyRange range;
    Keys expected;
  };
  const Case cases[] = {
      {{}, {"a", "b", "ba", "c", "d"}},
      {{.reverse = true}, {"d", "c", "ba", "b", "a"}},
      {{.lower = "b"}, {"b", "ba", "c", "d"}},
      {{.lower = "b", .lower_exclusive = true}, {"ba", "c", "d"}},
      {{.lower = "b", .lower_exclusive = true, .reverse = true}, {"d", "c", "ba"}},
      {{.upper = "c", .has_upper = true}, {"a", "b", "ba"}},
      {{.upper = "c", .has_upper = true, .upper_inclusive = true}, {"a", "b", "ba", "c"}},
      {{.lower = "b", .upper = "c", .has_upper = true, .reverse = true}, {"ba", "b"}},
      {{.lower = "b", .upper = "b", .has_upper = true}, {}},
      {{.lower = "b", .upper = "b", .has_upper = true, .upper_inclusive = true}, {"b"}},
      {{.upper = "", .has_upper = true}, {}},
      {{.lower = "x"}, {}},
  };
  for (const Case& one : cases) EXPECT_EQ(keys(id, one.range), one.expected);
}

// A cursor changes its statement at the first row whose body lies elsewhere: none may be lost or told twice.
TEST_P(StoreTest, ScansRowsOfMixedLengths) {
  const SpaceId id = space();
  const SpaceId after = space();
  const size_t lengths[] = {10, 400, 401, 20, 5000, 30, 20000, 0, 1000};
  for (size_t from = 0; from < std::size(lengths); ++from) {
    SCOPED_TRACE(from);
    std::vector<std::pair<std::string, size_t>> expected;
    for (size_t i = 0; i < std::size(lengths); ++i) {
      expected.emplace_back("k" + std::to_string(from) + std::to_string(i), lengths[(from + i) % std::size(lengths)]);
      put(id, expected.back().first, std::string(expected.back().second, 'x'));
    }
    put(after, expected.front().first, "another space's");
    settle();
    const std::string first = expected.front().first;
    const std::string last = expected.back().first;
    for (const bool bounded : {false, true}) {
      for (const bool reverse : {false, true}) {
        const auto read = store_->read();
        const auto cursor = read->scan(
            id, {.lower = first, .upper = last, .has_upper = bounded, .upper_inclusive = true, .reverse = reverse});
        std::vector<std::pair<std::string, size_t>> found;
        RowView row;
        while (cursor->next(row)) {
          EXPECT_EQ(row.size, row.body.size());
          found.emplace_back(row.key, row.body.size());
        }
        if (reverse) std::reverse(found.begin(), found.end());
        EXPECT_EQ(found, expected);
      }
    }
  }
}

// Pages are taken, given back, numbered anew by splits, and taken again.
TEST_P(StoreTest, GrowsShrinksAndGrowsAgain) {
  const SpaceId id = space();
  std::mt19937 random(3);
  std::map<std::string, std::string> expected;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4000; ++i) {
      const std::string key = std::to_string(random() % 100000);
      expected[key] = std::string(random() % 3000, static_cast<char>('a' + i % 26));
      put(id, key, expected[key]);
    }
    settle();
    auto write = store_->write();
    for (auto at = expected.begin(); at != expected.end();) {
      if (random() % 10 == 0) {
        ++at;
        continue;
      }
      EXPECT_TRUE(write->erase(id, at->first));
      at = expected.erase(at);
    }
    write->commit();
    settle();
    for (const auto& [key, body] : expected) ASSERT_EQ(get(id, key), body) << key;
    EXPECT_EQ(counts(id).rows, static_cast<int64_t>(expected.size()));
  }
}

TEST_P(StoreTest, TwoCursorsAndReadsGoOnSideBySide) {
  const SpaceId id = space();
  for (int i = 0; i < 50; ++i) put(id, std::string(1, static_cast<char>('A' + i)), std::string(600, 'x'));
  settle();
  const auto read = store_->read();
  const auto first = read->scan(id, {});
  const auto second = read->scan(id, {});
  RowView one, other, got;
  ASSERT_TRUE(first->next(one));
  while (first->next(one)) {
    ASSERT_TRUE(second->next(other));
    ASSERT_TRUE(read->get(id, other.key, got));
    EXPECT_EQ(one.key[0], other.key[0] + 1);
    EXPECT_EQ(got.body, other.body);
  }
}

TEST_P(StoreTest, AViewMayBePutBack) {
  const SpaceId id = space();
  const SpaceId copy = space();
  put(id, "k", std::string(300, 'v'));
  auto write = store_->write();
  RowView row;
  ASSERT_TRUE(write->get(id, "k", row));
  write->put(copy, row.key, row.size, row.body);
  auto cursor = write->scan(id, {});
  ASSERT_TRUE(cursor->next(row));
  write->put(copy, "second", row.size, row.body);
  cursor.reset();
  write->commit();
  write.reset();
  settle();
  EXPECT_EQ(get(copy, "k"), std::string(300, 'v'));
  EXPECT_EQ(get(copy, "second"), std::string(300, 'v'));
}

TEST_P(StoreTest, DocumentsListInByteOrder) {
  auto write = store_->write();
  for (const char* id : {"b", "a", "\xff", "Z", "", "a\x01"}) write->put_document("k", id, std::string("of ") + id);
  write->put_document("other", "a", "x");
  write->put_document("k", "b", "again");
  write->commit();
  write.reset();
  settle();
  const auto read = store_->read();
  const auto all = read->documents("k");
  ASSERT_EQ(all.size(), 6U);
  const char* expected[] = {"", "Z", "a", "a\x01", "b", "\xff"};
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].first, expected[i]);
  EXPECT_EQ(all[4].second, "again");
  const auto some = read->documents("k", "Z", 2);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[0].first, "a");
  EXPECT_EQ(read->documents("k", "\xff").size(), 0U);
  EXPECT_EQ(read->documents("k", {}, 1).size(), 1U);
  EXPECT_EQ(read->document("none", "a"), std::nullopt);
}

TEST_P(StoreTest, DroppedSpacesAreErasedInSteps) {
  const SpaceId kept = space();
  const SpaceId dropped = space();
  put(kept, "k", std::string(1000, 'k'));
  for (int i = 0; i < 1000; ++i)
    put(dropped, std::to_string(i), std::string(i % 3 == 0 ? 10 : i % 3 == 1 ? 1000 : 4500, 'x'));
  settle();
  {
    auto write = store_->write();
    write->drop_space(dropped);
    write->commit();
  }
  settle();
  EXPECT_EQ(counts(dropped).rows, 0);
  int steps = 0;
  while (store_->erase_some()) ++steps;
  EXPECT_GE(steps, 4);
  EXPECT_EQ(keys(dropped, {}), Keys{});
  EXPECT_EQ(get(kept, "k"), std::string(1000, 'k'));
  EXPECT_FALSE(store_->erase_some());
  if (on_file()) {
    EXPECT_EQ(bodies(), 1);
  }
}

// Random deeds against a map, with parts taken back and groups of several parts.
TEST_P(StoreTest, AgreesWithAMap) {
  std::mt19937 random(7);
  const SpaceId id = space();
  std::map<std::string, std::string> expected;
  for (int group = 0; group < 150; ++group) {
    for (uint64_t parts = random() % 5; parts > 0; --parts) {
      auto changed = expected;
      auto write = store_->write();
      for (uint64_t deeds = random() % 6; deeds > 0; --deeds) {
        const std::string key = "k" + std::to_string(random() % 40);
        if (random() % 2 == 0) {
          RowView row;
          const bool there = write->get(id, key, row);
          ASSERT_EQ(there, changed.contains(key));
          if (there) {
            ASSERT_EQ(row.body, changed[key]);
          }
        }
        if (random() % 3 == 0) {
          ASSERT_EQ(write->erase(id, key), changed.erase(key) == 1);
        } else {
          const std::string body(random() % 3 == 0 ? random() % 9000 : random() % 800,
                                 static_cast<char>('a' + random() % 26));
          write->put(id, key, static_cast<uint32_t>(body.size()), body);
          changed[key] = body;
        }
      }
      if (random() % 3 != 0) {
        write->commit();
        expected = std::move(changed);
      }
    }
    settle();
  }
  int64_t bytes = 0;
  int64_t body_rows = 0;
  for (const auto& [key, body] : expected) {
    EXPECT_EQ(get(id, key), body);
    if (body.size() > kInlineBody) body_rows += body.size() > kWholeBody && body.size() <= kHalvedBody ? 2 : 1;
    bytes += static_cast<int64_t>(body.size());
  }
  EXPECT_EQ(keys(id, {}).size(), expected.size());
  EXPECT_EQ(counts(id).rows, static_cast<int64_t>(expected.size()));
  EXPECT_EQ(counts(id).bytes, bytes);
  if (on_file()) {
    EXPECT_EQ(bodies(), body_rows);
  }
}

}  // namespace
}  // namespace stator::persistence
