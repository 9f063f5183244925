#include "emulator/gateway/vtl/api_objects.h"

#include <optional>

#include "emulator/gateway/vtl/java_string.h"
#include "emulator/gateway/vtl/json_path.h"
#include "protocol/value/base64.h"

namespace stator::vtl {
namespace {

using Arguments = std::span<const Value>;

Value parse_strictly(std::string_view text, Heap& heap) {
  heap.charge(text.size());
  Arena arena;
  const JsonParse parsed = parse_json(text, arena);
  if (parsed.fault != JsonFault::kNone)
    throw TemplateError("not JSON at byte " + std::to_string(parsed.offset) + ": \"" + std::string(text.substr(0, 40)) +
                        "\"");
  return value_of(parsed.root, heap);
}

Map* map_of(const Parameters& parameters, Heap& heap) {
  Map* map = heap.make_map();
  for (const auto& [name, value] : parameters) heap.put(*map, name, heap.text(value));
  return map;
}

class Input final : public Object {
 public:
  explicit Input(Payload payload) : payload_(std::move(payload)) {}

  Value property(Heap& heap, std::string_view name) override {
    return name == "body" ? heap.text(payload_.body) : Value();
  }

  bool call(Heap& heap, std::string_view method, Arguments a, Value& out) override {
    if (method == "params" && a.empty()) return out = all_parameters(heap), true;
    if (method == "getBody" && a.empty()) return out = heap.text(payload_.body), true;
    if (a.size() != 1) return false;
    if (method == "params") return out = parameter(text_of(a[0]), heap), true;
    if (method != "path" && method != "json") return false;
    const std::string path = text_of(a[0]);
    if (!root_) root_ = parse_body(payload_.body, heap);
    // A request without a body is an empty object, as far as $input.json('$') goes.
    const bool empty = payload_.body.empty();
    const std::optional<Value> found = empty && path != "$" ? std::nullopt : JsonPath::parse(path).read(*root_, heap);
    if (method == "path")
      out = found && !empty ? *found : Value();
    else
      out = heap.text(empty && found ? "{}" : found ? json_of(*found) : "\"\"");
    return true;
  }

 private:
  Map* headers(Heap& heap) const {
    Map* map = map_of(payload_.header, heap);
    map->ignore_case = true;
    return map;
  }

  Value all_parameters(Heap& heap) const {
    Map* map = heap.make_map();
    heap.put(*map, "path", Value::map(map_of(payload_.path, heap)));
    heap.put(*map, "querystring", Value::map(map_of(payload_.query, heap)));
    heap.put(*map, "header", Value::map(headers(heap)));
    return Value::map(map);
  }

  Value parameter(const std::string& name, Heap& heap) const {
    for (const Parameters* place : {&payload_.path, &payload_.query})
      for (const auto& [key, value] : *place)
        if (key == name) return heap.text(value);
    const Value* header = headers(heap)->find(name);
    return header ? *header : heap.text({});
  }

  Payload payload_;
  std::optional<Value> root_;
};

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '-' || c == '*' || c == '_';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
  return out;
}

std::string url_decode(std::string_view text) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1, low = high < 0 ? -1 : digit(text[i + 2]);
      if (low < 0) throw TemplateError("urlDecode: a % is followed by no two hexadecimal digits");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Util final : public Object {
 public:
  bool call(Heap& heap, std::string_view method, Arguments a, Value& out) override {
    if (a.size() != 1) return false;
    if (method == "parseJson") return out = parse_strictly(text_of(a[0]), heap), true;
    const std::string text = a[0].is_null() ? "" : text_of(a[0]);
    std::string result;
    if (method == "escapeJavaScript")
      result = escape_javascript(text);
    else if (method == "urlEncode")
      result = url_encode(text);
    else if (method == "urlDecode")
      result = to_utf8(to_utf16(url_decode(text)));
    else if (method == "base64Encode")
      append_base64(text, result);
    else if (method == "base64Decode")
      result = to_utf8(to_utf16(decode_base64_loosely(text)));  // what is no text becomes one, as in Java
    else
      return false;
    out = heap.text(std::move(result));
    return true;
  }
};

}  // namespace

Value make_input(Heap& heap, Payload payload) {
  return Value::object(heap.make<Input>(std::move(payload)));
}

Value make_util(Heap& heap) {
  return Value::object(heap.make<Util>());
}

Value parse_body(std::string_view body, Heap& heap) {
  heap.charge(body.size());
  Arena arena;
  const JsonParse parsed = parse_json(body, arena);
  if (parsed.fault == JsonFault::kNone) return value_of(parsed.root, heap);
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (body[first] == '{' || body[first] == '['))
    throw TemplateError("the body is not JSON at byte " + std::to_string(parsed.offset));
  return heap.text(std::string(body));
}

std::string decode_base64_loosely(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/')
      clean += c;
    else if (c == '-' || c == '_')
      clean += c == '-' ? '+' : '/';
    else if (c == '=')
      break;
  }
  if (clean.size() % 4 == 1) clean.pop_back();
  // Bits beyond the last whole byte are dropped.
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!clean.empty() && clean.size() % 4 != 0) {
    const size_t value = kAlphabet.find(clean.back());
    clean.back() = kAlphabet[value & (clean.size() % 4 == 2 ? 0x30u : 0x3Cu)];
  }
  while (clean.size() % 4 != 0) clean += '=';
  Arena arena;
  const std::optional<std::string_view> decoded = decode_base64(clean, arena);
  return decoded ? std::string(*decoded) : std::string();
}

std::string escape_javascript(std::string_view text) {
  std::string out;
  for (const char16_t c : to_utf16(text)) {
    switch (c) {
      case u'\'':
      case u'"':
      case u'\\':
      case u'/':
        out += '\\';
        out += static_cast<char>(c);
        continue;
      case u'\b':
        out += "\\b";
        continue;
      case u'\n':
        out += "\\n";
        continue;
      case u'\t':
        out += "\\t";
        continue;
      case u'\f':
        out += "\\f";
        continue;
      case u'\r':
        out += "\\r";
        continue;
      default:
        break;
    }
    if (c >= 0x20 && c < 0x7F) {
      out += static_cast<char>(c);
      continue;
    }
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789ABCDEF"[(c >> shift) & 15];
  }
  return out;
}

}  // namespace stator::vtl
