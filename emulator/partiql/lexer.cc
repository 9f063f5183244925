#include "emulator/partiql/lexer.h"

#include <algorithm>
#include <utility>

#include "emulator/expressions/expression_error.h"
#include "emulator/partiql/keywords.h"
#include "protocol/value/number.h"

namespace stator::partiql {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Words that are operators, and words that have another name.
constexpr std::string_view kOperatorWords[] = {"and", "between", "except", "in", "intersect",
                                               "is",  "like",    "not",    "or", "union"};
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {{"varchar", "character_varying"},
                                                                      {"char", "character"},
                                                                      {"dec", "decimal"},
                                                                      {"int", "integer"},
                                                                      {"int2", "smallint"},
                                                                      {"integer2", "smallint"},
                                                                      {"int4", "integer4"},
                                                                      {"int8", "integer8"},
                                                                      {"bigint", "integer8"},
                                                                      {"bool", "boolean"}};

// Several words that are one. Those that are operators are followed by what an operator is followed by.
struct Phrase {
  std::string_view words[3];
  std::string_view meaning;
  bool is_operator;
};
constexpr Phrase kPhrases[] = {
    {{"not", "in", {}}, "not_in", true},
    {{"is", "not", {}}, "is_not", true},
    {{"not", "between", {}}, "not_between", true},
    {{"not", "like", {}}, "not_like", true},
    {{"insert", "into", {}}, "insert_into", false},
    {{"modified", "old", {}}, "modified_old", false},
    {{"modified", "new", {}}, "modified_new", false},
    {{"all", "old", {}}, "all_old", false},
    {{"all", "new", {}}, "all_new", false},
    {{"character", "varying", {}}, "character_varying", false},
    {{"double", "precision", {}}, "double_precision", false},
    {{"on", "conflict", {}}, "on_conflict", false},
    {{"do", "nothing", {}}, "do_nothing", false},
    {{"left", "outer", "join"}, "join", false},
    {{"right", "outer", "join"}, "join", false},
    {{"full", "outer", "join"}, "join", false},
    {{"left", "cross", "join"}, "cross_join", false},
    {{"right", "cross", "join"}, "cross_join", false},
    {{"full", "cross", "join"}, "cross_join", false},
    {{"inner", "cross", "join"}, "cross_join", false},
    {{"cross", "join", {}}, "cross_join", false},
    {{"inner", "join", {}}, "join", false},
    {{"left", "join", {}}, "join", false},
    {{"right", "join", {}}, "join", false},
    {{"full", "join", {}}, "join", false},
    {{"outer", "join", {}}, "join", false},
};

class Scanner {
 public:
  Scanner(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    while (skip_blanks()) tokens.push_back(next());
    tokens.push_back({TokenKind::kEnd, static_cast<uint32_t>(text_.size()), 0, {}});
    return tokens;
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // Blanks and comments. False at the end.
  bool skip_blanks() {
    while (at_ < text_.size()) {
      if (is_blank(peek())) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) refuse_syntax("");
        at_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  Token next() {
    size_t begin = at_;
    char c = peek();
    if (is_letter(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '\'') return quoted(TokenKind::kString);
    if (c == '"') return quoted(TokenKind::kQuoted);
    for (std::string_view mark : {"<<", ">>", ".", ",", ":", ";", "(", ")", "[", "]", "{", "}", "?"})
      if (take(mark)) return token(TokenKind::kMark, begin, mark);
    for (std::string_view op : {"<>", "!=", "<=", ">=", "||", "=", "<", ">", "+", "-", "*", "/", "%", "@"})
      if (take(op)) return token(TokenKind::kOperator, begin, op == "!=" ? "<>" : op);
    refuse_syntax("");
  }

  bool take(std::string_view mark) {
    if (!text_.substr(at_).starts_with(mark)) return false;
    at_ += mark.size();
    return true;
  }

  Token token(TokenKind kind, size_t begin, std::string_view text) const {
    return {kind, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_ - begin), text};
  }

  Token word() {
    size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    std::string_view written = text_.substr(begin, at_ - begin);
    std::string lower(written);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!is_keyword(lower)) return token(TokenKind::kName, begin, written);
    for (const auto& [alias, name] : kAliases)
      if (lower == alias) return token(TokenKind::kWord, begin, name);
    bool is_operator = std::binary_search(std::begin(kOperatorWords), std::end(kOperatorWords), lower);
    return token(is_operator ? TokenKind::kOperator : TokenKind::kWord, begin, arena_.copy(std::string_view(lower)));
  }

  // Read as BigDecimal would: an exponent that does not fit 32 bits is no number (validation_2026.json).
  Token number() {
    size_t begin = at_;
    while (is_digit(peek())) ++at_;
    if (peek() == '.') {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      while (is_digit(peek())) ++at_;
    }
    std::string_view written = text_.substr(begin, at_ - begin);
    Number value;
    if (is_letter(peek()) || parse_number(written, value) == NumberFault::kNotANumber) refuse_syntax("");
    return token(TokenKind::kNumber, begin, written);
  }

  Token quoted(TokenKind kind) {
    size_t begin = at_;
    char quote = text_[at_++];
    std::string_view inside;
    std::string unescaped;
    bool escapes = false;
    for (size_t from = at_;;) {
      size_t end = text_.find(quote, at_);
      if (end == std::string_view::npos) refuse_syntax("");
      at_ = end + 1;
      if (peek() == quote) {
        escapes = true;
        ++at_;
        unescaped += text_.substr(from, end + 1 - from);
        from = at_;
        continue;
      }
      inside = text_.substr(from, end - from);
      break;
    }
    if (escapes) inside = arena_.copy(std::string_view(unescaped += inside));
    return token(kind, begin, inside);
  }

  std::string_view text_;
  Arena& arena_;
  size_t at_ = 0;
};

bool matches(const Phrase& phrase, const std::vector<Token>& tokens, size_t at, size_t& count) {
  count = 0;
  for (std::string_view word : phrase.words) {
    if (word.empty()) break;
    if (at + count >= tokens.size() || !tokens[at + count].is(word)) return false;
    ++count;
  }
  return true;
}

// Puts the words of a phrase together; the token then covers them all.
std::vector<Token> join_phrases(const std::vector<Token>& tokens) {
  std::vector<Token> joined;
  joined.reserve(tokens.size());
  for (size_t at = 0; at < tokens.size();) {
    size_t count = 0;
    auto phrase = std::find_if(std::begin(kPhrases), std::end(kPhrases),
                               [&](const Phrase& candidate) { return matches(candidate, tokens, at, count); });
    if (phrase == std::end(kPhrases)) {
      joined.push_back(tokens[at++]);
      continue;
    }
    const Token& last = tokens[at + count - 1];
    joined.push_back({phrase->is_operator ? TokenKind::kOperator : TokenKind::kWord, tokens[at].offset,
                      last.offset + last.length - tokens[at].offset, phrase->meaning});
    at += count;
  }
  return joined;
}

}  // namespace

std::vector<Token> tokenize(std::string_view statement, Arena& arena) {
  return join_phrases(Scanner(statement, arena).run());
}

void refuse_syntax(std::string_view detail) {
  throw expressions::ExpressionError("Statement wasn't well formed, can't be processed: " + std::string(detail), true);
}

std::string at_position(std::string_view statement, uint32_t offset, uint32_t length) {
  auto characters = [&](size_t from, size_t to) {
    return std::count_if(statement.begin() + static_cast<std::ptrdiff_t>(from),
                         statement.begin() + static_cast<std::ptrdiff_t>(to),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  };
  std::string_view before = statement.substr(0, offset);
  size_t line_begin = before.rfind('\n');
  line_begin = line_begin == std::string_view::npos ? 0 : line_begin + 1;
  return " at " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + ":" +
         std::to_string(1 + characters(line_begin, offset)) + ":" + std::to_string(characters(offset, offset + length));
}

}  // namespace stator::partiql
