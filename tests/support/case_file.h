// The files of tests/cases whose lines are `field | field -> result`: what they have in common. `[Kind]` alone on a
// line says what the lines below it are; `#` and a blank begin a comment; fields may be left out from the right.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "case_text.h"
#include "plain_json.h"

namespace stator::tests {

struct Case {
  std::string where;
  std::string kind;
  std::vector<std::string> fields;  // always four
  std::string expected;
};

inline std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  std::string line;
  std::string kind;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string text = trimmed(line);
    if (text.empty() || text.starts_with("# ") || text == "#") continue;
    if (text.front() == '[' && text.back() == ']' && text.find(' ') == std::string::npos) {
      kind = text.substr(1, text.size() - 2);
      continue;
    }
    std::string where = path.filename().string() + ":" + std::to_string(number);
    size_t arrow = text.rfind(" -> ");
    if (arrow == std::string::npos) throw std::runtime_error(where + ": no ' -> '");
    Case one{where, kind, {}, expanded(trimmed(text.substr(arrow + 4)))};
    std::string left = " " + text.substr(0, arrow);  // an empty expression is a field too
    for (size_t bar = left.find(" | "); bar != std::string::npos; bar = left.find(" | ")) {
      one.fields.push_back(expanded(trimmed(left.substr(0, bar))));
      left = left.substr(bar + 2);
    }
    one.fields.push_back(expanded(trimmed(left)));
    one.fields.resize(4);
    cases.push_back(one);
  }
  return cases;
}

// Items compare as values (sets have no order), everything else as text.
inline bool matches(const std::string& expected, const std::string& result) {
  if (expected == result) return true;
  if (!expected.starts_with("{") || !result.starts_with("{")) return false;
  Arena arena;
  return print(plain_value(expected, arena)) == result;
}

// Each case of the files in tests/cases/FOLDER as a test of its own in that suite, run by what `make` makes of it.
template <typename Make>
bool register_cases(const char* folder, const char* suite, size_t fewest, Make make) {
  std::vector<std::filesystem::path> files(
      std::filesystem::directory_iterator(std::filesystem::path(STATOR_SOURCE_DIR) / "tests/cases" / folder), {});
  std::sort(files.begin(), files.end());
  size_t count = 0;
  for (const auto& path : files) {
    for (const Case& one : read_cases(path)) {
      ++count;
      testing::RegisterTest(suite, one.where.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [one, make]() -> testing::Test* { return make(one); });
    }
  }
  if (count < fewest) throw std::runtime_error(std::string(suite) + " were not found");
  return true;
}

}  // namespace stator::tests
