#include "emulator/seeding/json_values.h"

#include <algorithm>

#include "emulator/seeding/seed_error.h"

namespace stator::seeding {
namespace {

// An item has 400 KB; its text may be some times that, escaped.
constexpr size_t kMaxValue = 16 << 20;

bool is_blank(int c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

JsonValues::JsonValues(InputFile& file, std::string_view table, bool lines, bool documents)
    : text_(file), table_(table), documents_(documents), form_(lines ? Form::kLines : Form::kUnknown) {}

void JsonValues::fail(int64_t line, const std::string& sentence) const {
  throw SeedError(text_.file().path(), line, sentence);
}

int JsonValues::skip_blanks() {
  while (is_blank(text_.peek())) text_.get();
  return text_.peek();
}

void JsonValues::append(std::string& value, int64_t line) {
  value += static_cast<char>(text_.get());
  if (value.size() > kMaxValue) fail(line, "a JSON value of more than 16 MB begins here: no item is that large");
}

// Appends the value that begins at the next byte, or the rest of one of which `depth` brackets are open. Only its
// extent is found: brackets are counted, strings passed over.
void JsonValues::read_value(std::string& value, int64_t line, int depth) {
  for (bool in_string = false;;) {
    const int c = text_.peek();
    if (c < 0) {
      if (depth > 0 || in_string) fail(line, "the JSON value that begins here has no end");
      return;
    }
    if (in_string) {
      append(value, line);
      if (c == '\\' && text_.peek() >= 0) append(value, line);
      if (c == '"') in_string = false;
      if (!in_string && depth == 0) return;
      continue;
    }
    const bool ends = c == ',' || c == ']' || c == '}' || is_blank(c);
    if (depth == 0 && ends) return;  // a number or a word
    append(value, line);
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return;
  }
}

bool JsonValues::next_line(std::string& value, int64_t& line) {
  while (true) {
    line = text_.line();
    if (text_.peek() < 0) return false;
    for (std::string_view piece = text_.at_hand(); !piece.empty(); piece = text_.at_hand()) {
      const size_t length = std::min(piece.find('\n'), piece.size());
      if (value.size() + length > kMaxValue) fail(line, "a line of more than 16 MB: no item is that large");
      value += piece.substr(0, length);
      const bool ended = length < piece.size();
      text_.take(length);
      if (ended) {
        text_.get();
        break;
      }
    }
    while (!value.empty() && is_blank(value.back())) value.pop_back();
    if (!value.empty()) return true;
  }
}

// Behind '[' or an element: the next element, or false behind ']'.
bool JsonValues::next_element(std::string& value, int64_t& line) {
  int c = skip_blanks();
  if (c < 0) fail(text_.line(), "the JSON array has no end");
  if (c == ']') {
    text_.get();
    return false;
  }
  if (!first_) {
    if (c != ',') fail(text_.line(), "expected , or ] behind an element of the JSON array");
    text_.get();
    c = skip_blanks();
  }
  first_ = false;
  line = text_.line();
  read_value(value, line);
  if (value.empty()) fail(line, "expected a JSON value");
  return true;
}

// A member's name, its colon included.
std::string JsonValues::read_name() {
  const int64_t line = text_.line();
  std::string name;
  if (skip_blanks() != '"') fail(line, "expected a member's name");
  read_value(name, line);
  if (skip_blanks() != ':') fail(text_.line(), "expected : behind a member's name");
  text_.get();
  return name.substr(1, name.size() - 2);
}

// At '{': reads on as far as it takes to tell a document from a value. What was read of a value, or of the document's
// first element, is in `value`; the brackets open in it are returned.
int JsonValues::begin_object(std::string& value, int64_t line) {
  form_ = Form::kValues;
  const auto next_token = [&] {
    while (is_blank(text_.peek())) append(value, line);
    return text_.peek();
  };
  append(value, line);
  if (!documents_ || next_token() != '"') return 1;
  const size_t name_at = value.size();
  read_value(value, line);
  const std::string name = value.substr(name_at);
  if (next_token() != ':') return 1;
  append(value, line);
  if (next_token() != '[') return 1;
  append(value, line);
  if (name == "\"Items\"") {
    form_ = Form::kDocument;
    value.clear();
    return 0;
  }
  if (next_token() != '{') return 2;
  const size_t element_at = value.size();
  append(value, line);
  if (next_token() != '"') return 3;
  const size_t inner_at = value.size();
  read_value(value, line);
  const std::string inner = value.substr(inner_at);
  if (inner != "\"PutRequest\"" && inner != "\"DeleteRequest\"") return 3;
  if (name != '"' + table_ + '"') fail(line, "these are items of " + name + ", not of table " + table_);
  form_ = Form::kDocument;
  value.erase(0, element_at);
  return 1;
}

bool JsonValues::next_in_document(std::string& value, int64_t& line) {
  if (in_list_) {
    if (next_element(value, line)) return true;
    in_list_ = false;
  }
  while (true) {
    int c = skip_blanks();
    if (c == ',') {
      text_.get();
      c = skip_blanks();
    }
    if (c < 0) fail(text_.line(), "the JSON document has no end");
    if (c == '}') {
      text_.get();
      if (skip_blanks() >= 0) fail(text_.line(), "unexpected text behind the JSON document");
      form_ = Form::kDone;
      return false;
    }
    line = text_.line();
    const std::string name = read_name();
    // Count, ScannedCount and the like follow Items; a request may name other tables too, which would be lost here.
    if (skip_blanks() == '[') fail(line, "\"" + name + "\" is another list of items than that of table " + table_);
    std::string passed_over;
    read_value(passed_over, line);
  }
}

// The first value, and with it the form. What is no more than a beginning (of an array, of a document) leaves `value`
// empty.
void JsonValues::begin(std::string& value, int64_t line) {
  const int c = text_.peek();
  if (c == '[') {
    text_.get();
    form_ = Form::kArray;
    return;
  }
  int depth = 0;
  if (c == '{') depth = begin_object(value, line);
  if (form_ == Form::kDocument) {
    in_list_ = true;
    first_ = value.empty();
    if (!value.empty()) read_value(value, line, depth);
    return;
  }
  form_ = Form::kValues;
  read_value(value, line, depth);
  if (value.empty()) fail(line, "expected a JSON value");
  // A value a line, if this one is.
  while (text_.peek() == ' ' || text_.peek() == '\t' || text_.peek() == '\r') text_.get();
  if (text_.line() == line && text_.peek() == '\n') form_ = Form::kLines;
}

bool JsonValues::next(std::string& value, int64_t& line) {
  value.clear();
  if (form_ == Form::kLines) return next_line(value, line);
  if (form_ == Form::kUnknown) {
    if (skip_blanks() < 0) return false;
    line = text_.line();
    begin(value, line);
    if (!value.empty()) return true;
  }
  switch (form_) {
    case Form::kArray:
      if (next_element(value, line)) return true;
      if (skip_blanks() >= 0) fail(text_.line(), "unexpected text behind the JSON array");
      form_ = Form::kDone;
      return false;
    case Form::kDocument:
      return next_in_document(value, line);
    case Form::kValues:
      if (skip_blanks() < 0) return false;
      line = text_.line();
      read_value(value, line);
      if (value.empty()) fail(line, "expected a JSON value");
      return true;
    case Form::kUnknown:
    case Form::kLines:
    case Form::kDone:
      break;
  }
  return false;
}

}  // namespace stator::seeding
