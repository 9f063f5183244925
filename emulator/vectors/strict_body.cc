#include "emulator/vectors/strict_body.h"

#include <algorithm>
#include <string>

#include "protocol/error/error_catalog.h"

namespace stator::vectors {
namespace {

struct Required {
  std::string_view name;
  std::string_view kind;
};
constexpr Required kRequired[] = {
    {"TableName", "a string"}, {"IndexName", "a string"}, {"SearchVector", "a sequence"}, {"TopK", "i32"}};

std::string at(std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, offset);
  size_t line = before.rfind('\n');
  size_t column = line == std::string_view::npos ? offset : offset - line - 1;
  return " at line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + " column " +
         std::to_string(column);
}

// Behind the null that the member has.
size_t end_of_null(std::string_view text, std::string_view name) {
  const std::string quoted = '"' + std::string(name) + '"';
  for (size_t found = text.find(quoted); found != std::string_view::npos; found = text.find(quoted, found + 1)) {
    size_t value = text.find_first_not_of(" \t\r\n:", found + quoted.size());
    if (value != std::string_view::npos && text.substr(value).starts_with("null")) return value + 4;
  }
  return text.size();
}

}  // namespace

void check_search_body(std::string_view text, const JsonValue& root) {
  for (const JsonMember& member : root.members())
    for (const Required& required : kRequired)
      if (member.name == required.name && member.value.is_null())
        throw errors::serialization("invalid type: null, expected " + std::string(required.kind) +
                                    at(text, end_of_null(text, required.name)));
  for (const Required& required : kRequired) {
    if (root.find(required.name) != nullptr) continue;
    size_t end = text.find_last_not_of(" \t\r\n");
    throw errors::validation("missing field `" + std::string(required.name) + "`" +
                             at(text, end == std::string_view::npos ? 0 : end + 1));
  }
}

}  // namespace stator::vectors
