#include "emulator/gateway/vtl/methods.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "emulator/gateway/vtl/java_string.h"

namespace stator::vtl {
namespace {

using Arguments = std::span<const Value>;

// One of Map.entrySet().
class Entry final : public Object {
 public:
  Entry(Value key, Value value) : key_(std::move(key)), value_(std::move(value)) {}
  bool call(Heap&, std::string_view method, Arguments arguments, Value& result) override {
    if (!arguments.empty()) return false;
    if (method == "getKey")
      result = key_;
    else if (method == "getValue")
      result = value_;
    else
      return false;
    return true;
  }
  Value property(Heap&, std::string_view name) override {
    return name == "key" ? key_ : name == "value" ? value_ : Value();
  }
  std::string text() const override { return text_of(key_) + "=" + text_of(value_); }

 private:
  Value key_, value_;
};

[[noreturn]] void out_of_bounds(int64_t index, size_t size) {
  throw TemplateError("index " + std::to_string(index) + " is out of bounds for length " + std::to_string(size));
}

size_t list_index(const Value& index, size_t size) {
  if (!index.is_integer()) throw TemplateError("a list's index must be a whole number, not " + text_of(index));
  if (index.integer() < 0 || static_cast<uint64_t>(index.integer()) >= size) out_of_bounds(index.integer(), size);
  return static_cast<size_t>(index.integer());
}

Value collection_size(size_t size) {
  return Value::integer(static_cast<int64_t>(size));
}

bool holds(const List& list, const Value& wanted) {
  return std::any_of(list.items.begin(), list.items.end(), [&](const Value& each) { return equal(each, wanted); });
}

bool call_list(Heap& heap, List& list, std::string_view name, Arguments a, Value& out) {
  auto& items = list.items;
  if (a.empty()) {
    if (name == "size") return out = collection_size(items.size()), true;
    if (name == "isEmpty") return out = Value::boolean(items.empty()), true;
    if (name == "clear") return items.clear(), out = Value(), true;
    if (name == "toJSONString") return out = heap.text(json_of(Value::list(&list))), true;
    if (name == "toArray" || name == "iterator") return out = Value::list(&list), true;
  } else if (a.size() == 1) {
    if (name == "get") return out = items[list_index(a[0], items.size())], true;
    if (name == "add") return heap.append(list, a[0]), out = Value::boolean(true), true;
    if (name == "contains") return out = Value::boolean(holds(list, a[0])), true;
    if (name == "indexOf" || name == "lastIndexOf") {
      int64_t at = -1;
      for (size_t i = 0; i < items.size() && (at < 0 || name == "lastIndexOf"); ++i)
        if (equal(items[i], a[0])) at = static_cast<int64_t>(i);
      return out = Value::integer(at), true;
    }
    if (name == "remove") {
      if (a[0].is_integer()) {
        const auto at = items.begin() + static_cast<std::ptrdiff_t>(list_index(a[0], items.size()));
        out = *at;
        items.erase(at);
        return true;
      }
      const auto at = std::find_if(items.begin(), items.end(), [&](const Value& each) { return equal(each, a[0]); });
      out = Value::boolean(at != items.end());
      if (at != items.end()) items.erase(at);
      return true;
    }
    if ((name == "addAll" || name == "containsAll" || name == "removeAll") && a[0].is_list()) {
      const std::vector<Value> other = a[0].list().items;
      if (name == "addAll") {
        for (const Value& each : other) heap.append(list, each);
        return out = Value::boolean(!other.empty()), true;
      }
      if (name == "containsAll")
        return out = Value::boolean(
                   std::all_of(other.begin(), other.end(), [&](const Value& each) { return holds(list, each); })),
               true;
      List all;
      all.items = other;
      return out = Value::boolean(std::erase_if(items, [&](const Value& each) { return holds(all, each); }) > 0), true;
    }
  } else if (a.size() == 2) {
    if (name == "set") {
      const size_t at = list_index(a[0], items.size());
      out = std::exchange(items[at], a[1]);
      return true;
    }
    if (name == "add") {
      const size_t at = list_index(a[0], items.size() + 1);
      heap.charge(sizeof(Value));
      items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), a[1]);
      return out = Value(), true;
    }
    if (name == "subList") {
      const size_t from = list_index(a[0], items.size() + 1), to = list_index(a[1], items.size() + 1);
      if (from > to) out_of_bounds(a[0].integer(), items.size());
      List* part = heap.make_list(list.json);
      for (size_t i = from; i < to; ++i) heap.append(*part, items[i]);
      return out = Value::list(part), true;
    }
  }
  return false;
}

bool call_map(Heap& heap, Map& map, std::string_view name, Arguments a, Value& out) {
  if (a.empty()) {
    if (name == "size") return out = collection_size(map.entries.size()), true;
    if (name == "isEmpty") return out = Value::boolean(map.entries.empty()), true;
    if (name == "clear") return map.clear(), out = Value(), true;
    if (name == "toJSONString") return out = heap.text(json_of(Value::map(&map))), true;
    if (name == "keySet" || name == "values" || name == "entrySet") {
      List* list = heap.make_list();
      for (const auto& [key, value] : map.entries) {
        if (name == "values")
          heap.append(*list, value);
        else if (name == "keySet")
          heap.append(*list, heap.text(key));
        else
          heap.append(*list, Value::object(heap.make<Entry>(heap.text(key), value)));
      }
      return out = Value::list(list), true;
    }
  } else if (a.size() == 1) {
    if (name == "get" || name == "containsKey" || name == "remove") {
      const std::string key = text_of(a[0]);
      const Value* found = map.find(key);
      if (name == "containsKey") return out = Value::boolean(found != nullptr), true;
      out = found ? *found : Value();
      if (name == "remove") map.remove(key);
      return true;
    }
    if (name == "containsValue") {
      const auto& all = map.entries;
      return out = Value::boolean(
                 std::any_of(all.begin(), all.end(), [&](const auto& each) { return equal(each.second, a[0]); })),
             true;
    }
    if (name == "putAll" && a[0].is_map()) {
      const auto other = a[0].map().entries;
      for (const auto& [key, value] : other) heap.put(map, key, value);
      return out = Value(), true;
    }
  } else if (a.size() == 2) {
    if (name == "put" || name == "putIfAbsent") {
      const std::string key = text_of(a[0]);
      const Value* found = map.find(key);
      out = found ? *found : Value();
      if (name == "put" || out.is_null()) heap.put(map, key, a[1]);
      return true;
    }
    if (name == "getOrDefault") {
      const Value* found = map.find(text_of(a[0]));
      return out = found ? *found : a[1], true;
    }
  }
  return false;
}

int64_t whole_of(const Value& number) {
  if (number.is_integer()) return number.integer();
  const double real = number.real();
  if (!(std::fabs(real) < 9.2e18)) return real < 0 ? INT64_MIN : real > 0 ? INT64_MAX : 0;
  return static_cast<int64_t>(real);
}

int64_t parse_whole(const Value& text, int64_t low, int64_t high, int base = 10) {
  std::string digits = text_of(text);
  std::string_view rest = digits;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
  if (rest.empty() || error != std::errc() || end != rest.data() + rest.size() || value < low || value > high)
    throw TemplateError("\"" + digits + "\" is no whole number");
  return value;
}

double parse_real(const Value& text) {
  std::string_view digits;
  const std::string all = text_of(text);
  digits = all;
  while (!digits.empty() && static_cast<unsigned char>(digits.front()) <= ' ') digits.remove_prefix(1);
  while (!digits.empty() && static_cast<unsigned char>(digits.back()) <= ' ') digits.remove_suffix(1);
  const std::string_view original = digits;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    throw TemplateError("\"" + std::string(original) + "\" is no number");
  return value;
}

// A number's own methods, and the static ones of its class, which templates reach through any number at hand.
bool call_number(Heap& heap, const Value& number, std::string_view name, Arguments a, Value& out) {
  if (a.empty()) {
    if (name == "intValue")
      return out = Value::integer(static_cast<int32_t>(static_cast<uint32_t>(whole_of(number)))), true;
    if (name == "longValue") return out = Value::integer(whole_of(number)), true;
    if (name == "doubleValue" || name == "floatValue") return out = Value::real(number.real()), true;
    return false;
  }
  if (a.size() == 1) {
    if (name == "parseInt" || (name == "valueOf" && number.is_integer() && a[0].is_string()))
      return out = Value::integer(parse_whole(a[0], INT32_MIN, INT32_MAX)), true;
    if (name == "parseLong") return out = Value::integer(parse_whole(a[0], INT64_MIN, INT64_MAX)), true;
    if (name == "parseDouble" || (name == "valueOf" && number.kind() == Value::Kind::kDouble))
      return out = Value::real(parse_real(a[0])), true;
    if (name == "valueOf" && a[0].is_number()) return out = a[0], true;
    if (name == "toString") return out = heap.text(text_of(a[0])), true;
    if (name == "compareTo" && a[0].is_number()) {
      const double left = number.real(), right = a[0].real();
      return out = Value::integer(left < right ? -1 : left > right ? 1 : 0), true;
    }
    if (name == "abs" && a[0].is_integer() && a[0].integer() != INT64_MIN)
      return out = Value::integer(std::abs(a[0].integer())), true;
    return false;
  }
  if (a.size() == 2 && (name == "max" || name == "min") && a[0].is_number() && a[1].is_number()) {
    const bool first = name == "max" ? a[0].real() >= a[1].real() : a[0].real() <= a[1].real();
    return out = first ? a[0] : a[1], true;
  }
  if (a.size() == 2 && name == "parseInt" && a[1].is_integer() && a[1].integer() >= 2 && a[1].integer() <= 36)
    return out = Value::integer(parse_whole(a[0], INT32_MIN, INT32_MAX, static_cast<int>(a[1].integer()))), true;
  return false;
}

int32_t hash_of(std::string_view text) {
  uint32_t hash = 0;
  for (const char16_t unit : to_utf16(text)) hash = hash * 31 + unit;
  return static_cast<int32_t>(hash);
}

}  // namespace

bool call_method(Heap& heap, const Value& receiver, std::string_view name, Arguments a, Value& out) {
  if (receiver.is_object() && receiver.object().call(heap, name, a, out)) return true;
  if (receiver.is_list() && call_list(heap, receiver.list(), name, a, out)) return true;
  if (receiver.is_map() && call_map(heap, receiver.map(), name, a, out)) return true;
  if (receiver.is_number() && call_number(heap, receiver, name, a, out)) return true;
  if (receiver.is_string() && call_string(heap, receiver, name, a, out)) return true;
  // What every object has.
  if (a.empty() && name == "toString") return out = heap.text(text_of(receiver)), true;
  if (a.empty() && name == "hashCode") return out = Value::integer(hash_of(text_of(receiver))), true;
  if (a.empty() && name == "booleanValue" && receiver.is_bool()) return out = receiver, true;
  if (a.size() == 1 && name == "equals") {
    const bool comparable = receiver.kind() == a[0].kind();
    return out = Value::boolean(comparable && equal(receiver, a[0])), true;
  }
  return false;
}

Value property_of(Heap& heap, const Value& receiver, std::string_view name) {
  if (receiver.is_map()) {
    const Value* found = receiver.map().find(name);
    return found ? *found : Value();
  }
  if (receiver.is_object()) return receiver.object().property(heap, name);
  if (name == "empty" && receiver.is_list()) return Value::boolean(receiver.list().items.empty());
  if (name == "empty" && receiver.is_string()) return Value::boolean(receiver.string().empty());
  return {};
}

Value index_of(Heap& heap, const Value& receiver, const Value& index) {
  if (receiver.is_list()) {
    List& list = receiver.list();
    Value at = index;
    // Velocity counts negative indexes from the end.
    if (at.is_integer() && at.integer() < 0)
      at = Value::integer(at.integer() + static_cast<int64_t>(list.items.size()));
    return list.items[list_index(at, list.items.size())];
  }
  return index.is_null() ? Value() : property_of(heap, receiver, text_of(index));
}

}  // namespace stator::vtl
