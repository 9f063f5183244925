#include "emulator/expressions/lexer.h"

namespace stator::expressions {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool same_word(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (c != upper[i]) return false;
  }
  return true;
}

TokenKind condition_word(std::string_view text) {
  if (same_word(text, "AND")) return TokenKind::kAnd;
  if (same_word(text, "OR")) return TokenKind::kOr;
  if (same_word(text, "NOT")) return TokenKind::kNot;
  if (same_word(text, "IN")) return TokenKind::kIn;
  if (same_word(text, "BETWEEN")) return TokenKind::kBetween;
  return TokenKind::kIdentifier;
}

TokenKind update_word(std::string_view text) {
  if (same_word(text, "SET")) return TokenKind::kSet;
  if (same_word(text, "REMOVE")) return TokenKind::kRemove;
  if (same_word(text, "ADD")) return TokenKind::kAdd;
  if (same_word(text, "DELETE")) return TokenKind::kDelete;
  return TokenKind::kIdentifier;
}

// The bytes of the character that begins at `first`, so that a message never holds half of one.
size_t character_length(char first) {
  auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

}  // namespace

Lexer::Lexer(ExpressionKind kind, std::string_view text)
    : text_(text),
      condition_words_(kind != ExpressionKind::ProjectionExpression && kind != ExpressionKind::UpdateExpression),
      update_words_(kind == ExpressionKind::UpdateExpression),
      current_(scan(0)) {}

void Lexer::advance() {
  previous_ = current_;
  has_previous_ = true;
  current_ = scan(current_.offset + current_.text.size());
}

Token Lexer::scan(size_t from) const {
  while (from < text_.size() && is_blank(text_[from])) ++from;
  auto token = [&](TokenKind kind, size_t length) {
    return Token{kind, static_cast<uint32_t>(from), text_.substr(from, length)};
  };
  if (from == text_.size()) return token(TokenKind::kEnd, 0);

  char c = text_[from];
  if (is_letter(c)) {
    size_t end = from + 1;
    while (end < text_.size() && is_word(text_[end])) ++end;
    Token word = token(TokenKind::kIdentifier, end - from);
    if (condition_words_) word.kind = condition_word(word.text);
    if (update_words_) word.kind = update_word(word.text);
    return word;
  }
  if (is_digit(c)) {
    size_t end = from + 1;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return token(TokenKind::kNumber, end - from);
  }
  char next = from + 1 < text_.size() ? text_[from + 1] : '\0';
  switch (c) {
    case '#':
    case ':': {
      size_t end = from + 1;
      while (end < text_.size() && is_word(text_[end])) ++end;
      if (end == from + 1) return token(TokenKind::kBad, 1);
      return token(c == '#' ? TokenKind::kName : TokenKind::kValue, end - from);
    }
    case '(':
      return token(TokenKind::kOpen, 1);
    case ')':
      return token(TokenKind::kClose, 1);
    case '[':
      return token(TokenKind::kOpenBracket, 1);
    case ']':
      return token(TokenKind::kCloseBracket, 1);
    case ',':
      return token(TokenKind::kComma, 1);
    case '.':
      return token(TokenKind::kDot, 1);
    case '+':
      return token(TokenKind::kPlus, 1);
    case '-':
      return token(TokenKind::kMinus, 1);
    case '=':
      return token(TokenKind::kEqual, 1);
    case '<':
      if (next == '>') return token(TokenKind::kNotEqual, 2);
      return next == '=' ? token(TokenKind::kLessEqual, 2) : token(TokenKind::kLess, 1);
    case '>':
      return next == '=' ? token(TokenKind::kGreaterEqual, 2) : token(TokenKind::kGreater, 1);
    default:
      return token(TokenKind::kBad, character_length(c));
  }
}

std::string Lexer::describe_current() const {
  bool at_end = current_.kind == TokenKind::kEnd;
  size_t begin = has_previous_ ? previous_.offset : current_.offset;
  size_t end = 0;
  if (at_end) {
    end = has_previous_ ? previous_.offset + previous_.text.size() : begin;
  } else {
    size_t after = current_.offset + current_.text.size();
    Token next = scan(after);
    end = next.kind == TokenKind::kEnd ? after : next.offset + next.text.size();
  }
  std::string out = "token: \"";
  out += at_end ? std::string_view("<EOF>") : current_.text;
  out += "\", near: \"";
  out += text_.substr(begin, end - begin);
  out += '"';
  return out;
}

bool is_placeholder(std::string_view text, char mark) {
  if (text.size() < 2 || text[0] != mark) return false;
  for (char c : text.substr(1)) {
    if (!is_word(c)) return false;
  }
  return true;
}

}  // namespace stator::expressions
