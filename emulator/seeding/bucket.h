// A bucket as transfers see it: a folder below the one that --s3 names. And the rows of a space, which they write to
// one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "persistence/store.h"

namespace stator::seeding {

// Ends a transfer with the service's code and text.
struct Failure {
  std::string code;
  std::string message;
};

// The folder that is the bucket. These throw Failure.
std::filesystem::path bucket_folder(const std::string& root, const std::string& bucket);

// A prefix as a path that stays below its bucket.
std::filesystem::path prefix_path(const std::string& prefix);

// The files whose keys begin with the prefix, by key.
std::vector<std::filesystem::path> objects_of(const std::filesystem::path& bucket, const std::string& prefix);

// What the first bytes of the file say it is packed with, as an InputCompressionType.
std::string packing_of(const std::filesystem::path& file);

// The rows of a space in pages: no read is held open while files are written.
class PagedRows final : public persistence::Cursor {
 public:
  PagedRows(persistence::Store& store, persistence::SpaceId space) : store_(store), space_(space) {}

  bool next(persistence::RowView& row) override {
    if (at_ == page_.size() && !fetch()) return false;
    const Row& next = page_[at_++];
    row = {next.key, next.size, next.body};
    return true;
  }

 private:
  struct Row {
    std::string key, body;
    uint32_t size;
  };
  bool fetch();

  persistence::Store& store_;
  const persistence::SpaceId space_;
  std::vector<Row> page_;
  size_t at_ = 0;
};

}  // namespace stator::seeding
