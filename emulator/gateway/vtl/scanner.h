// A template's text under the parsers' finger: where they are, on which line, and how they give up. Knows characters
// and blanks, no grammar. The text must outlive it; one thread's.
#pragma once

#include <string>
#include <string_view>

namespace stator::vtl {

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool begins_name(char c) {
  return is_letter(c) || c == '_';
}
constexpr bool continues_name(char c) {
  return begins_name(c) || is_digit(c) || c == '-';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

class Scanner {
 protected:
  // `nesting`: how deep the text stands in others already.
  Scanner(std::string_view text, int first_line, int nesting)
      : text_(text), first_line_(first_line), nesting_(nesting) {}

  char peek(size_t ahead = 0) const { return char_at(at_ + ahead); }
  char char_at(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  bool done() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  bool at_space() const { return is_blank(peek()) || peek() == '\n' || peek() == '\r'; }

  void skip_space() {
    while (at_space()) ++at_;
  }
  size_t behind_blanks(size_t at) const {
    while (is_blank(char_at(at))) ++at;
    return at;
  }
  // A directive's blanks to the end of its line, and that end; nothing when there is more on the line.
  void skip_line_end();

  std::string take_name() {
    std::string out;
    while (continues_name(peek())) out += text_[at_++];
    return out;
  }
  bool take_word(std::string_view word) {
    if (!at_word(word)) return false;
    at_ += word.size();
    return true;
  }
  bool at_word(std::string_view word) const {
    return !word.empty() && rest().starts_with(word) && !continues_name(peek(word.size()));
  }

  void expect(char c, std::string_view what) {
    if (peek() != c) fail(std::string(what) + ", found " + here());
    ++at_;
  }

  int line();
  [[noreturn]] void fail(const std::string& what);  // TemplateError with the line
  std::string here() const;                         // what stands here, for texts of errors

  // One level of nesting while it lives; throws TemplateError when there are too many.
  struct Nest {
    explicit Nest(Scanner& scanner);
    ~Nest() { --scanner.nesting_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    Scanner& scanner;
  };
  int nesting() const { return nesting_; }

  const std::string_view text_;
  size_t at_ = 0;

 private:
  const int first_line_;
  int nesting_;
  size_t counted_to_ = 0;
  int lines_ = 0;  // before counted_to_
};

}  // namespace stator::vtl
