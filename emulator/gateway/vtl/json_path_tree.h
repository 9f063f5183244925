// A parsed JSONPath: what json_path_parser makes and json_path walks. See json_path.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/vtl/regex.h"

namespace stator::vtl {

struct PathFilter;

struct PathNode {
  enum class Kind : uint8_t { kNames, kIndexes, kSlice, kWildcard, kDescent, kFilter, kFunction };
  Kind kind = Kind::kNames;
  std::vector<std::string> names;  // kFunction: its name
  std::vector<int64_t> indexes;
  std::optional<int64_t> from, to;
  std::shared_ptr<const PathFilter> filter;
};

struct PathSteps {
  std::vector<PathNode> nodes;
  bool from_item = false;  // "@", the item a filter looks at
  bool definite = true;    // names one thing
};

struct PathOperand {
  enum class Kind : uint8_t { kPath, kNull, kBool, kNumber, kString, kRegex, kList };
  Kind kind = Kind::kNull;
  PathSteps path;
  std::string text;
  bool truth = false;
  std::shared_ptr<const Regex> regex;
  std::vector<PathOperand> items;
};

struct PathFilter {
  enum class Kind : uint8_t { kOr, kAnd, kNot, kCompare, kExists };
  Kind kind = Kind::kExists;
  std::vector<PathFilter> parts;
  PathOperand left, right;
  std::string comparison;
};

PathSteps parse_path(std::string_view text);  // throws TemplateError

}  // namespace stator::vtl
