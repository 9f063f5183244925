// Appends JSON to a string: no tree, no copy. Commas are the writer's business; the caller keeps the nesting right.
//
//   JsonWriter w(out);
//   w.begin_object().key("Count").integer(3).key("Items").begin_array() ... .end_array().end_object();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stator {

// Appends `text` as a quoted JSON string. Bytes that are not UTF-8 cannot be here (the parser refused them).
void append_json_string(std::string_view text, std::string& out);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name) {
    comma();
    append_json_string(name, out_);
    out_ += ':';
    fresh_ = true;
    return *this;
  }
  JsonWriter& string(std::string_view text) {
    comma();
    append_json_string(text, out_);
    return *this;
  }
  JsonWriter& integer(int64_t value);
  JsonWriter& real(
      double value);  // shortest text that reads back the same; whole numbers as "1.0", as the service writes units
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // `json` is one complete value, written as it stands: how stored items reach an answer.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  // Where raw text may be appended by the caller as the next value.
  std::string& next() {
    comma();
    return out_;
  }

 private:
  JsonWriter& open(char bracket) {
    comma();
    out_ += bracket;
    fresh_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    fresh_ = false;
    return *this;
  }
  void comma() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }

  std::string& out_;
  bool fresh_ = true;
};

}  // namespace stator
