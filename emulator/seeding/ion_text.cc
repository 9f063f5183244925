#include "emulator/seeding/ion_text.h"

#include <algorithm>
#include <cstdint>

#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"
#include "protocol/value/number.h"

namespace stator::seeding {
namespace {

constexpr std::string_view kVersion = "$ion_1_0";
constexpr std::string_view kSet = "$dynamodb_";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c);
}

void append_text(std::string_view text, char quote, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += quote;
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\x";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += quote;
}

void append_name(std::string_view name, std::string& out) {
  const bool plain = !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), is_name) &&
                     name != "null" && name != "true" && name != "false" && name != "nan";
  // "$5" would be a symbol's number.
  const bool number = name.size() > 1 && name[0] == '$' && std::all_of(name.begin() + 1, name.end(), is_digit);
  if (plain && !number)
    out += name;
  else
    append_text(name, '\'', out);
}

// The digits and the power of ten without zeros at the end: 600 is 6d2, 103 is 103., 0.05 stays.
void append_decimal(std::string_view canonical, std::string& out) {
  const Number number = from_canonical(canonical);
  if (number.is_zero()) {
    out += "0.";
    return;
  }
  if (number.negative) out += '-';
  std::string digits;
  for (int i = 0; i < number.count; ++i) digits += static_cast<char>('0' + number.digits[i]);
  const int scale = number.count - number.exponent;  // digits behind the point
  if (scale < 0) {
    out += digits + "d" + std::to_string(-scale);
  } else if (scale < number.count || scale == 0) {
    out += digits.substr(0, digits.size() - static_cast<size_t>(scale)) + "." +
           digits.substr(digits.size() - static_cast<size_t>(scale));
  } else if (number.exponent - 1 >= -6) {
    out += "0." + std::string(static_cast<size_t>(-number.exponent), '0') + digits;
  } else {
    out += digits + "d-" + std::to_string(scale);
  }
}

void append_struct(const AttributeValue& map, std::string& out);

void append_ion_value(const AttributeValue& value, std::string& out) {
  switch (value.type()) {
    case AttributeValue::Type::S:
      return append_text(value.bytes(), '"', out);
    case AttributeValue::Type::N:
      return append_decimal(value.bytes(), out);
    case AttributeValue::Type::B:
      out += "{{";
      append_base64(value.bytes(), out);
      out += "}}";
      return;
    case AttributeValue::Type::M:
      return append_struct(value, out);
    case AttributeValue::Type::NULL_:
      out += "null";
      return;
    case AttributeValue::Type::BOOL:
      out += value.boolean() ? "true" : "false";
      return;
    default:
      break;
  }
  if (value.is_set()) (out += kSet).append(type_name(value.type())).append("::");
  out += '[';
  for (const AttributeValue& element : value.elements()) {
    if (&element != value.elements().data()) out += ',';
    append_ion_value(element, out);
  }
  out += ']';
}

void append_struct(const AttributeValue& map, std::string& out) {
  out += '{';
  for (const Attribute& attribute : map.attributes()) {
    if (&attribute != map.attributes().data()) out += ',';
    append_name(attribute.name, out);
    out += ':';
    append_ion_value(attribute.value, out);
  }
  out += '}';
}

struct Fault {
  std::string sentence;
};

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 63));
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

class Reader {
 public:
  explicit Reader(std::string_view line) : text_(line) {}

  void read_line(std::string& out) {
    begin_line();
    if (read_name() != "Item") fail("expected the field Item");
    take(':');
    if (peek() != '{') fail("Item is no struct");
    out += "{\"Item\":";
    read_struct(out, 0);
    out += '}';
    blanks();
    if (peek() == ',') take(',');
    take('}');
    if (at_ != text_.size()) fail("more than one value on the line");
  }

  void read_record(std::string& out) {
    begin_line();
    out += '{';
    for (bool first = true; peek() != '}'; first = false) {
      if (!first) out += ',';
      const std::string name = read_name();
      append_json_string(name, out);
      take(':');
      out += ':';
      read_field(name, out);
      blanks();
      if (peek() == '}') break;
      take(',');
    }
    out += '}';
    take('}');
    if (at_ != text_.size()) fail("more than one value on the line");
  }

 private:
  void begin_line() {
    blanks();
    while (text_.substr(at_).starts_with(kVersion)) {
      at_ += kVersion.size();
      blanks();
    }
    if (peek() != '{') fail("expected a struct");
    take('{');
  }

  // Of a record: what stands behind the field's name.
  void read_field(const std::string& name, std::string& out) {
    if (name == "Item" || name == "ExpressionAttributeValues" || name == "ExpressionAttributeNames") {
      if (peek() != '{') fail(name + " is no struct");
      return read_struct(out, 0, name == "ExpressionAttributeNames");
    }
    read_text(out);
  }
  void read_text(std::string& out) {
    if (peek() != '"') fail("expected a string");
    append_json_string(read_quoted('"'), out);
  }

  static constexpr int kDeepest = 64;  // the items themselves may be 32 deep

  [[noreturn]] void fail(const std::string& what) const {
    throw Fault{"not an item in Ion: " + what + " at byte " + std::to_string(at_ + 1)};
  }
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n\v\f").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  // That character with what is blank around it.
  void take(char c) {
    blanks();
    if (peek() != c) fail(std::string("expected ") + c);
    ++at_;
    blanks();
  }

  uint32_t hex(int digits) {
    uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const char c = peek();
      if (is_digit(c))
        code = code * 16 + static_cast<uint32_t>(c - '0');
      else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        code = code * 16 + static_cast<uint32_t>((c | 0x20) - 'a' + 10);
      else
        fail("expected a hexadecimal digit");
    }
    return code;
  }

  uint32_t escaped() {
    const char c = peek();
    ++at_;
    switch (c) {
      case '0':
        return 0;
      case 'a':
        return 7;
      case 'b':
        return 8;
      case 't':
        return 9;
      case 'n':
        return 10;
      case 'v':
        return 11;
      case 'f':
        return 12;
      case 'r':
        return 13;
      case '"':
      case '\'':
      case '\\':
      case '/':
      case '?':
        return static_cast<uint32_t>(c);
      case 'x':
        return hex(2);
      case 'U':
        return hex(8);
      case 'u':
        break;
      default:
        fail("there is no such escape");
    }
    const uint32_t code = hex(4);
    if (code < 0xD800 || code > 0xDBFF) return code;
    if (!text_.substr(at_).starts_with("\\u")) fail("half a surrogate pair");
    at_ += 2;
    const uint32_t low = hex(4);
    if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }

  std::string read_quoted(char quote) {
    std::string text;
    for (++at_; peek() != quote;) {
      if (at_ >= text_.size()) fail("the text does not end");
      if (text_[at_] != '\\') {
        text += text_[at_++];
        continue;
      }
      ++at_;
      const uint32_t code = escaped();
      if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) fail("there is no such character");
      append_utf8(code, text);
    }
    ++at_;
    return text;
  }

  std::string_view read_word() {
    const size_t from = at_;
    while (is_name(peek())) ++at_;
    return text_.substr(from, at_ - from);
  }

  std::string read_name() {
    blanks();
    if (text_.substr(at_).starts_with("'''")) fail("a long string");
    if (peek() == '"' || peek() == '\'') return read_quoted(peek());
    if (!is_letter(peek())) fail("expected a name");
    return std::string(read_word());
  }

  // The number as DynamoDB has it: "6d2" is "6e2", "103." is "103".
  std::string read_number() {
    std::string text;
    bool power = false;
    for (char c = peek(); is_digit(c) || std::string_view("+-._dD").find(c) != std::string_view::npos; c = peek()) {
      if (at_ >= text_.size()) break;
      ++at_;
      if (c == '_') continue;
      if (c == 'd' || c == 'D') {
        if (power) fail("not a number");
        power = true;
        if (text.ends_with('.')) text.pop_back();
        c = 'e';
      }
      text += c;
    }
    if (text.ends_with('.')) text.pop_back();
    if (is_letter(peek())) fail("neither a decimal nor an int");
    return text;
  }

  std::string read_blob() {
    at_ += 2;
    std::string text;
    for (blanks(); peek() != '}'; blanks()) {
      if (at_ >= text_.size() || peek() == '"' || peek() == '\'') fail("expected base64");
      text += text_[at_++];
    }
    if (!text_.substr(at_).starts_with("}}")) fail("the blob does not end");
    at_ += 2;
    return text;
  }

  // `texts`: the values are strings, and stand without their type.
  void read_struct(std::string& out, int depth, bool texts = false) {
    out += '{';
    take('{');
    for (bool first = true; peek() != '}'; first = false) {
      if (!first) out += ',';
      append_json_string(read_name(), out);
      take(':');
      out += ':';
      if (texts)
        read_text(out);
      else
        read_value(out, depth + 1);
      blanks();
      if (peek() == '}') break;
      take(',');
    }
    ++at_;
    out += '}';
  }

  void read_list(std::string& out, std::string_view set, int depth) {
    out += '[';
    take('[');
    for (bool first = true; peek() != ']'; first = false) {
      if (!first) out += ',';
      if (set.empty())
        read_value(out, depth + 1);
      else
        read_member(out, set);
      blanks();
      if (peek() == ']') break;
      take(',');
    }
    ++at_;
    out += ']';
  }

  // Of a set: its text, which stands without its type.
  void read_member(std::string& out, std::string_view set) {
    if (set == "SS" && peek() == '"')
      append_json_string(read_quoted('"'), out);
    else if (set == "NS" && (is_digit(peek()) || peek() == '-'))
      append_json_string(read_number(), out);
    else if (set == "BS" && text_.substr(at_).starts_with("{{"))
      append_json_string(read_blob(), out);
    else
      fail("no value for a set of that type");
  }

  void read_value(std::string& out, int depth) {
    if (depth > kDeepest) fail("nested too deeply");
    blanks();
    const char c = peek();
    if (c == '"') return read_scalar("S", read_quoted('"'), out);
    if (is_digit(c) || c == '-') return read_scalar("N", read_number(), out);
    if (text_.substr(at_).starts_with("{{")) return read_scalar("B", read_blob(), out);
    if (c == '{') {
      out += "{\"M\":";
      read_struct(out, depth);
    } else if (c == '[') {
      out += "{\"L\":";
      read_list(out, {}, depth);
    } else {
      read_worded(out, depth);
    }
    out += '}';
  }

  static void read_scalar(std::string_view type, const std::string& text, std::string& out) {
    out += "{\"";
    out += type;
    out += "\":";
    append_json_string(text, out);
    out += '}';
  }

  // null, a boolean, or a set behind its annotation; what closes the value is the caller's to write.
  void read_worded(std::string& out, int depth) {
    const bool quoted = peek() == '\'';
    const std::string word = is_letter(peek()) || quoted ? read_name() : std::string();
    if (word.starts_with(kSet)) {
      const std::string type = word.substr(kSet.size());
      if (type != "SS" && type != "NS" && type != "BS") fail("there is no such annotation");
      blanks();
      if (!text_.substr(at_).starts_with("::")) fail("expected ::");
      at_ += 2;
      blanks();
      if (peek() != '[') fail("a set is a list");
      out += "{\"" + type + "\":";
      return read_list(out, type, depth);
    }
    if (!quoted && word == "null" && peek() != '.')
      out += "{\"NULL\":true";
    else if (!quoted && (word == "true" || word == "false"))
      out += "{\"BOOL\":" + word;
    else
      fail("no value of an item");
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

void append_ion_item(const Item& item, std::string& out) {
  out += kVersion;
  out += " {Item:";
  append_struct(item, out);
  out += '}';
}

std::string ion_to_json(std::string_view line, std::string& out) {
  try {
    Reader(line).read_line(out);
  } catch (const Fault& fault) {
    return fault.sentence;
  }
  return {};
}

std::string ion_record_to_json(std::string_view line, std::string& out) {
  try {
    Reader(line).read_record(out);
  } catch (const Fault& fault) {
    return fault.sentence;
  }
  return {};
}

}  // namespace stator::seeding
