#include "emulator/vectors/vector_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "protocol/error/error_catalog.h"
#include "protocol/value/number.h"

namespace stator::vectors {
namespace {

using Type = AttributeValue::Type;

// These texts have a full stop where the service's other ones have a colon (validation_2026.json, "vector index").
[[noreturn]] void refuse(const std::string& what) {
  throw errors::validation("One or more parameter values were invalid. " + what);
}

}  // namespace

std::optional<float> to_float(const AttributeValue& value) {
  if (!value.is(Type::N)) return std::nullopt;
  std::string_view text = value.bytes();
  float number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc()) return number;
  if (from_canonical(text).exponent > 0) return std::nullopt;
  return 0.0F;  // smaller than the smallest
}

bool to_floats(const AttributeValue& value, size_t dimensions, std::vector<float>& floats) {
  if (!value.is(Type::L) || value.count() != dimensions) return false;
  floats.clear();
  for (const AttributeValue& element : value.elements()) {
    std::optional<float> number = to_float(element);
    if (!number) return false;
    floats.push_back(*number);
  }
  return true;
}

void check_vector(const Index& index, const Item& item) {
  const VectorSettings& vector = *index.vector;
  const AttributeValue* value = item.find(vector.attribute);
  if (value == nullptr) return;
  if (!value->is(Type::L))
    refuse("Invalid type for parameter " + vector.attribute +
           ", Expected: 32-bit floating point number list IndexName: " + index.name);
  if (value->count() != vector.dimensions)
    refuse("Invalid size for parameter " + vector.attribute + ", Expected: " + std::to_string(vector.dimensions) +
           ", Actual: " + std::to_string(value->count()) + " IndexName: " + index.name);
  for (size_t i = 0; i < value->count(); ++i) {
    if (to_float(value->elements()[i])) continue;
    refuse("Invalid type for parameter " + vector.attribute + "[" + std::to_string(i) +
           "], Expected: 32-bit floating point number, Actual: " + std::string(type_name(value->elements()[i].type())) +
           ". IndexName: " + index.name);
  }
}

float score(DistanceFunction function, std::span<const float> a, std::span<const float> b) {
  double dot = 0, squares_a = 0, squares_b = 0, apart = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    double x = a[i], y = b[i];
    dot += x * y;
    squares_a += x * x;
    squares_b += y * y;
    apart += (x - y) * (x - y);
  }
  if (function == DistanceFunction::kDotProduct) return static_cast<float>(dot);
  if (function == DistanceFunction::kEuclidean) return static_cast<float>(std::sqrt(apart));
  double lengths = std::sqrt(squares_a) * std::sqrt(squares_b);
  if (lengths == 0) return 1;  // a vector of zeros has no direction: as if at right angles to every other
  return static_cast<float>(std::clamp(1 - dot / lengths, 0.0, 2.0));
}

bool nearer(DistanceFunction function, float a, float b) {
  return function == DistanceFunction::kDotProduct ? a > b : a < b;
}

std::string float_text(float value) {
  char text[128];  // the largest has 39 digits, the smallest 45 behind the point
  char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  std::string out(text, end);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

Item with_kept_vector(const Item& item, const VectorSettings& vector, Arena& arena) {
  const AttributeValue* value = item.find(vector.attribute);
  if (value == nullptr) return item;
  std::span<AttributeValue> kept = arena.make<AttributeValue>(value->count());
  for (size_t i = 0; i < kept.size(); ++i)
    kept[i] = AttributeValue::number(arena.copy(std::string_view(float_text(*to_float(value->elements()[i])))));
  return with_attribute(item, vector.attribute, AttributeValue::collection(Type::L, kept), arena);
}

int64_t saved_bytes(const Index& index, const Item& item) {
  const AttributeValue* value = item.find(index.vector->attribute);
  if (value == nullptr || !value->is(Type::L) || value->count() != index.vector->dimensions) return 0;
  return static_cast<int64_t>(size_of(*value)) - 4 * int64_t{index.vector->dimensions};
}

}  // namespace stator::vectors
