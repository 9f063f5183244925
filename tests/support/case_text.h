// What the text cases of tests/cases have in common: a field without its blanks, and `%{3*a$i, }`, which stands for
// "a0, a1, a2, ".
#pragma once

#include <string>
#include <string_view>

namespace stator::tests {

inline std::string trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

inline std::string expanded(std::string text) {
  for (size_t at = text.find("%{"); at != std::string::npos; at = text.find("%{", at)) {
    size_t star = text.find('*', at);
    size_t end = text.find('}', at);
    int times = std::stoi(text.substr(at + 2, star - at - 2));
    std::string unit = text.substr(star + 1, end - star - 1);
    std::string all;
    for (int i = 0; i < times; ++i) {
      std::string one = unit;
      for (size_t mark = one.find("$i"); mark != std::string::npos; mark = one.find("$i")) {
        one.replace(mark, 2, std::to_string(i));
      }
      all += one;
    }
    text.replace(at, end + 1 - at, all);
    at += all.size();
  }
  return text;
}

}  // namespace stator::tests
