// Any bytes as a data file to import: the first says which kind of file, the rest is in it. What comes of it are items
// that can be stored, or a sentence that names the file and a line.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "claim.h"
#include "emulator/seeding/item_reader.h"
#include "emulator/seeding/seed_error.h"
#include "protocol/json/item_codec.h"

using namespace stator;

namespace {

// Gone with the process, unless it crashes.
struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  const std::string path =
      (std::filesystem::temp_directory_path() / ("stator-fuzz-" + std::to_string(getpid()))).string();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  static const Table table = [] {
    using Type = AttributeValue::Type;
    Table made;
    made.name = "Tab";
    made.keys.hash = {{"id", Type::S}};
    made.definitions = {{"id", Type::S}, {"n", Type::N}, {"b", Type::B}};
    return made;
  }();
  static constexpr const char* kNames[] = {"/f.json", "/f.jsonl", "/f.csv", "/f.tsv"};
  if (size == 0) return 0;
  const std::string path = folder.path + kNames[data[0] % 4];
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  int64_t line = 0;
  try {
    const auto reader = seeding::open_items(path, table);
    Arena arena;
    for (Item item; reader->next(arena, item);) {
      fuzz::claim(reader->line() >= line, "lines only go on");
      line = reader->line();
      std::string stored;
      encode_item(item, stored);
      Arena other;
      fuzz::claim(equal(decode_item(stored, other), item), "what was read can be stored");
    }
  } catch (const seeding::SeedError& error) {
    const std::string said = error.what();
    fuzz::claim(said.starts_with(path + ":"), "a refusal names the file");
  }
  return 0;
}
