// Reset in place, snapshots and forks: whole databases copied and replaced under those who use them.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "persistence/store.h"
#include "temp_folder.h"

namespace stator::persistence {
namespace {

namespace fs = std::filesystem;

const ScopeName kEast{"000000000000", "us-east-1", ""};
const ScopeName kWest{"000000000000", "us-west-2", ""};
const ScopeName kWorker{"000000000000", "us-east-1", "worker"};

class SnapshotTest : public testing::TestWithParam<bool> {
 protected:
  SnapshotTest() { reopen(); }
  void reopen() {
    stores_.reset();
    if (GetParam()) options_.folder = folder_.path();
    stores_ = open_stores(options_);
  }
  void put(const ScopeName& scope, std::string_view value) {
    const auto write = stores_->create(scope)->write();
    const std::string body = std::string(value) + std::string(2000, '.');
    write->put(1, "k", static_cast<uint32_t>(body.size()), body);
    write->put_document("kind", "id", value);
    write->commit();
    settle();
  }
  void make_space(const ScopeName& scope) {
    const auto write = stores_->create(scope)->write();
    EXPECT_EQ(write->new_space(), 1);
    write->commit();
    settle();
  }
  std::string value(const ScopeName& scope) {
    const auto store = stores_->find(scope);
    if (!store) return "no scope";
    const auto read = store->read();
    const auto document = read->document("kind", "id");
    RowView row;
    const bool there = read->get(1, "k", row);
    EXPECT_EQ(there, document.has_value());
    EXPECT_EQ(read->counts(1).rows, there ? 1 : 0);
    if (there) {
      EXPECT_EQ(row.body, *document + std::string(2000, '.'));
    }
    return document.value_or("none");
  }
  size_t files() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path())) count += entry.path().extension() == ".db";
    return count;
  }

  TempFolder folder_;
  StoresOptions options_;
  std::unique_ptr<Stores> stores_;
};

INSTANTIATE_TEST_SUITE_P(, SnapshotTest, testing::Bool(),
                         [](const auto& about) { return about.param ? "OnFile" : "InMemory"; });

TEST_P(SnapshotTest, ResetEmptiesInPlace) {
  make_space(kEast);
  put(kEast, "east");
  make_space(kWest);
  put(kWest, "west");
  const auto held = stores_->find(kEast);
  const uint64_t life = held->life();
  stores_->reset(kEast);
  EXPECT_NE(held->life(), life);
  EXPECT_EQ(stores_->find(kEast), held);
  EXPECT_EQ(value(kEast), "none");
  EXPECT_EQ(value(kWest), "west");
  make_space(kEast);
  put(kEast, "again");
  EXPECT_EQ(value(kEast), "again");
  stores_->reset_all();
  EXPECT_EQ(value(kEast), "none");
  EXPECT_EQ(value(kWest), "none");
  stores_->reset({"none", "such", ""});
  if (GetParam()) {
    EXPECT_EQ(files(), 3U);  // the catalogue and one a scope: what was replaced is deleted
    reopen();
    EXPECT_EQ(value(kEast), "none");
  }
}

TEST_P(SnapshotTest, RestoreBringsEverythingBack) {
  make_space(kEast);
  put(kEast, "first");
  stores_->snapshot("one");
  put(kEast, "second");
  make_space(kWest);
  put(kWest, "later");
  stores_->snapshot("two");
  EXPECT_EQ(stores_->snapshots(), (std::vector<std::string>{"one", "two"}));
  if (GetParam()) reopen();
  ASSERT_TRUE(stores_->restore("one"));
  EXPECT_EQ(value(kEast), "first");
  EXPECT_EQ(value(kWest), "none");
  put(kEast, "third");
  ASSERT_TRUE(stores_->restore("two"));
  EXPECT_EQ(value(kEast), "second");
  EXPECT_EQ(value(kWest), "later");
  stores_->snapshot("one");  // replaces
  ASSERT_TRUE(stores_->restore("one"));
  EXPECT_EQ(value(kWest), "later");
  EXPECT_TRUE(stores_->drop_snapshot("one"));
  EXPECT_FALSE(stores_->drop_snapshot("one"));
  EXPECT_FALSE(stores_->restore("one"));
  if (GetParam()) {
    EXPECT_EQ(files(), 5U);  // catalogue, two scopes, two of snapshot "two"
    reopen();
    EXPECT_EQ(stores_->snapshots(), std::vector<std::string>{"two"});
    EXPECT_EQ(value(kEast), "second");
  }
}

TEST_P(SnapshotTest, ForksGoTheirOwnWay) {
  make_space(kEast);
  put(kEast, "parent");
  stores_->fork("worker");
  EXPECT_EQ(value(kWorker), "parent");
  put(kWorker, "child");
  EXPECT_EQ(value(kEast), "parent");
  stores_->fork("grandchild", "worker");
  EXPECT_EQ(value({kEast.account, kEast.region, "grandchild"}), "child");
  put(kEast, "moved");
  stores_->reset(kWorker);
  EXPECT_EQ(value(kWorker), "none");
  stores_->fork("worker");  // anew
  EXPECT_EQ(value(kWorker), "moved");
  stores_->snapshot("s");  // forks are none of its business
  put(kWorker, "kept");
  EXPECT_TRUE(stores_->restore("s"));
  EXPECT_EQ(value(kWorker), "kept");
  EXPECT_TRUE(stores_->drop_fork("worker"));
  EXPECT_FALSE(stores_->drop_fork("worker"));
  EXPECT_FALSE(stores_->drop_fork(""));
  EXPECT_EQ(value(kWorker), "no scope");
  EXPECT_EQ(value(kEast), "moved");
}

// A transaction that began before the reset ends on what it began on; one that waited for it writes to the new
// database.
TEST_P(SnapshotTest, TransactionsUnderWayFinishOnTheOld) {
  make_space(kEast);
  put(kEast, "old");
  const auto store = stores_->find(kEast);
  auto write = store->write();
  write->put_document("kind", "id", "under way");
  std::thread reset([&] { stores_->reset_all(); });
  std::this_thread::yield();
  write->put_document("kind", "second", "under way");
  write->commit();
  settle();
  reset.join();
  EXPECT_EQ(store->read()->document("kind", "second"), std::nullopt);
  if (GetParam()) {
    make_space(kEast);
    put(kEast, "old");
    const auto read = store->read();
    EXPECT_EQ(read->document("kind", "id"), "old");
    std::thread([&] { stores_->reset_all(); }).join();
    EXPECT_EQ(read->document("kind", "id"), "old");
    EXPECT_EQ(store->read()->document("kind", "id"), std::nullopt);
  }
}

// Both scopes are written one after the other with the same number; a snapshot never shows the second ahead of the
// first.
TEST_P(SnapshotTest, ASnapshotIsOneCut) {
  for (const auto& scope : {kEast, kWest}) make_space(scope);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 100; !stop; ++i) {
      put(kEast, std::to_string(i));
      put(kWest, std::to_string(i));
    }
  });
  for (int i = 0; i < 20; ++i) {
    stores_->fork("cut");
    const std::string east = value({kEast.account, kEast.region, "cut"});
    const std::string west = value({kWest.account, kWest.region, "cut"});
    if (east == "none") continue;
    const int behind = std::stoi(east) - (west == "none" ? 99 : std::stoi(west));
    EXPECT_GE(behind, 0);
    EXPECT_LE(behind, 1);
  }
  stop = true;
  writer.join();
}

TEST_P(SnapshotTest, UnnamedFilesAreSweptAtTheStart) {
  if (!GetParam()) return;
  make_space(kEast);
  put(kEast, "kept");
  stores_.reset();
  fs::copy(folder_ / "scope-1.db", folder_ / "scope-77.db");
  std::ofstream(folder_ / "scope-78.db") << "not ours";
  reopen();
  EXPECT_FALSE(fs::exists(folder_ / "scope-77.db"));
  EXPECT_TRUE(fs::exists(folder_ / "scope-78.db"));
  EXPECT_EQ(value(kEast), "kept");
}

// Whatever call fails: all of it is done or none.
TEST_P(SnapshotTest, FailuresChangeNothing) {
  class FromNowOn final : public FaultHook {
   public:
    std::optional<StoreError::Kind> before(const char*) override {
      if (armed && --left < 0) return StoreError::Kind::kFull;
      return std::nullopt;
    }
    bool armed = false;
    int left = 0;
  } fault;
  options_.fault_hook = &fault;
  options_.durability = Durability::kOff;
  reopen();
  make_space(kEast);
  make_space(kWest);
  put(kEast, "snap");
  put(kWest, "snap");
  stores_->snapshot("s");
  put(kEast, "now");
  put(kWest, "now");
  using Deed = std::function<void()>;
  const Deed deeds[] = {[&] { stores_->snapshot("s"); }, [&] { stores_->fork("f"); }, [&] { stores_->restore("s"); },
                        [&] { stores_->reset_all(); }};
  for (const Deed& deed : deeds) {
    bool passed = false;
    for (int n = 0; !passed; ++n) {
      ASSERT_LT(n, 1000);
      fault.left = n;
      fault.armed = true;
      try {
        deed();
        passed = true;
      } catch (const StoreError& error) {
        EXPECT_EQ(error.kind(), StoreError::Kind::kFull);
      }
      fault.armed = false;
      if (passed) break;
      ASSERT_EQ(value(kEast), "now") << n;
      ASSERT_EQ(value(kWest), "now") << n;
      ASSERT_EQ(stores_->snapshots().size(), 1U);
    }
    ASSERT_TRUE(stores_->restore("s"));
    put(kEast, "now");
    put(kWest, "now");
  }
  if (GetParam()) {
    EXPECT_EQ(files(), 5U);
  }
}

}  // namespace
}  // namespace stator::persistence
