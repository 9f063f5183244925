#include "emulator/query/start_key.h"

#include <set>

#include "emulator/tables/item_key.h"
#include "protocol/error/error_catalog.h"

namespace stator {

std::string start_row(const Table& table, const Index* index, const Item& key, bool scan, bool short_text) {
  constexpr const char* kInvalid = "The provided starting key is invalid";
  std::string with_reason = std::string(kInvalid) + (short_text ? "" : ": " + std::string(errors::text::kKeyMismatch));
  std::set<std::string_view> wanted;
  bool all_there = true, types_fit = true;
  auto look = [&](const KeySchema& keys) {
    for (const auto* part : {&keys.hash, &keys.range})
      for (const KeyAttribute& attribute : *part) {
        wanted.insert(attribute.name);
        const AttributeValue* value = key.find(attribute.name);
        if (value == nullptr)
          all_there = false;
        else if (!value->is(attribute.type))
          types_fit = false;
      }
  };
  if (index != nullptr) look(index->keys);
  look(table.keys);
  if (key.count() != wanted.size())
    throw errors::validation(scan && index == nullptr ? with_reason : std::string(kInvalid));
  // A partition key of the wrong type is told as of any key (validation_errors.json, Query 140 and Scan's local index).
  const KeyAttribute& hash = table.keys.hash.front();
  const AttributeValue* partition = key.find(hash.name);
  if (partition != nullptr && !partition->is(hash.type) && !(scan && index == nullptr))
    throw errors::validation(std::string(errors::text::kKeyMismatch));
  if (!all_there) throw errors::validation(scan && index == nullptr ? with_reason : std::string(kInvalid));
  if (!types_fit) throw errors::validation(with_reason);
  try {
    if (index != nullptr)
      for (const auto* part : {&index->keys.hash, &index->keys.range})
        for (const KeyAttribute& attribute : *part) check_key_not_empty(attribute, *key.find(attribute.name), index);
    for (const auto* part : {&table.keys.hash, &table.keys.range})
      for (const KeyAttribute& attribute : *part) check_key_not_empty(attribute, *key.find(attribute.name), nullptr);
  } catch (const AwsError& error) {
    throw errors::validation(kInvalid + (short_text ? std::string() : ": " + error.message()));
  }
  std::string base, row;
  append_key_row(table.keys, key, base);
  if (index == nullptr) return base;
  append_key_row(index->keys, key, row);
  return row + base;
}

void start_behind(const std::string& row, PageRange& range) {
  if (range.reverse) {
    range.upper = row;
    range.has_upper = true;
    range.upper_inclusive = false;
  } else {
    range.lower = row;
    range.lower_exclusive = true;
  }
}

}  // namespace stator
