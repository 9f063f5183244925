#include "emulator/tables/item_key.h"

#include <exception>

#include "emulator/vectors/vector_value.h"
#include "persistence/key_encoding.h"
#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

using Type = AttributeValue::Type;

constexpr size_t kMaxHashKey = 2048;
constexpr size_t kMaxRangeKey = 1024;

size_t key_size(const AttributeValue& value) {
  return value.is(Type::N) ? size_of(value) : value.bytes().size();
}

bool is_empty_key(const AttributeValue& value) {
  return !value.is(Type::N) && value.bytes().empty();
}

AwsError empty_key(std::string_view what, const AttributeValue& value, std::string_view where) {
  std::string text = "One or more parameter values are not valid. ";
  text += what;
  text += "The AttributeValue for a key attribute cannot contain an empty ";
  text += value.is(Type::S) ? "string value." : "binary value.";
  if (!where.empty()) text += ' ';
  return errors::validation(text.append(where));
}

void check_keys_of(const Index& index, const Table& table, const Item& item, KeySource source) {
  if (index.vector) vectors::check_vector(index, item);
  for (const auto* part : {&index.keys.hash, &index.keys.range})
    for (const KeyAttribute& key : *part) {
      const AttributeValue* value = item.find(key.name);
      if (value == nullptr || table.keys.find(key.name) != nullptr) continue;
      if (!value->is(key.type) && source == KeySource::kComputed)
        throw errors::validation(
            "The update expression attempted to update the secondary index key to unsupported type");
      if (!value->is(key.type))
        throw errors::validation(
            errors::text::index_key_type_mismatch(key.name, type_name(key.type), type_name(value->type()), index.name));
      // moto has the text of updates from the service, dynoxide 99 and ExtendDB 184 tell of it.
      if (source != KeySource::kItem && is_empty_key(*value))
        throw empty_key(
            "The update expression attempted to update a secondary index key to a value that is not "
            "supported. ",
            *value, "");
      check_key_not_empty(key, *value, &index);
      size_t most = part == &index.keys.hash ? kMaxHashKey : kMaxRangeKey;
      if (key_size(*value) > most)
        throw errors::invalid_parameter("Size limit exceeded for Index Key " + key.name +
                                        " Actual Size: " + std::to_string(key_size(*value)) +
                                        " bytes Max Size: " + std::to_string(most) + " bytes IndexName: " + index.name);
    }
}

// Neither value is empty. The sizes are looked at, or known to be right.
ItemKey key_of(const AttributeValue& hash, const AttributeValue* range) {
  ItemKey key;
  key.hash = hash;
  if (range != nullptr) key.range = *range;
  persistence::append_bucket(hash, key.row);
  persistence::append_key_part(hash, key.row);
  if (range != nullptr) persistence::append_key_part(*range, key.row);
  return key;
}

void check_key_sizes(const AttributeValue& hash, const AttributeValue* range) {
  check_key_size(hash, true);
  if (range != nullptr) check_key_size(*range, false);
}

}  // namespace

void check_key_not_empty(const KeyAttribute& key, const AttributeValue& value, const Index* index) {
  if (!is_empty_key(value)) return;
  if (index == nullptr) throw empty_key("", value, "Key: " + key.name);
  throw empty_key("A value specified for a secondary index key is not supported. ", value,
                  "IndexName: " + index->name + ", IndexKey: " + key.name);
}

bool is_empty_key_fault(const AwsError& error) {
  return error.message().find("for a key attribute cannot contain an empty") != std::string::npos;
}

void check_key_size(const AttributeValue& value, bool hash) {
  if (key_size(value) <= (hash ? kMaxHashKey : kMaxRangeKey)) return;
  throw errors::validation(hash ? errors::text::hash_key_too_long() : errors::text::range_key_too_long());
}

ItemKey key_from_map(const Table& table, const Item& key) {
  const KeySchema& keys = table.keys;
  const AttributeValue* hash = key.find(keys.hash[0].name);
  const AttributeValue* range = keys.range.empty() ? nullptr : key.find(keys.range[0].name);
  bool fits = key.count() == keys.size() && hash != nullptr && hash->is(keys.hash[0].type) &&
              (keys.range.empty() || (range != nullptr && range->is(keys.range[0].type)));
  if (!fits) throw errors::validation(std::string(errors::text::kKeyMismatch));
  check_key_not_empty(keys.hash[0], *hash, nullptr);
  if (range != nullptr) check_key_not_empty(keys.range[0], *range, nullptr);
  check_key_sizes(*hash, range);
  return key_of(*hash, range);
}

ItemKey key_of_new_item(const Table& table, const Item& item, bool batch) {
  const AttributeValue* found[2] = {nullptr, nullptr};
  size_t i = 0;
  for (const auto* part : {&table.keys.hash, &table.keys.range})
    for (const KeyAttribute& key : *part) {
      const AttributeValue* value = item.find(key.name);
      if (batch && (value == nullptr || !value->is(key.type)))
        throw errors::validation(std::string(errors::text::kKeyMismatch));
      if (value == nullptr) throw errors::validation(errors::text::missing_key(key.name));
      if (!value->is(key.type))
        throw errors::validation(
            errors::text::key_type_mismatch(key.name, type_name(key.type), type_name(value->type())));
      check_key_not_empty(key, *value, nullptr);
      found[i++] = value;
    }
  check_index_keys(table, item);
  check_key_sizes(*found[0], found[1]);
  return key_of(*found[0], found[1]);
}

ItemKey key_of_stored_item(const Table& table, const Item& item) {
  const KeySchema& keys = table.keys;
  return key_of(*item.find(keys.hash[0].name), keys.range.empty() ? nullptr : item.find(keys.range[0].name));
}

void check_index_keys(const Table& table, const Item& item, KeySource source) {
  const Index* wrong = nullptr;
  std::exception_ptr fault;
  for (const auto* list : {&table.global_indexes, &table.local_indexes})
    for (const Index& index : *list) {
      if (wrong != nullptr && wrong->name < index.name) continue;
      try {
        check_keys_of(index, table, item, source);
      } catch (const AwsError&) {
        wrong = &index;
        fault = std::current_exception();
      }
    }
  if (fault) std::rethrow_exception(fault);
}

bool has_key(const KeySchema& keys, const Item& item) {
  for (const auto* part : {&keys.hash, &keys.range})
    for (const KeyAttribute& key : *part) {
      const AttributeValue* value = item.find(key.name);
      if (value == nullptr || !value->is(key.type)) return false;
      if (!value->is(Type::N) && value->bytes().empty()) return false;
    }
  return true;
}

void append_key_row(const KeySchema& keys, const Item& item, std::string& out) {
  AttributeValue hash[4];
  size_t count = 0;
  for (const KeyAttribute& key : keys.hash) hash[count++] = *item.find(key.name);
  persistence::append_bucket(hash, count, out);
  for (size_t i = 0; i < count; ++i) persistence::append_key_part(hash[i], out);
  for (const KeyAttribute& key : keys.range) persistence::append_key_part(*item.find(key.name), out);
}

bool index_row(const Index& index, const Item& item, std::string_view base_row, std::string& out) {
  if (index.vector) {
    const AttributeValue* vector = item.find(index.vector->attribute);
    std::vector<float> floats;
    if (vector == nullptr || !vectors::to_floats(*vector, index.vector->dimensions, floats)) return false;
    const KeySchema partition{index.keys.hash, {}};  // the filters are no part of a row's key
    if (!has_key(partition, item)) return false;
    if (!partition.hash.empty()) append_key_row(partition, item, out);
  } else {
    if (!has_key(index.keys, item)) return false;
    append_key_row(index.keys, item, out);
  }
  out += base_row;
  return true;
}

}  // namespace stator
