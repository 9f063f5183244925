#include "emulator/tables/tag_rules.h"

#include <set>

#include "protocol/error/error_catalog.h"

namespace stator {

void add_tags(const JsonValue& list, std::map<std::string, std::string>& tags) {
  std::set<std::string_view> seen;
  for (const JsonValue& tag : list.elements()) {
    const JsonValue* key = tag.find("Key");
    const JsonValue* value = tag.find("Value");
    std::string_view name = key != nullptr ? key->text() : std::string_view();
    if (name.starts_with("aws:"))
      throw errors::validation("One or more parameter values were invalid: Tag key cannot start with aws:");
    if (!seen.insert(name).second)
      throw errors::validation("One or more parameter values were invalid: Duplicate tag key: " + std::string(name));
    tags.insert_or_assign(std::string(name), std::string(value != nullptr ? value->text() : std::string_view()));
  }
  if (tags.size() > kMaxTags)
    throw errors::validation(
        "One or more parameter values were invalid: Too many tags: the limit is 50 tags per resource");
}

}  // namespace stator
