#include "protocol/json/value_codec.h"

#include <algorithm>

#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator {

namespace {

using Type = AttributeValue::Type;

// The service takes some words for booleans (validation_errors.json: {"NULL":"yes"}, {"BOOL":"no"}); the shape check
// has refused all others.
bool is_true(const JsonValue& json) {
  return json.boolean() || (json.is_string() && (json.text() == "true" || json.text() == "yes" || json.text() == "1"));
}

ValueProblem problem_of(ValueFault fault, Type type = Type::NULL_, std::string_view detail = {}) {
  return {fault, type, detail, nullptr};
}

ValueProblem malformed(Type type) {
  return problem_of(ValueFault::kMalformed, type);
}

bool has_duplicates(std::span<const AttributeValue> members, Arena& arena) {
  constexpr size_t kFew = 16;
  if (members.size() <= kFew) {
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].bytes() == members[j].bytes()) return true;
      }
    }
    return false;
  }
  std::span<std::string_view> sorted = arena.make<std::string_view>(members.size());
  for (size_t i = 0; i < members.size(); ++i) sorted[i] = members[i].bytes();
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

class Reader {
 public:
  Reader(NumberLayer layer, Arena& arena, size_t max_depth) : arena_(arena), max_depth_(max_depth), layer_(layer) {}

  // `depth` is how many L and M stand around the value.
  ValueProblem read(const JsonValue& json, size_t depth, AttributeValue& value) {
    if (depth >= max_depth_) return problem_of(ValueFault::kTooDeep);
    if (json.is_null()) return problem_of(ValueFault::kNoType);  // as {}
    if (!json.is_object()) return malformed(Type::NULL_);
    unsigned seen = 0;
    for (const JsonMember& member : json.members()) {
      Type type;
      if (member.value.is_null() || !type_from_name(member.name, type)) continue;
      if (ValueProblem problem = read_typed(type, member.value, depth, value)) return problem;
      seen |= 1u << static_cast<unsigned>(type);
    }
    if (seen == 0) return problem_of(ValueFault::kNoType);
    if ((seen & (seen - 1)) != 0) return problem_of(ValueFault::kSeveralTypes);
    return {};
  }

  ValueProblem read_attributes(const JsonValue& json, size_t depth, AttributeValue& map) {
    std::span<Attribute> attributes = arena_.make<Attribute>(json.members().size());
    size_t at = 0;
    for (const JsonMember& member : json.members()) {
      attributes[at].name = member.name;
      if (member.name.size() > kMaxAttributeName) return problem_of(ValueFault::kNameTooLong);
      if (ValueProblem problem = read(member.value, depth, attributes[at].value)) return problem;
      ++at;
    }
    map = AttributeValue::map(sort_attributes(attributes));
    return {};
  }

 private:
  ValueProblem read_typed(Type type, const JsonValue& json, size_t depth, AttributeValue& value) {
    switch (type) {
      case Type::S:
      case Type::N:
      case Type::B:
        return read_scalar(type, json, value);
      case Type::SS:
        return read_set(type, Type::S, json, value);
      case Type::NS:
        return read_set(type, Type::N, json, value);
      case Type::BS:
        return read_set(type, Type::B, json, value);
      case Type::L:
        return read_list(json, depth, value);
      case Type::M:
        if (!json.is_object()) return malformed(type);
        return read_attributes(json, depth + 1, value);
      case Type::NULL_:
        if (!is_true(json)) return problem_of(ValueFault::kNullNotTrue, type);
        value = AttributeValue::null();
        return {};
      case Type::BOOL:
        if (!json.is_bool() && !json.is_string()) return malformed(type);
        value = AttributeValue::boolean(is_true(json));
        return {};
    }
    return malformed(type);
  }

  ValueProblem read_scalar(Type type, const JsonValue& json, AttributeValue& value) {
    if (!json.is_string()) return malformed(type);
    if (type == Type::S) {
      value = AttributeValue::string(json.text());
    } else if (type == Type::N) {
      std::string_view canonical;
      NumberFault fault = canonicalize(json.text(), layer_, arena_, canonical);
      if (fault != NumberFault::kNone) return problem_of(fault_of(fault), type, json.text());
      value = AttributeValue::number(canonical);
    } else {
      auto bytes = decode_base64(json.text(), arena_);
      if (!bytes) return problem_of(ValueFault::kMalformed, type, json.text());
      value = AttributeValue::binary(*bytes);
    }
    return {};
  }

  ValueProblem read_set(Type type, Type member_type, const JsonValue& json, AttributeValue& value) {
    if (!json.is_array()) return malformed(type);
    if (json.count() == 0) return problem_of(ValueFault::kEmptySet, type);
    std::span<AttributeValue> members = arena_.make<AttributeValue>(json.count());
    for (size_t i = 0; i < members.size(); ++i) {
      if (ValueProblem problem = read_scalar(member_type, json.elements()[i], members[i])) return problem;
    }
    if (has_duplicates(members, arena_)) return {ValueFault::kDuplicateInSet, type, {}, &json};
    value = AttributeValue::collection(type, members);
    return {};
  }

  ValueProblem read_list(const JsonValue& json, size_t depth, AttributeValue& value) {
    if (!json.is_array()) return malformed(Type::L);
    std::span<AttributeValue> elements = arena_.make<AttributeValue>(json.count());
    for (size_t i = 0; i < elements.size(); ++i) {
      if (ValueProblem problem = read(json.elements()[i], depth + 1, elements[i])) return problem;
    }
    value = AttributeValue::collection(Type::L, elements);
    return {};
  }

  Arena& arena_;
  const size_t max_depth_;
  const NumberLayer layer_;
};

void append_scalar(Type type, std::string_view bytes, std::string& out) {
  if (type == Type::B) {
    out += '"';
    append_base64(bytes, out);
    out += '"';
  } else if (type == Type::N) {
    out += '"';
    out += bytes;  // canonical text holds nothing to escape
    out += '"';
  } else {
    append_json_string(bytes, out);
  }
}

}  // namespace

ValueFault fault_of(NumberFault fault) {
  switch (fault) {
    case NumberFault::kNone:
      return ValueFault::kNone;
    case NumberFault::kNotANumber:
      return ValueFault::kNumberFormat;
    case NumberFault::kTooManyDigits:
      return ValueFault::kNumberDigits;
    case NumberFault::kOverflow:
      return ValueFault::kNumberOverflow;
    case NumberFault::kUnderflow:
      return ValueFault::kNumberUnderflow;
  }
  return ValueFault::kMalformed;
}

ValueProblem read_value(const JsonValue& json, NumberLayer layer, Arena& arena, AttributeValue& value,
                        size_t max_depth) {
  return Reader(layer, arena, max_depth).read(json, 0, value);
}

ValueProblem read_item(const JsonValue& json, NumberLayer layer, Arena& arena, Item& item, size_t max_depth) {
  if (!json.is_object()) return malformed(Type::M);
  for (const JsonMember& member : json.members()) {
    if (member.name.empty()) return problem_of(ValueFault::kEmptyName);
  }
  return Reader(layer, arena, max_depth).read_attributes(json, 0, item);
}

void append_value(const AttributeValue& value, std::string& out) {
  switch (value.type()) {
    case Type::S:
      out += "{\"S\":";
      append_scalar(Type::S, value.bytes(), out);
      break;
    case Type::N:
      out += "{\"N\":";
      append_scalar(Type::N, value.bytes(), out);
      break;
    case Type::B:
      out += "{\"B\":";
      append_scalar(Type::B, value.bytes(), out);
      break;
    case Type::SS:
    case Type::NS:
    case Type::BS: {
      out += "{\"";
      out += type_name(value.type());
      out += "\":";
      char before = '[';
      for (const AttributeValue& member : value.elements()) {
        out += before;
        append_scalar(member.type(), member.bytes(), out);
        before = ',';
      }
      out += before == '[' ? "[]" : "]";
      break;
    }
    case Type::L: {
      out += "{\"L\":";
      char before = '[';
      for (const AttributeValue& element : value.elements()) {
        out += before;
        append_value(element, out);
        before = ',';
      }
      out += before == '[' ? "[]" : "]";
      break;
    }
    case Type::M:
      out += "{\"M\":";
      append_item(value, out);
      break;
    case Type::NULL_:
      out += "{\"NULL\":true";
      break;
    case Type::BOOL:
      out += value.boolean() ? "{\"BOOL\":true" : "{\"BOOL\":false";
      break;
  }
  out += '}';
}

void append_item(const Item& item, std::string& out) {
  char before = '{';
  for (const Attribute& attribute : item.attributes()) {
    out += before;
    append_json_string(attribute.name, out);
    out += ':';
    append_value(attribute.value, out);
    before = ',';
  }
  out += before == '{' ? "{}" : "}";
}

}  // namespace stator
