// Vectors as a vector index sees them: lists of numbers that fit 32-bit floats. How an item's vector is judged when it
// is written, how far apart two are, and what an entry of the index weighs. Pure; knows no request and no row.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/tables/table.h"
#include "protocol/value/attribute_value.h"

namespace stator::vectors {

// The number as the index keeps it; nothing for what is no number or too large for 32 bits.
std::optional<float> to_float(const AttributeValue& value);
// The vector of an item, or false where the index would refuse it.
bool to_floats(const AttributeValue& value, size_t dimensions, std::vector<float>& floats);

// Throws the service's error if the item's vector does not fit the index. An item may have none.
void check_vector(const Index& index, const Item& item);

// COSINE: 0 (the same direction) to 2; EUCLIDEAN: the distance; DOT_PRODUCT: the product, of which more is nearer.
float score(DistanceFunction function, std::span<const float> a, std::span<const float> b);
bool nearer(DistanceFunction function, float a, float b);

// "0.5", "1.0": how the service writes what it keeps in 32 bits.
std::string float_text(float value);
// The item with its vector as the index keeps it: each number by float_text.
Item with_kept_vector(const Item& item, const VectorSettings& vector, Arena& arena);

// What the vector weighs less in the index, at four bytes a number, than as the list that it is in the item
// (validation_2026.md, section 6). 0 without a vector; negative where the list is lighter.
int64_t saved_bytes(const Index& index, const Item& item);

}  // namespace stator::vectors
