// What persistence throws, and all that it throws: a kind that the caller may act on and a sentence for people, which
// names the file, what is wrong and, where there is one, the remedy. Nothing of SQLite's leaves the room.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace stator::persistence {

class StoreError : public std::runtime_error {
 public:
  enum class Kind : uint8_t {
    kFull,        // no space left
    kIo,          // the disk failed
    kCorrupt,     // our file, damaged
    kForeign,     // a file that is not ours stands where ours should
    kNewer,       // our file, written by a later version
    kBusy,        // the folder is in use by another server
    kPermission,  // may not read or write
    kOther,
  };

  StoreError(Kind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace stator::persistence
