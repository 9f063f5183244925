// The key of an item: found in an item or a Key member, checked as the service checks it, and turned into row bytes.
// Throws AwsError (ValidationException) with the service's texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "protocol/error/aws_error.h"
#include "protocol/value/attribute_value.h"

namespace stator {

struct ItemKey {
  AttributeValue hash;
  AttributeValue range;  // meaningless for a table without a range key
  std::string row;       // bytes in the table's space
};

// The Key of GetItem, UpdateItem, DeleteItem and of batches: the key attributes and nothing else, of the right types.
// Every mismatch is "The provided key element does not match the schema".
ItemKey key_from_map(const Table& table, const Item& key);

// The key inside an item to be put, which may be put as far as its keys and the indexes' go: one key attribute after
// the other, then the index keys, then the sizes (validation_errors.json, PutItem 50 to 57, BatchWriteItem 26 to 29).
// `batch` false (PutItem): the texts name what is missing or of the wrong type; true (BatchWriteItem): "The provided
// key element does not match the schema".
ItemKey key_of_new_item(const Table& table, const Item& item, bool batch);
// The key inside an item that has passed those checks before.
ItemKey key_of_stored_item(const Table& table, const Item& item);

// Where values of index keys come from, on which the texts of their faults depend.
enum class KeySource : uint8_t {
  kItem,      // an item that is written, or AttributeUpdates
  kGiven,     // values of the request that an update expression sets
  kComputed,  // what an update expression makes of the item
};

// An item's index keys, where it has them, must be of the defined type, not empty and not too long. Of several indexes
// that cannot take the item the one with the first name is told.
void check_index_keys(const Table& table, const Item& item, KeySource source = KeySource::kItem);

// A value that stands for a key attribute (of `index`, or of the table where there is none) may not be empty.
void check_key_not_empty(const KeyAttribute& key, const AttributeValue& value, const Index* index);
// Whether that is what an error tells. Transactions report it as a whole, every other fault of a key by its action.
bool is_empty_key_fault(const AwsError& error);
// 2,048 bytes for a hash attribute, 1,024 for a range attribute.
void check_key_size(const AttributeValue& value, bool hash);

// The row bytes of `item` in the index's space, or false if the item is not in the index (an attribute of the key is
// absent or of another type). `base_row` are its bytes in the table's space.
bool index_row(const Index& index, const Item& item, std::string_view base_row, std::string& out);

// Whether `item` has every key attribute of the schema in the right type.
bool has_key(const KeySchema& keys, const Item& item);

// Bucket and key parts of `keys` taken from `item`, which must have them all.
void append_key_row(const KeySchema& keys, const Item& item, std::string& out);

}  // namespace stator
