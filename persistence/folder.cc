#include "persistence/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "persistence/schema.h"
#include "persistence/store_error.h"

namespace stator::persistence {
namespace {

constexpr const char* kLockFile = "/stator.lock";
constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal"};

[[noreturn]] void refuse(const std::string& path, int error, const char* doing) {
  const std::string reason = std::strerror(error);
  const std::string start = std::string("could not ") + doing + " the data folder " + path + ": ";
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      throw StoreError(StoreError::Kind::kPermission,
                       start + reason + " for user " + std::to_string(geteuid()) +
                           "; give that user the folder (chown " + std::to_string(geteuid()) +
                           "), choose another with --data, or keep nothing with --in-memory");
    case ENOSPC:
    case EDQUOT:
      throw StoreError(StoreError::Kind::kFull, start + reason + "; free some space or choose another with --data");
    case ENOTDIR:
    case EEXIST:
    case ELOOP:
      throw StoreError(StoreError::Kind::kForeign,
                       start + "something else than a folder is there (" + reason + "); choose another with --data");
    default:
      throw StoreError(StoreError::Kind::kIo, start + reason + "; choose another with --data");
  }
}

std::string canonical(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  if (!real) refuse(path, errno, "use");
  return real.get();
}

bool ends_with_companion(const std::string& name) {
  for (const std::string_view companion : kCompanions) {
    if (name.ends_with(companion)) return true;
  }
  return false;
}

}  // namespace

Folder::Folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) refuse(path, error.value(), "make");
  path_ = canonical(path);
  struct stat status = {};
  if (stat(path_.c_str(), &status) != 0) refuse(path_, errno, "use");
  if (!S_ISDIR(status.st_mode)) refuse(path_, ENOTDIR, "use");
  if (access(path_.c_str(), R_OK | W_OK | X_OK) != 0) refuse(path_, errno, "write to");
  lock();
}

Folder::~Folder() {
  if (lock_ >= 0) close(lock_);
}

void Folder::lock() {
  const std::string file = path_ + kLockFile;
  lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (lock_ < 0) refuse(path_, errno, "lock");
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    char text[32] = {};
    const ssize_t length = pread(lock_, text, sizeof text - 1, 0);
    close(lock_);
    lock_ = -1;
    if (error != EWOULDBLOCK) refuse(path_, error, "lock");
    std::string holder(text, length > 0 ? static_cast<size_t>(length) : 0);
    while (!holder.empty() && (holder.back() < '0' || holder.back() > '9')) holder.pop_back();
    throw StoreError(StoreError::Kind::kBusy, "the data folder " + path_ + " is in use by another server" +
                                                  (holder.empty() ? std::string() : " (process " + holder + ")") +
                                                  ": stop that one, or choose another folder with --data");
  }
  const std::string mine = std::to_string(getpid()) + "\n";
  // Who holds the lock is a courtesy to the next who asks; a full disk must not keep a server from its data.
  if (ftruncate(lock_, 0) == 0 && pwrite(lock_, mine.data(), mine.size(), 0) < 0) errno = 0;
}

void Folder::remove_our_files() {
  std::vector<std::string> databases;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
    const std::string file = entry.path().string();
    if (!ends_with_companion(file) && is_our_file(file.c_str())) databases.push_back(file);
  }
  if (error) refuse(path_, error.value(), "read");
  for (const std::string& file : databases) {
    if (unlink(file.c_str()) != 0 && errno != ENOENT) refuse(path_, errno, "empty");
    remove_database(file);
  }
}

void Folder::remove_unnamed(const std::set<int64_t>& in_use) {
  std::vector<std::string> unnamed;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().string();
    int64_t number = 0;
    char rest[4] = {};
    if (std::sscanf(name.c_str(), "scope-%" SCNd64 ".d%2[b]", &number, rest) != 2) continue;
    if (scope(number) == entry.path().string() && !in_use.contains(number) && is_our_file(entry.path().c_str())) {
      unnamed.push_back(entry.path().string());
    }
  }
  for (const std::string& file : unnamed) remove_database(file);
}

void Folder::remove_database(const std::string& path) noexcept {
  unlink(path.c_str());
  for (const char* companion : kCompanions) unlink((path + companion).c_str());
}

}  // namespace stator::persistence
