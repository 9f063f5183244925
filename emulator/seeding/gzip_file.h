// A gzip file that is written once, from its beginning to its end, and the MD5 of what lies on disk. Throws SeedError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stator::seeding {

class GzipFile {
 public:
  explicit GzipFile(std::string path);
  ~GzipFile();
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  void write(std::string_view text);
  // Ends the file and brings it to disk. Nothing may follow.
  void close();
  // Of the closed file: 16 bytes.
  const std::string& md5() const { return md5_; }

 private:
  struct Packer;
  void pack(std::string_view text, int flush);

  std::string path_;
  int file_ = -1;
  std::unique_ptr<Packer> packer_;
  std::string md5_;
};

// A whole small file, brought to disk.
void write_file(const std::string& path, std::string_view bytes);

std::string md5_of(std::string_view bytes);

}  // namespace stator::seeding
