// Java's regular expressions by way of PCRE2, whose syntax is the nearest: selection patterns, String.matches and its
// kin, =~ in JSONPath. Matching has a step and a memory limit, so no pattern and no text makes a request hang.
// Immutable once compiled; may be used from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::vtl {

class Regex {
 public:
  // Null when it does not compile; `problem` then says why.
  static std::shared_ptr<const Regex> compile(std::string_view pattern, std::string& problem, bool ignore_case = false);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  using Groups = std::vector<std::optional<std::pair<size_t, size_t>>>;  // begin and end of each; 0 is the whole match
  // Where the pattern is found first at or behind `from`. Past the limits it is not found.
  std::optional<Groups> find(std::string_view text, size_t from) const;
  bool matches_all(std::string_view text) const;  // Java's matches(): the whole text

 private:
  struct Code;
  explicit Regex(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

}  // namespace stator::vtl
