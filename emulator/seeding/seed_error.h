// What is wrong with what was given to import, as a sentence that begins with its file, and its line where there is
// one: "music.csv:17: ...".
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace stator::seeding {

class SeedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  SeedError(const std::string& file, const std::string& sentence) : SeedError(file + ": " + sentence) {}
  SeedError(const std::string& file, int64_t line, const std::string& sentence)
      : SeedError(file + ":" + std::to_string(line) + ": " + sentence) {}
};

}  // namespace stator::seeding
