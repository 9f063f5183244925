// Scopes, files and folders: what may be used, what is refused, what a reset deletes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "persistence/store.h"
#include "temp_folder.h"

namespace stator::persistence {
namespace {

namespace fs = std::filesystem;

const ScopeName kStoresScope{"000000000000", "eu-central-1", ""};

StoresOptions at(const std::string& folder) {
  StoresOptions options;
  options.folder = folder;
  return options;
}

void write_one(Store& store, std::string_view value) {
  auto write = store.write();
  write->put_document("kind", "id", value);
  write->commit();
  write.reset();
  settle();
}

void spoil(const std::string& file, std::streamoff at, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream << bytes;
}

StoreError::Kind kind_of_failure(const std::function<void()>& deed, const std::string& mentions) {
  try {
    deed();
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find(mentions), std::string::npos) << error.what();
    return error.kind();
  }
  ADD_FAILURE() << "did not fail";
  return StoreError::Kind::kOther;
}

TEST(Stores, AnUnknownScopeMakesNoFile) {
  const TempFolder folder;
  const auto stores = open_stores(at(folder.path()));
  EXPECT_EQ(stores->find(kStoresScope), nullptr);
  EXPECT_TRUE(stores->names().empty());
  EXPECT_FALSE(fs::exists(folder / "scope-1.db"));
  const auto store = stores->create(kStoresScope);
  EXPECT_EQ(stores->find(kStoresScope), store);
  EXPECT_EQ(stores->create(kStoresScope), store);
  EXPECT_TRUE(fs::exists(folder / "scope-1.db"));
  EXPECT_EQ(stores->names(), std::vector{kStoresScope});
}

TEST(Stores, ScopesAreApartAndSurviveARestart) {
  const TempFolder folder;
  const ScopeName other{"111111111111", "../../etc/passwd", ""};
  {
    const auto stores = open_stores(at(folder.path()));
    write_one(*stores->create(kStoresScope), "one");
    write_one(*stores->create(other), "two");
  }
  const auto stores = open_stores(at(folder.path()));
  EXPECT_EQ(stores->names().size(), 2U);
  EXPECT_EQ(stores->find(kStoresScope)->read()->document("kind", "id"), "one");
  EXPECT_EQ(stores->find(other)->read()->document("kind", "id"), "two");
}

TEST(Stores, ForksLiveInMemoryAndEndWithTheServer) {
  const TempFolder folder;
  const ScopeName fork{"000000000000", "eu-central-1", "worker-1"};
  {
    const auto stores = open_stores(at(folder.path()));
    write_one(*stores->create(fork), "forked");
    EXPECT_EQ(stores->find(fork)->read()->document("kind", "id"), "forked");
    EXPECT_EQ(stores->find(kStoresScope), nullptr);
  }
  EXPECT_EQ(open_stores(at(folder.path()))->find(fork), nullptr);
}

TEST(Stores, ClosesTheLeastUsedBeyondTheLimit) {
  const TempFolder folder;
  StoresOptions options = at(folder.path());
  options.max_open = 3;
  const auto stores = open_stores(options);
  for (int i = 0; i < 10; ++i) write_one(*stores->create({std::to_string(i), "r", ""}), std::to_string(i));
  size_t logs = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) logs += entry.path().string().ends_with("-wal");
  EXPECT_EQ(logs, 3U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(stores->find({std::to_string(i), "r", ""})->read()->document("kind", "id"), std::to_string(i));
  }
}

TEST(Stores, TwoServersDoNotShareAFolder) {
  const TempFolder folder;
  const auto first = open_stores(at(folder.path()));
  EXPECT_EQ(kind_of_failure([&] { open_stores(at(folder.path())); }, "process " + std::to_string(getpid())),
            StoreError::Kind::kBusy);
  EXPECT_EQ(kind_of_failure([&] { reset_folder(folder.path()); }, "in use"), StoreError::Kind::kBusy);
}

TEST(Stores, AFileInTheFoldersPlaceIsRefused) {
  const TempFolder folder;
  std::ofstream(folder / "data") << "text";
  EXPECT_EQ(kind_of_failure([&] { open_stores(at(folder / "data")); }, folder / "data"), StoreError::Kind::kForeign);
}

TEST(Stores, AnUnwritableFolderIsRefused) {
  if (geteuid() == 0) {
    // root may write everywhere but where the system itself forbids it
    EXPECT_EQ(kind_of_failure([&] { open_stores(at("/proc/stator-data")); }, "/proc/stator-data"),
              StoreError::Kind::kIo);
    return;
  }
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(kind_of_failure([&] { open_stores(at(folder.path())); }, std::to_string(geteuid())),
            StoreError::Kind::kPermission);
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST(Stores, ANewerFormatIsRefused) {
  const TempFolder folder;
  { write_one(*open_stores(at(folder.path()))->create(kStoresScope), "x"); }
  spoil(folder / "catalogue.db", 60, std::string("\x00\x00\x00\x63", 4));  // user_version
  EXPECT_EQ(kind_of_failure([&] { open_stores(at(folder.path())); }, "newer version"), StoreError::Kind::kNewer);
}

TEST(Stores, AnotherProgramsFileIsRefusedAndKept) {
  const TempFolder folder;
  std::ofstream(folder / "catalogue.db") << std::string(4096, 'x');
  EXPECT_EQ(kind_of_failure([&] { open_stores(at(folder.path())); }, folder / "catalogue.db"),
            StoreError::Kind::kForeign);
  StoresOptions options = at(folder.path());
  options.reset = true;
  EXPECT_EQ(kind_of_failure([&] { open_stores(options); }, folder / "catalogue.db"), StoreError::Kind::kForeign);
  EXPECT_EQ(fs::file_size(folder / "catalogue.db"), 4096U);
}

TEST(Stores, ADamagedFileIsCorrupt) {
  const TempFolder folder;
  { write_one(*open_stores(at(folder.path()))->create(kStoresScope), "x"); }
  spoil(folder / "scope-1.db", 100, std::string(4000, '\xee'));
  const auto stores = open_stores(at(folder.path()));
  EXPECT_EQ(kind_of_failure([&] { stores->find(kStoresScope); }, folder / "scope-1.db"), StoreError::Kind::kCorrupt);
}

TEST(Stores, ResetDeletesOurFilesAndNothingElse) {
  const TempFolder folder;
  const TempFolder elsewhere;
  { write_one(*open_stores(at(folder.path()))->create(kStoresScope), "x"); }
  { write_one(*open_stores(at(elsewhere.path()))->create(kStoresScope), "kept"); }
  std::ofstream(folder / "notes.txt") << "mine";
  std::ofstream(folder / "other.db") << std::string("SQLite format 3\0", 16) << std::string(4000, '\0');
  fs::create_symlink(elsewhere / "scope-1.db", folder / "scope-2.db");
  fs::create_directory(folder / "sub");
  fs::copy(folder / "scope-1.db", folder / "sub/scope-1.db");
  reset_folder(folder.path());
  EXPECT_FALSE(fs::exists(folder / "scope-1.db"));
  EXPECT_FALSE(fs::exists(folder / "catalogue.db"));
  EXPECT_TRUE(fs::exists(folder / "notes.txt"));
  EXPECT_TRUE(fs::exists(folder / "other.db"));
  EXPECT_TRUE(fs::is_symlink(folder / "scope-2.db"));
  EXPECT_TRUE(fs::exists(folder / "sub/scope-1.db"));
  EXPECT_EQ(open_stores(at(elsewhere.path()))->find(kStoresScope)->read()->document("kind", "id"), "kept");
  EXPECT_TRUE(open_stores(at(folder.path()))->names().empty());
}

TEST(Stores, ALinkInAFilesPlaceIsNotFollowed) {
  const TempFolder folder;
  const TempFolder elsewhere;
  fs::create_symlink(elsewhere / "planted.db", folder / "scope-1.db");
  const auto stores = open_stores(at(folder.path()));
  EXPECT_THROW(stores->create(kStoresScope), StoreError);
  EXPECT_FALSE(fs::exists(elsewhere / "planted.db"));
}

TEST(Stores, AFolderBehindALinkIsFine) {
  const TempFolder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  write_one(*open_stores(at(folder / "link"))->create(kStoresScope), "x");
  EXPECT_TRUE(fs::exists(folder / "real/scope-1.db"));
}

TEST(Stores, ResetOptionStartsEmpty) {
  const TempFolder folder;
  { write_one(*open_stores(at(folder.path()))->create(kStoresScope), "x"); }
  StoresOptions options = at(folder.path());
  options.reset = true;
  const auto stores = open_stores(options);
  EXPECT_TRUE(stores->names().empty());
  EXPECT_EQ(stores->create(kStoresScope)->read()->document("kind", "id"), std::nullopt);
}

TEST(Stores, ResettingNothingIsFine) {
  const TempFolder folder;
  reset_folder(folder / "none");
  EXPECT_FALSE(fs::exists(folder / "none"));
}

}  // namespace
}  // namespace stator::persistence
