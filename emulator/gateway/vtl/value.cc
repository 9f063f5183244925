#include "emulator/gateway/vtl/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace stator::vtl {
namespace {

constexpr int kMaxDepth = 600;
constexpr size_t kSmallMap = 8;
// A list that holds one other many times over is small, and its text is not.
constexpr size_t kMaxText = 16u << 20;
constexpr int kMaxCompared = 1'000'000;

void check_depth(int depth) {
  if (depth > kMaxDepth) throw TemplateError("a value is nested too deeply");
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

void check_size(const std::string& out) {
  if (out.size() > kMaxText) throw TemplateError("a value's text is too long");
}

void append_unicode(uint32_t unit, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789ABCDEF"[(unit >> shift) & 15];
}

// Quotes as json-smart does: controls, U+007F to U+009F and U+2000 to U+20FF as \uXXXX, '/' only where it protects
// against being embedded in a page.
void append_quoted(std::string_view text, bool escape_slash, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    switch (c) {
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case '\b':
        out += "\\b";
        continue;
      case '\f':
        out += "\\f";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '/':
        out += escape_slash ? "\\/" : "/";
        continue;
      default:
        break;
    }
    if (c < 0x20 || c == 0x7F) {
      append_unicode(c, out);
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) <= 0x9F) {
      append_unicode(static_cast<unsigned char>(text[++i]), out);
    } else if (c == 0xE2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) <= 0x83) {
      const uint32_t high = static_cast<unsigned char>(text[i + 1]) & 0x3Fu;
      const uint32_t low = static_cast<unsigned char>(text[i + 2]) & 0x3Fu;
      append_unicode(0x2000u | (high << 6) | low, out);
      i += 2;
    } else {
      out += text[i];
    }
  }
  out += '"';
}

void append_text(const Value& value, std::string& out, int depth);

void append_json_text(const Value& value, bool escape_slash, std::string& out, int depth) {
  check_depth(depth);
  switch (value.kind()) {
    case Value::Kind::kString:
      append_quoted(value.string(), escape_slash, out);
      return;
    case Value::Kind::kList:
      out += '[';
      for (size_t i = 0; i < value.list().items.size(); ++i) {
        if (i) out += ',';
        append_json_text(value.list().items[i], escape_slash, out, depth + 1);
        check_size(out);
      }
      out += ']';
      return;
    case Value::Kind::kMap:
      out += '{';
      for (size_t i = 0; i < value.map().entries.size(); ++i) {
        if (i) out += ',';
        append_quoted(value.map().entries[i].first, escape_slash, out);
        out += ':';
        append_json_text(value.map().entries[i].second, escape_slash, out, depth + 1);
        check_size(out);
      }
      out += '}';
      return;
    case Value::Kind::kObject:
      append_quoted(value.object().text(), escape_slash, out);
      return;
    case Value::Kind::kDouble:
      out += std::isfinite(value.real()) ? java_double(value.real()) : "null";
      return;
    default:
      append_text(value, out, depth);
  }
}

void append_text(const Value& value, std::string& out, int depth) {
  check_depth(depth);
  switch (value.kind()) {
    case Value::Kind::kNull:
      out += "null";
      return;
    case Value::Kind::kBool:
      out += value.boolean() ? "true" : "false";
      return;
    case Value::Kind::kInteger:
      out += std::to_string(value.integer());
      return;
    case Value::Kind::kDouble:
      out += java_double(value.real());
      return;
    case Value::Kind::kBig:
    case Value::Kind::kString:
      out += value.string();
      return;
    case Value::Kind::kList:
      if (value.list().json) return append_json_text(value, true, out, depth);
      out += '[';
      for (size_t i = 0; i < value.list().items.size(); ++i) {
        if (i) out += ", ";
        append_text(value.list().items[i], out, depth + 1);
        check_size(out);
      }
      out += ']';
      return;
    case Value::Kind::kMap:
      out += '{';
      for (size_t i = 0; i < value.map().entries.size(); ++i) {
        if (i) out += ", ";
        out += value.map().entries[i].first;
        out += '=';
        append_text(value.map().entries[i].second, out, depth + 1);
        check_size(out);
      }
      out += '}';
      return;
    case Value::Kind::kObject:
      out += value.object().text();
      return;
  }
}

bool equal_at(const Value& a, const Value& b, int depth, int& left) {
  check_depth(depth);
  if (left-- <= 0) throw TemplateError("the values are too large to be compared");
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.integer() == b.integer();
    if (a.kind() == Value::Kind::kBig && b.kind() == Value::Kind::kBig) return a.string() == b.string();
    return a.real() == b.real();
  }
  if (a.kind() == b.kind()) {
    if (a.is_bool()) return a.boolean() == b.boolean();
    if (a.is_string()) return a.string() == b.string();
    if (a.is_object()) return &a.object() == &b.object();
    if (a.is_list()) {
      const auto &mine = a.list().items, &theirs = b.list().items;
      if (mine.size() != theirs.size()) return false;
      for (size_t i = 0; i < mine.size(); ++i)
        if (!equal_at(mine[i], theirs[i], depth + 1, left)) return false;
      return true;
    }
    if (a.map().entries.size() != b.map().entries.size()) return false;
    for (const auto& [key, value] : a.map().entries) {
      const Value* other = b.map().find(key);
      if (!other || !equal_at(value, *other, depth + 1, left)) return false;
    }
    return true;
  }
  return text_of(a) == text_of(b);
}

}  // namespace

Value Value::boolean(bool value) {
  Value out;
  out.kind_ = Kind::kBool;
  out.integer_ = value;
  return out;
}

Value Value::integer(int64_t value) {
  Value out;
  out.kind_ = Kind::kInteger;
  out.integer_ = value;
  return out;
}

Value Value::real(double value) {
  Value out;
  out.kind_ = Kind::kDouble;
  out.real_ = value;
  return out;
}

Value Value::list(List* list) {
  Value out;
  out.kind_ = Kind::kList;
  out.list_ = list;
  return out;
}

Value Value::map(Map* map) {
  Value out;
  out.kind_ = Kind::kMap;
  out.map_ = map;
  return out;
}

Value Value::object(Object* object) {
  Value out;
  out.kind_ = Kind::kObject;
  out.object_ = object;
  return out;
}

double Value::real() const {
  if (kind_ == Kind::kInteger) return static_cast<double>(integer_);
  if (kind_ == Kind::kBig) return std::strtod(text_->c_str(), nullptr);
  return real_;
}

Value* Map::find(std::string_view key) {
  if (entries.size() > kSmallMap) {
    const auto found = index_.find(std::string(key));
    if (found != index_.end()) return &entries[found->second].second;
  } else {
    for (auto& [name, value] : entries)
      if (name == key) return &value;
  }
  if (!ignore_case) return nullptr;
  for (auto& [name, value] : entries)
    if (equal_ignoring_case(name, key)) return &value;
  return nullptr;
}

void Map::put(std::string_view key, Value value) {
  if (Value* there = find(key)) {
    if (write_once) throw TemplateError("\"" + std::string(key) + "\" is overridden twice");
    *there = std::move(value);
    return;
  }
  entries.emplace_back(std::string(key), std::move(value));
  if (entries.size() <= kSmallMap) return;
  for (size_t i = index_.size(); i < entries.size(); ++i) index_.emplace(entries[i].first, i);
}

bool Map::remove(std::string_view key) {
  for (auto at = entries.begin(); at != entries.end(); ++at) {
    if (at->first != key) continue;
    entries.erase(at);
    index_.clear();
    if (entries.size() > kSmallMap)
      for (size_t i = 0; i < entries.size(); ++i) index_.emplace(entries[i].first, i);
    return true;
  }
  return false;
}

void Map::clear() {
  entries.clear();
  index_.clear();
}

bool Object::call(Heap&, std::string_view, std::span<const Value>, Value&) {
  return false;
}

Value Object::property(Heap&, std::string_view) {
  return {};
}

void Heap::charge(size_t bytes) {
  if (bytes > left_) throw TemplateError("the template needs too much memory");
  left_ -= bytes;
}

void Heap::check_time() const {
  if (std::chrono::steady_clock::now() > deadline_) throw TemplateError("the template takes too long");
}

Value Heap::text(std::string value) {
  charge(value.size() + 64);
  Value out;
  out.kind_ = Value::Kind::kString;
  out.text_ = std::make_shared<const std::string>(std::move(value));
  return out;
}

Value Heap::big(std::string_view digits) {
  Value out = text(std::string(digits));
  out.kind_ = Value::Kind::kBig;
  return out;
}

List* Heap::make_list(bool json) {
  charge(sizeof(List));
  lists_.push_back(std::make_unique<List>());
  lists_.back()->json = json;
  return lists_.back().get();
}

Map* Heap::make_map() {
  charge(sizeof(Map));
  maps_.push_back(std::make_unique<Map>());
  return maps_.back().get();
}

void Heap::append(List& list, Value value) {
  charge(sizeof(Value));
  list.items.push_back(std::move(value));
}

void Heap::put(Map& map, std::string_view key, Value value) {
  charge(sizeof(Value) + key.size() + 32);
  map.put(key, std::move(value));
}

std::string text_of(const Value& value) {
  std::string out;
  append_text(value, out, 0);
  return out;
}

std::string json_of(const Value& value) {
  std::string out;
  append_json_text(value, false, out, 0);
  return out;
}

std::string java_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  const double size = std::fabs(value);
  char buffer[64];
  if (size >= 1e-3 && size < 1e7) {
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
    std::string out(buffer, end);
    return out.find('.') == std::string::npos ? out + ".0" : out;
  }
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = text.find('e');
  std::string out(text.substr(0, mark));
  if (out.find('.') == std::string::npos) out += ".0";
  std::string_view exponent = text.substr(mark + 1);
  out += 'E';
  if (exponent.front() == '-') out += '-';
  exponent.remove_prefix(1);  // to_chars always writes a sign
  while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
  return out += exponent;
}

Value number_of(std::string_view text, Heap& heap) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc() && end == text.data() + text.size()) return Value::integer(whole);
    return heap.big(text);
  }
  return Value::real(std::strtod(std::string(text).c_str(), nullptr));
}

Value value_of(const JsonValue& json, Heap& heap) {
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      return {};
    case JsonValue::Kind::kFalse:
      return Value::boolean(false);
    case JsonValue::Kind::kTrue:
      return Value::boolean(true);
    case JsonValue::Kind::kNumber:
      return number_of(json.text(), heap);
    case JsonValue::Kind::kString:
      return heap.text(std::string(json.text()));
    case JsonValue::Kind::kArray: {
      List* list = heap.make_list(true);
      for (const JsonValue& each : json.elements()) heap.append(*list, value_of(each, heap));
      return Value::list(list);
    }
    case JsonValue::Kind::kObject: {
      Map* map = heap.make_map();
      for (const JsonMember& each : json.members()) heap.put(*map, each.name, value_of(each.value, heap));
      return Value::map(map);
    }
  }
  return {};
}

bool equal(const Value& a, const Value& b) {
  int left = kMaxCompared;
  return equal_at(a, b, 0, left);
}

}  // namespace stator::vtl
