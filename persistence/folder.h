// The data folder: made where it is missing, locked for one server, and the only place where files are named or
// deleted. Scope names never become paths. Throws StoreError with a sentence for people.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace stator::persistence {

class Folder {
 public:
  // Makes the folder (and its parents), checks that it can be used and locks it until destruction; kBusy names the
  // process that has it.
  explicit Folder(const std::string& path);
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  std::string catalogue() const { return path_ + "/catalogue.db"; }
  std::string scope(int64_t number) const { return path_ + "/scope-" + std::to_string(number) + ".db"; }
  const std::string& path() const { return path_; }

  // Deletes every file in the folder that begins with our application id, with its -wal and -shm. Links are left alone:
  // they are neither followed nor ours.
  void remove_our_files();
  // Deletes the scope files whose number is not in use.
  void remove_unnamed(const std::set<int64_t>& in_use);
  // Deletes one database and what SQLite keeps beside it. Missing ones are no error.
  static void remove_database(const std::string& path) noexcept;

 private:
  void lock();

  std::string path_;  // without symbolic links, so that SQLite can refuse any below it
  int lock_ = -1;
};

}  // namespace stator::persistence
