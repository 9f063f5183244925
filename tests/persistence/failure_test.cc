// Failing well: the Nth SQLite call fails until all pass, the disk is full, the process is killed. Whatever happens,
// what was settled is there, what was not is whole or absent, and StoreError is all that comes out.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <string>

#include "persistence/store.h"
#include "temp_folder.h"

namespace stator::persistence {
namespace {

const ScopeName kScope{"000000000000", "eu-central-1", ""};

// Fails the Nth call.
class NthCall final : public FaultHook {
 public:
  NthCall(int64_t n, StoreError::Kind kind) : left_(n), kind_(kind) {}
  std::optional<StoreError::Kind> before(const char*) override {
    if (left_ == 0 || --left_ != 0) return std::nullopt;
    return kind_;
  }
  bool happened() const { return left_ == 0; }
  void disarm() { left_ = 0; }

 private:
  int64_t left_;
  StoreError::Kind kind_;
};

// Deed i puts a short row and a long one and replaces a shared row and a document: all of it or nothing.
std::string name_of(int i) {
  return "deed-" + std::to_string(1000 + i);
}

void put_deed(WriteTransaction& write, SpaceId space, int i) {
  const std::string name = name_of(i);
  RowView row;
  write.get(space, "shared", row);
  write.put(space, name + "/short", 10, std::string(10, 's'));
  write.put(space, name + "/long", 4500, std::string(4500, 'l'));
  write.put(space, "shared", static_cast<uint32_t>(500 + i), std::string(static_cast<size_t>(500 + i), 'x'));
  write.put_document("deeds", name, "done");
  write.next_sequence("deeds");
}

// Every deed whole or absent, the counts true, and all of `settled` there.
void expect_sound(Store& store, SpaceId space, const std::set<int>& settled, int deeds) {
  const auto read = store.read();
  int64_t rows = 0;
  int64_t bytes = 0;
  RowView row;
  const auto all = read->scan(space, {});
  while (all->next(row)) {
    ++rows;
    bytes += row.size;
    EXPECT_EQ(row.size, row.body.size()) << row.key;
  }
  EXPECT_EQ(read->counts(space).rows, rows);
  EXPECT_EQ(read->counts(space).bytes, bytes);
  for (int i = 0; i < deeds; ++i) {
    const bool is_short = read->get(space, name_of(i) + "/short", row);
    const bool is_long = read->get(space, name_of(i) + "/long", row);
    const bool document = read->document("deeds", name_of(i)).has_value();
    EXPECT_EQ(is_short, is_long) << i;
    EXPECT_EQ(is_short, document) << i;
    if (settled.contains(i)) {
      EXPECT_TRUE(is_short) << i;
    }
  }
}

constexpr int kDeeds = 6;

// One life of a store, of which the Nth call fails.
class FaultyRun {
 public:
  FaultyRun(bool on_file, StoreError::Kind kind, int64_t n) : on_file_(on_file), kind_(kind), fault_(n, kind) {
    if (on_file) options_.folder = folder_.path();
    options_.fault_hook = &fault_;
    options_.durability = Durability::kOff;  // the same calls, and hundreds of runs that need not wait for the disk
  }

  void run() {
    attempt([&] { open(); });
    if (dropped_ == 0) attempt([] { settle(); });  // a group may be left open by what failed
    if (space_ == 0) return;
    for (int i = 0; i < kDeeds; i += 2) two_deeds(i);
    attempt([&] {
      const auto write = store_->write();
      write->drop_space(dropped_);
      write->commit();
    });
    attempt([] { settle(); });
    while (!attempt([&] {
      while (store_->erase_some()) {
      }
    })) {
    }
    attempt([&] {
      const auto read = store_->read();
      RowView row;
      read->get(space_, "shared", row);
    });
  }

  // Whether the call did fail; none fails from now on.
  bool disarm() {
    const bool happened = fault_.happened();
    fault_.disarm();
    return happened;
  }
  size_t settled() const { return settled_.size(); }

  // Now, and on file once more after a restart.
  void expect_all_sound() {
    if (space_ == 0) return;
    expect_sound(*store_, space_, settled_, 51);
    if (!on_file_) return;
    store_.reset();
    stores_.reset();
    stores_ = open_stores(options_);
    expect_sound(*stores_->find(kScope), space_, settled_, 51);
  }

 private:
  template <typename Deed>
  bool attempt(const Deed& deed) {
    try {
      deed();
      return true;
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind(), kind_) << error.what();
      return false;
    }
  }

  void open() {
    stores_ = open_stores(options_);
    store_ = stores_->create(kScope);
    auto write = store_->write();
    const SpaceId first = write->new_space();
    const SpaceId second = write->new_space();
    write->put(second, "k", 1, "v");
    write->put(second, "long", 1000, std::string(1000, 'v'));
    write->commit();
    settle();
    space_ = first;
    dropped_ = second;
  }

  // In one group, with a third that is taken back.
  void two_deeds(int first) {
    std::set<int> group;
    for (const int deed : {first, first + 1}) {
      const bool done = attempt([&] {
        const auto write = store_->write();
        put_deed(*write, space_, deed);
        write->commit();
      });
      if (done) group.insert(deed);
    }
    attempt([&] {
      const auto write = store_->write();
      put_deed(*write, space_, 50);
      write->erase(space_, "shared");
      write->drop_space(space_);
    });
    if (attempt([] { settle(); })) {
      settled_.merge(group);
    } else if (!on_file_) {
      ADD_FAILURE() << "in memory there is nothing to settle";
    }
  }

  const bool on_file_;
  const StoreError::Kind kind_;
  const TempFolder folder_;
  NthCall fault_;
  StoresOptions options_;
  std::unique_ptr<Stores> stores_;
  std::shared_ptr<Store> store_;
  SpaceId space_ = 0;
  SpaceId dropped_ = 0;
  std::set<int> settled_;
};

class FaultTest : public testing::TestWithParam<std::tuple<bool, StoreError::Kind>> {};

INSTANTIATE_TEST_SUITE_P(, FaultTest,
                         testing::Combine(testing::Bool(),
                                          testing::Values(StoreError::Kind::kFull, StoreError::Kind::kIo)),
                         [](const auto& about) {
                           return std::string(std::get<0>(about.param) ? "OnFile" : "InMemory") +
                                  (std::get<1>(about.param) == StoreError::Kind::kFull ? "Full" : "Io");
                         });

TEST_P(FaultTest, EveryCallMayFail) {
  const auto [on_file, kind] = GetParam();
  bool failed = true;
  int64_t n = 1;
  for (; failed; ++n) {
    ASSERT_LT(n, 5000);
    SCOPED_TRACE("call " + std::to_string(n));
    FaultyRun run(on_file, kind, n);
    run.run();
    failed = run.disarm();
    run.expect_all_sound();
    if (!failed) {
      EXPECT_EQ(run.settled(), static_cast<size_t>(kDeeds));
    }
  }
  EXPECT_GT(n, 50);  // the hook is asked
}

// In a child with a file system of its own, since mounting is not for everyone; its exit code tells.
enum FullDisk { kSound = 0, kNoMount = 1, kNeverFull = 2, kUnsound = 3, kWrongKind = 4 };

FullDisk fill_the_disk(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNoMount;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kNoMount;
  if (mount("none", folder.c_str(), "tmpfs", 0, "size=2m") != 0) return kNoMount;
  StoresOptions options;
  options.folder = folder + "/data";
  std::set<int> settled;
  SpaceId space = 0;
  bool full = false;
  {
    const auto stores = open_stores(options);
    const auto store = stores->create(kScope);
    {
      const auto write = store->write();
      space = write->new_space();
      write->commit();
      settle();
    }
    for (int i = 0; i < 2000 && !full; ++i) {
      try {
        const auto write = store->write();
        put_deed(*write, space, i);
        write->commit();
        settle();
        settled.insert(i);
      } catch (const StoreError& error) {
        full = true;
        if (error.kind() != StoreError::Kind::kFull) {
          std::fprintf(stderr, "%s\n", error.what());
          return kWrongKind;
        }
        try {
          settle();
        } catch (const StoreError&) {  // the same failure, of the whole group
        }
      }
    }
    expect_sound(*store, space, settled, 2000);  // reading goes on
  }
  if (!full) return kNeverFull;
  const auto stores = open_stores(options);
  expect_sound(*stores->find(kScope), space, settled, 2000);
  return testing::Test::HasFailure() ? kUnsound : kSound;
}

TEST(FullDisk, RefusesWritesAndLosesNothing) {
  const TempFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(fill_the_disk(folder.path()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "this user may not mount a small file system";
  EXPECT_EQ(WEXITSTATUS(status), kSound);
}

// Writes deeds for ever, in groups, and says through the pipe which are settled.
[[noreturn]] void write_until_killed(const std::string& folder, int pipe, int first) {
  StoresOptions options;
  options.folder = folder;
  const auto stores = open_stores(options);
  const auto store = stores->create(kScope);
  for (int i = first;; i += 3) {
    for (int deed = i; deed < i + 3; ++deed) {
      const auto write = store->write();
      put_deed(*write, 1, deed);
      write->commit();
    }
    settle();
    const int last = i + 2;
    if (write(pipe, &last, sizeof last) != sizeof last) _exit(1);
  }
}

TEST(Kill, SettledSurvivesAndTheRestIsWholeOrAbsent) {
  const TempFolder folder;
  StoresOptions options;
  options.folder = folder.path();
  {
    const auto stores = open_stores(options);
    const auto write = stores->create(kScope)->write();
    ASSERT_EQ(write->new_space(), 1);
    write->commit();
    settle();
  }
  std::set<int> settled;
  int first = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      write_until_killed(folder.path(), ends[1], first);
    }
    close(ends[1]);
    // Killed after some acknowledgements, at no point in particular of what follows.
    int last = -1;
    for (int acknowledged = 0; acknowledged < 1 + round * 3; ++acknowledged) {
      ASSERT_EQ(read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    }
    usleep(static_cast<useconds_t>(round * 137));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    while (read(ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
    }
    close(ends[0]);
    for (int i = first; i <= last; ++i) settled.insert(i);
    const auto stores = open_stores(options);
    expect_sound(*stores->find(kScope), 1, settled, last + 30);
    first = last + 4;  // the group under way may be there
  }
}

}  // namespace
}  // namespace stator::persistence
