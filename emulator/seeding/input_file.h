// A file read from its beginning to its end, once, in bounded memory: as it lies there, or unpacked where its first
// bytes say gzip or zstd, whatever its name. Several gzip members or zstd frames in a row are one text. Throws
// SeedError, also for a packed file that ends too early or is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stator::seeding {

class InputFile {
 public:
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // The next piece, unpacked; empty at the end. Valid until the next call.
  std::string_view next();
  const std::string& path() const { return path_; }
  // How far into the file as it lies there: for progress.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  class Unpacker;
  class Gunzip;
  class Unzstd;
  bool fill();

  std::string path_;
  int file_ = -1;
  uint64_t bytes_read_ = 0;
  std::string packed_;  // what was read and not yet unpacked lies from at_ on
  size_t at_ = 0;
  std::string text_;
  std::unique_ptr<Unpacker> unpacker_;  // null: not packed
};

// The name without .gz or .zst, lower case not required of the rest.
std::string_view without_packing(std::string_view name);

}  // namespace stator::seeding
