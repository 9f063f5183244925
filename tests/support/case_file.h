// The files of tests/cases whose lines are `field | field -> result`: what they have in common. `[Kind]` alone on a
// line says what the lines below it are; `#` and a blank begin a comment; fields may be left out from the right.
#pragma once

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

}  // namespace stator::tests
