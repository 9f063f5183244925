#include "emulator/seeding/bucket.h"

#include <algorithm>
#include <fstream>

namespace stator::seeding {

namespace fs = std::filesystem;

bool PagedRows::fetch() {
  constexpr size_t kBytesAPage = 1 << 20;
  const std::string after = page_.empty() ? std::string() : page_.back().key;
  page_.clear();
  at_ = 0;
  auto reading = store_.read();
  auto cursor = reading->scan(space_, {.lower = after, .upper = {}, .lower_exclusive = !after.empty()});
  persistence::RowView row;
  for (size_t bytes = 0; bytes < kBytesAPage && cursor->next(row); bytes += row.body.size())
    page_.push_back({std::string(row.key), std::string(row.body), row.size});
  return !page_.empty();
}

fs::path bucket_folder(const std::string& root, const std::string& bucket) {
  const fs::path folder = fs::path(root) / bucket;
  std::error_code error;
  if (root.empty() || bucket.empty() || bucket == "." || bucket == ".." || !fs::is_directory(folder, error))
    throw Failure{"S3NoSuchBucket", "The specified bucket does not exist"};
  return folder;
}

fs::path prefix_path(const std::string& prefix) {
  fs::path path;
  for (const fs::path& part : fs::path(prefix).relative_path()) {
    if (part == ".." || part == ".")
      throw Failure{"S3AccessDenied", "A bucket that is a folder has no keys with . or .. as a part of theirs"};
    path /= part;
  }
  return path;
}

std::vector<fs::path> objects_of(const fs::path& bucket, const std::string& prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(bucket, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_regular_file() || entry->file_size() == 0) continue;
    if (fs::relative(entry->path(), bucket).generic_string().starts_with(prefix)) found.push_back(entry->path());
  }
  if (error) throw Failure{"S3AccessDenied", bucket.string() + ": " + error.message()};
  if (found.empty()) throw Failure{"S3NoSuchKey", "No objects were found under the given prefix"};
  std::sort(found.begin(), found.end());
  return found;
}

std::string packing_of(const fs::path& file) {
  char head[4] = {};
  std::ifstream(file, std::ios::binary).read(head, sizeof head);
  const std::string_view bytes(head, sizeof head);
  return bytes.starts_with("\x1f\x8b") ? "GZIP" : bytes == "\x28\xb5\x2f\xfd" ? "ZSTD" : "NONE";
}

}  // namespace stator::seeding
