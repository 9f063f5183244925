// What store.h promises of groups of writes: that they come whole or not at all, who sees them when, and what of them a
// restart finds.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store_under_test.h"

namespace stator::persistence {
namespace {

class StoreGroupTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(, StoreGroupTest, testing::Bool(),
                         [](const auto& about) { return about.param ? "OnFile" : "InMemory"; });

// What has no sense in memory: there commit() settles, a read holds writers back, and a restart forgets.
class FileStoreTest : public StoreGroupTest {};
INSTANTIATE_TEST_SUITE_P(, FileStoreTest, testing::Values(true), [](const auto&) { return "OnFile"; });

TEST_P(StoreGroupTest, UncommittedPartsLeaveNoTrace) {
  const SpaceId id = space();
  put(id, "short", "old");
  put(id, "long", std::string(5000, 'o'));
  {
    auto write = store_->write();
    write->put_document("kind", "kept", "old");
    write->commit();
  }
  settle();
  const SpaceCounts before = counts(id);
  SpaceId made = 0;
  {
    auto write = store_->write();
    write->put(id, "short", 6000, std::string(6000, 'n'));
    write->put(id, "long", 3, "new");
    write->put(id, "long", 4, "newer");
    write->put(id, "fresh", 2, "no");
    write->put(id, "fresh-long", 900, std::string(900, 'n'));
    write->erase(id, "short");
    write->erase(id, "fresh");
    write->put(id, "short", 1, "x");
    write->put_document("kind", "kept", "new");
    write->put_document("kind", "fresh", "new");
    write->erase_document("kind", "kept");
    EXPECT_EQ(write->next_sequence("s"), 1);
    EXPECT_EQ(write->next_sequence("s"), 2);
    made = write->new_space();
    write->put(made, "k", 1, "v");
    write->drop_space(id);
    EXPECT_EQ(write->counts(id).rows, 0);
  }
  settle();
  EXPECT_EQ(get(id, "short"), "old");
  EXPECT_EQ(get(id, "long"), std::string(5000, 'o'));
  EXPECT_EQ(keys(id, {}), (Keys{"long", "short"}));
  EXPECT_EQ(counts(id).rows, before.rows);
  EXPECT_EQ(counts(id).bytes, before.bytes);
  EXPECT_EQ(get(made, "k"), std::nullopt);
  EXPECT_EQ(store_->read()->document("kind", "kept"), "old");
  EXPECT_EQ(store_->read()->document("kind", "fresh"), std::nullopt);
  auto write = store_->write();
  EXPECT_EQ(write->next_sequence("s"), 1);
  EXPECT_GT(write->new_space(), made);  // ids are never reused
  write->commit();
  settle();
}

// A part that fails does not take the parts around it along.
TEST_P(StoreGroupTest, OneGroupKeepsSomePartsAndDropsOthers) {
  const SpaceId id = space();
  for (int i = 0; i < 10; ++i) {
    auto write = store_->write();
    write->put(id, "k" + std::to_string(i), 1, "v");
    write->put(id, "shared", 1, std::string(1, static_cast<char>('0' + i)));
    if (i % 2 == 0) write->commit();
  }
  settle();
  EXPECT_EQ(keys(id, {}), (Keys{"k0", "k2", "k4", "k6", "k8", "shared"}));
  EXPECT_EQ(get(id, "shared"), "8");
  EXPECT_EQ(counts(id).rows, 6);
}

TEST_P(StoreGroupTest, ReadsItsOwnGroup) {
  const SpaceId id = space();
  auto write = store_->write();
  write->put(id, "k", 1, "v");
  EXPECT_EQ(get(id, "k"), "v");  // a read beside the open transaction
  EXPECT_EQ(counts(id).rows, 1);
  write->commit();
  write.reset();
  EXPECT_EQ(get(id, "k"), "v");
  settle();
  EXPECT_EQ(get(id, "k"), "v");
}

TEST_P(StoreGroupTest, ThreadsTakeTurns) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  const SpaceId id = space();
  put(id, "sum", "0");
  settle();
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        auto write = store_->write();
        RowView row;
        write->get(id, "sum", row);
        const std::string next = std::to_string(std::stoi(std::string(row.body)) + 1);
        write->put(id, "sum", 1, next);
        write->put(id, "copy", 1, next);
        write->commit();
        write.reset();
        if (i % 3 == t % 3) settle();
        settle();
        const auto read = store_->read();
        if (!read->get(id, "sum", row)) ++torn;
        const std::string sum(row.body);
        if (!read->get(id, "copy", row) || row.body != sum) ++torn;  // one snapshot
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  const auto read = store_->read();
  RowView row;
  ASSERT_TRUE(read->get(id, "sum", row));
  EXPECT_EQ(row.body, std::to_string(kThreads * kRounds));
}

TEST_P(FileStoreTest, AThreadThatEndsTakesItsGroupBack) {
  const SpaceId id = space();
  std::thread([&] { put(id, "k", "v"); }).join();
  EXPECT_EQ(get(id, "k"), std::nullopt);
  put(id, "other", "v");
  settle();
  EXPECT_EQ(get(id, "other"), "v");
  EXPECT_EQ(counts(id).rows, 1);
}

TEST_P(FileStoreTest, OthersSeeNothingBeforeTheGroupIsSettled) {
  const SpaceId id = space();
  put(id, "k", "v");
  std::thread([&] {
    EXPECT_EQ(get(id, "k"), std::nullopt);  // and does not wait for the writer
    EXPECT_EQ(counts(id).rows, 0);
  }).join();
  settle();
  std::thread([&] { EXPECT_EQ(get(id, "k"), "v"); }).join();
}

TEST_P(FileStoreTest, AReadKeepsItsSnapshot) {
  const SpaceId id = space();
  put(id, "k", "old");
  settle();
  const auto read = store_->read();
  RowView row;
  EXPECT_FALSE(read->get(id, "none", row));
  std::thread([&] {
    put(id, "k", "new");
    settle();
  }).join();
  ASSERT_TRUE(read->get(id, "k", row));
  EXPECT_EQ(row.body, "old");
  EXPECT_EQ(get(id, "k"), "new");
}

TEST_P(StoreGroupTest, WritingElsewhereSettlesFirst) {
  const auto other = stores_->create({"000000000000", "us-east-1", ""});
  const SpaceId id = space();
  put(id, "k", "v");
  { const auto write = other->write(); }
  std::thread([&] { EXPECT_EQ(get(id, "k"), "v"); }).join();
  settle();
}

TEST_P(FileStoreTest, ARestartKeepsEverything) {
  const SpaceId id = space();
  const SpaceId dropped = space();
  put(id, "short", "v");
  put(id, "long", std::string(70000, 'v'));
  for (int i = 0; i < 600; ++i) put(dropped, std::to_string(i), "x");
  {
    auto write = store_->write();
    write->put_document("kind", "id", "bytes");
    EXPECT_EQ(write->next_sequence("s"), 1);
    write->drop_space(dropped);
    write->commit();
  }
  settle();
  EXPECT_TRUE(store_->erase_some());
  reopen();
  EXPECT_EQ(get(id, "short"), "v");
  EXPECT_EQ(get(id, "long"), std::string(70000, 'v'));
  EXPECT_EQ(counts(id).rows, 2);
  EXPECT_EQ(counts(id).bytes, 70001);
  EXPECT_EQ(store_->read()->document("kind", "id"), "bytes");
  while (store_->erase_some()) {
  }
  EXPECT_EQ(keys(dropped, {}), Keys{});
  auto write = store_->write();
  EXPECT_EQ(write->next_sequence("s"), 2);
  EXPECT_EQ(write->next_sequence("s", 70), 70);
  EXPECT_EQ(write->next_sequence("s", 5), 71);
  EXPECT_EQ(write->next_sequence("t", 9), 9);
  EXPECT_GT(write->new_space(), dropped);
  write->commit();
  write.reset();
  settle();
}

// Writers and readers that never pause: the log is copied and begun anew all the same.
TEST_P(FileStoreTest, TheLogStaysBounded) {
  const SpaceId id = space();
  put(id, "k", "v");
  settle();
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto read = store_->read();
        RowView row;
        read->get(id, "k", row);
      }
    });
  }
  uintmax_t longest = 0;
  const std::string log = folder_ / "scope-1.db-wal";
  const std::string body(60000, 'x');
  for (int i = 0; i < 2500; ++i) {  // 150 MB through the log
    put(id, "k" + std::to_string(i % 50), body + std::to_string(i));
    settle();
    longest = std::max(longest, std::filesystem::file_size(log));
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_LT(longest, uintmax_t{100} << 20);
  EXPECT_EQ(counts(id).rows, 51);
}

}  // namespace
}  // namespace stator::persistence
