#include "protocol/json/item_codec.h"

#include <cstring>
#include <stdexcept>
#include <vector>

#include "protocol/json/plain_run.h"
#include "protocol/value/base64.h"

namespace stator {

namespace {

using Type = AttributeValue::Type;

[[noreturn]] void corrupt() {
  throw std::runtime_error("a stored item is not what was written: the data file is corrupt");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Elements of collections that are not closed yet; each keeps its room from item to item.
struct Waiting {
  std::vector<AttributeValue> values;
  std::vector<Attribute> attributes;
};

// A recursive descent over the text that append_item writes, and nothing wider.
class Decoder {
 public:
  Decoder(std::string_view stored, Arena& arena, Waiting& waiting)
      : at_(stored.data()), end_(stored.data() + stored.size()), arena_(arena), waiting_(waiting) {}

  const char* position() const { return at_; }

  // Calls visit(name, start of the name's text) for each attribute; visit must consume the value, and gives false to
  // stop.
  template <typename Visit>
  void each_attribute(Visit&& visit) {
    expect('{');
    if (take('}')) return;
    do {
      const char* start = at_;
      std::string_view name = string();
      expect(':');
      if (!visit(name, start)) return;
    } while (take(','));
    expect('}');
  }

  AttributeValue map() {
    size_t base = waiting_.attributes.size();
    each_attribute([&](std::string_view name, const char*) {
      AttributeValue decoded = value();
      waiting_.attributes.push_back({name, decoded});
      return true;
    });
    std::span<const Attribute> mine(waiting_.attributes.data() + base, waiting_.attributes.size() - base);
    AttributeValue result = AttributeValue::map(arena_.copy(mine));
    waiting_.attributes.resize(base);
    return result;
  }

  AttributeValue value() {
    AttributeValue result;
    expect('{');
    expect('"');
    const char* name = at_;
    while (at_ < end_ && *at_ != '"') ++at_;
    Type type;
    if (!type_from_name({name, static_cast<size_t>(at_ - name)}, type)) corrupt();
    expect('"');
    expect(':');
    switch (type) {
      case Type::S:
      case Type::N:
      case Type::B:
        result = scalar(type);
        break;
      case Type::SS:
        result = collection(type, [&] { return scalar(Type::S); });
        break;
      case Type::NS:
        result = collection(type, [&] { return scalar(Type::N); });
        break;
      case Type::BS:
        result = collection(type, [&] { return scalar(Type::B); });
        break;
      case Type::L:
        enter();
        result = collection(type, [&] { return value(); });
        --depth_;
        break;
      case Type::M:
        enter();
        result = map();
        --depth_;
        break;
      case Type::NULL_:
        word("true");
        break;
      case Type::BOOL: {
        bool truth = at_ < end_ && *at_ == 't';
        word(truth ? "true" : "false");
        result = AttributeValue::boolean(truth);
        break;
      }
    }
    expect('}');
    return result;
  }

  // Passes over a value without looking inside its strings.
  void skip_value() {
    // Three out of four values are {"S":"..."} or {"N":"..."}.
    if (end_ - at_ > 6 && at_[3] == '"' && at_[5] == '"') {
      at_ += 6;
      skip_string_body();
      expect('}');
      return;
    }
    size_t open = 0;
    do {
      if (at_ == end_) corrupt();
      char c = *at_++;
      if (c == '"') {
        skip_string_body();
      } else if (c == '{' || c == '[') {
        ++open;
      } else if (c == '}' || c == ']') {
        --open;
      }
    } while (open > 0);
  }

  void expect_end() const {
    if (at_ != end_) corrupt();
  }

 private:
  // Deeper than any item that could have been written: the text is not ours.
  static constexpr size_t kMaxDepth = 256;

  void enter() {
    if (++depth_ > kMaxDepth) corrupt();
  }
  void expect(char c) {
    if (at_ == end_ || *at_ != c) corrupt();
    ++at_;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void word(std::string_view text) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).substr(0, text.size()) != text) corrupt();
    at_ += text.size();
  }

  void skip_string_body() {
    for (;;) {
      at_ = end_of_plain_run(at_, end_);
      if (end_ - at_ < 2) corrupt();  // the quote is never the last byte of an item
      char c = *at_++;
      if (c == '"') return;
      if (c != '\\') corrupt();
      ++at_;  // what is escaped; the digits of \u00XX are no quotes
    }
  }

  std::string_view string() {
    expect('"');
    const char* start = at_;
    const char* plain = end_of_plain_run(at_, end_);
    if (plain != end_ && *plain == '"') {
      at_ = plain + 1;
      return {start, static_cast<size_t>(plain - start)};
    }
    at_ = plain;
    skip_string_body();
    return unescape({start, static_cast<size_t>(at_ - 1 - start)}, static_cast<size_t>(plain - start));
  }

  // `text` has its first backslash at `first`; unescaped it is never longer.
  std::string_view unescape(std::string_view text, size_t first) {
    char* out = arena_.array<char>(text.size());
    std::memcpy(out, text.data(), first);
    size_t written = first;
    for (size_t i = first; i < text.size(); ++i) {
      if (text[i] != '\\') {
        out[written++] = text[i];
        continue;
      }
      char c = text[++i];  // the scan saw to it that something follows
      switch (c) {
        case 'b':
          c = '\b';
          break;
        case 'f':
          c = '\f';
          break;
        case 'n':
          c = '\n';
          break;
        case 'r':
          c = '\r';
          break;
        case 't':
          c = '\t';
          break;
        case 'u': {
          if (text.size() - i < 5 || text[i + 1] != '0' || text[i + 2] != '0') corrupt();
          int high = hex_digit(text[i + 3]);
          int low = hex_digit(text[i + 4]);
          if (high < 0 || low < 0) corrupt();
          c = static_cast<char>(high * 16 + low);
          i += 4;
          break;
        }
        case '"':
        case '\\':
          break;
        default:
          corrupt();
      }
      out[written++] = c;
    }
    return {out, written};
  }

  AttributeValue scalar(Type type) {
    std::string_view text = string();
    if (type == Type::S) return AttributeValue::string(text);
    if (type == Type::N) {
      if (!is_canonical_number(text)) corrupt();
      return AttributeValue::number(text);
    }
    auto bytes = decode_base64(text, arena_);
    if (!bytes) corrupt();
    return AttributeValue::binary(*bytes);
  }

  template <typename Next>
  AttributeValue collection(Type type, Next&& next) {
    size_t base = waiting_.values.size();
    expect('[');
    if (!take(']')) {
      do {
        AttributeValue element = next();
        waiting_.values.push_back(element);
      } while (take(','));
      expect(']');
    }
    std::span<const AttributeValue> mine(waiting_.values.data() + base, waiting_.values.size() - base);
    AttributeValue result = AttributeValue::collection(type, arena_.copy(mine));
    waiting_.values.resize(base);
    return result;
  }

  const char* at_;
  const char* const end_;
  Arena& arena_;
  Waiting& waiting_;
  size_t depth_ = 0;
};

// One per thread, so that a page of small items costs no allocation. A corrupt item may have left something on it.
Waiting& fresh_waiting() {
  thread_local Waiting waiting;
  waiting.values.clear();
  waiting.attributes.clear();
  return waiting;
}

// Walks the attributes of `stored` beside the sorted `names`, calling found(name, start, decoder) for each that is in
// both; it must consume the value. Stops behind the last name: what follows sorts after it.
template <typename Found>
void each_named(std::string_view stored, std::span<const std::string_view> names, Arena& arena, Found&& found) {
  if (names.empty()) return;
  Decoder decoder(stored, arena, fresh_waiting());
  size_t wanted = 0;
  decoder.each_attribute([&](std::string_view name, const char* start) {
    int order = -1;
    while (wanted < names.size() && (order = names[wanted].compare(name)) < 0) ++wanted;
    if (wanted == names.size()) return false;
    if (order > 0) {
      decoder.skip_value();
      return true;
    }
    found(name, start, decoder);
    return ++wanted < names.size();
  });
}

}  // namespace

void encode_item(const Item& item, std::string& out) {
  append_item(item, out);
}

Item decode_item(std::string_view stored, Arena& arena) {
  Decoder decoder(stored, arena, fresh_waiting());
  Item item = decoder.map();
  decoder.expect_end();
  return item;
}

const AttributeValue* decode_attribute(std::string_view stored, std::string_view name, Arena& arena) {
  AttributeValue* result = nullptr;
  each_named(stored, {&name, 1}, arena, [&](std::string_view, const char*, Decoder& decoder) {
    result = new (arena.array<AttributeValue>(1)) AttributeValue(decoder.value());
  });
  return result;
}

Item decode_attributes(std::string_view stored, std::span<const std::string_view> names, Arena& arena) {
  std::span<Attribute> attributes = arena.make<Attribute>(names.size());
  size_t count = 0;
  each_named(stored, names, arena, [&](std::string_view name, const char*, Decoder& decoder) {
    attributes[count++] = {name, decoder.value()};
  });
  return AttributeValue::map(attributes.first(count));
}

void project_item(std::string_view stored, std::span<const std::string_view> names, std::string& out) {
  Arena arena(256);
  char before = '{';
  each_named(stored, names, arena, [&](std::string_view, const char* start, Decoder& decoder) {
    decoder.skip_value();
    out += before;
    out.append(start, decoder.position());
    before = ',';
  });
  out += before == '{' ? "{}" : "}";
}

}  // namespace stator
