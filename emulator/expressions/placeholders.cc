#include "emulator/expressions/placeholders.h"

#include <algorithm>
#include <string>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/lexer.h"

namespace stator::expressions {
namespace {

void check_keys(std::string_view map, char mark, std::span<const std::string_view> keys) {
  if (keys.empty()) throw ExpressionError(std::string(map) + " must not be empty", true);
  for (std::string_view key : keys) {
    if (key.size() > kMaxPlaceholder)
      throw ExpressionError(std::string(map) + " contains invalid key: Key exceeds the maximum length of " +
                                std::to_string(kMaxPlaceholder) + " bytes; key: \"" + std::string(key) + "\"",
                            true);
    if (is_placeholder(key, mark)) continue;
    throw ExpressionError(std::string(map) + " contains invalid key: Syntax error; key: \"" + std::string(key) + "\"",
                          true);
  }
}

template <typename Entries, typename KeyOf>
void refuse_unused(std::string_view map, const Entries& entries, std::span<const bool> used, KeyOf key_of) {
  std::string keys;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (used[i]) continue;
    if (!keys.empty()) keys += ", ";
    keys += key_of(entries[i]);
  }
  if (keys.empty()) return;
  throw ExpressionError("Value provided in " + std::string(map) + " unused in expressions: keys: {" + keys + "}", true);
}

template <typename Entries, typename KeyOf>
size_t index_of(const Entries& sorted, std::string_view key, KeyOf key_of) {
  auto found = std::lower_bound(sorted.begin(), sorted.end(), key,
                                [&](const auto& entry, std::string_view wanted) { return key_of(entry) < wanted; });
  if (found == sorted.end() || key_of(*found) != key) return sorted.size();
  return static_cast<size_t>(found - sorted.begin());
}

constexpr auto kPlaceholderOf = [](const NamePlaceholder& entry) { return entry.placeholder; };
constexpr auto kNameOf = [](const Attribute& entry) { return entry.name; };

}  // namespace

void check_name_keys(std::span<const std::string_view> keys) {
  check_keys("ExpressionAttributeNames", '#', keys);
}
void check_value_keys(std::span<const std::string_view> keys) {
  check_keys("ExpressionAttributeValues", ':', keys);
}

void check_names(std::span<const NamePlaceholder> names) {
  for (const NamePlaceholder& name : names) {
    if (!name.attribute.empty()) continue;
    throw ExpressionError("ExpressionAttributeNames contains invalid value: Empty attribute name for key " +
                              std::string(name.placeholder),
                          true);
  }
}

void check_sizes(std::span<const NamePlaceholder> names, const Item& values) {
  size_t bytes = 0;
  for (const NamePlaceholder& name : names) bytes += name.placeholder.size() + name.attribute.size();
  if (bytes > kMaxPlaceholders) throw ExpressionError("ExpressionAttributeNames exceeds max size", true);
  if (bytes + item_size(values) > kMaxPlaceholders)
    throw ExpressionError("ExpressionAttributeValues exceeds max size", true);
}

Placeholders::Placeholders(std::span<const NamePlaceholder> names, const Item& values, Arena& arena) {
  names_ = arena.make<NamePlaceholder>(names.size());
  std::copy(names.begin(), names.end(), names_.begin());
  std::sort(names_.begin(), names_.end(),
            [](const NamePlaceholder& a, const NamePlaceholder& b) { return a.placeholder < b.placeholder; });
  if (values.is(AttributeValue::Type::M)) values_ = values.attributes();
  names_used_ = arena.make<bool>(names_.size());
  values_used_ = arena.make<bool>(values_.size());
}

const std::string_view* Placeholders::name(std::string_view placeholder) {
  size_t index = index_of(names_, placeholder, kPlaceholderOf);
  if (index == names_.size()) return nullptr;
  names_used_[index] = true;
  return &names_[index].attribute;
}

const AttributeValue* Placeholders::value(std::string_view placeholder) {
  size_t index = index_of(values_, placeholder, kNameOf);
  if (index == values_.size()) return nullptr;
  values_used_[index] = true;
  return &values_[index].value;
}

void Placeholders::check_unused() const {
  refuse_unused("ExpressionAttributeNames", names_, names_used_, kPlaceholderOf);
  refuse_unused("ExpressionAttributeValues", values_, values_used_, kNameOf);
}

}  // namespace stator::expressions
