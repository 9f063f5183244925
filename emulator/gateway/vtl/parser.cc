#include "emulator/gateway/vtl/parser.h"

#include <charconv>
#include <set>

#include "emulator/gateway/vtl/java_string.h"
#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {
namespace {

constexpr int kMaxNesting = 100;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return is_alpha(c) || c == '_';
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c) || c == '-';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The names of the macros that a template defines anywhere: only these make "#name(...)" a call.
std::set<std::string, std::less<>> macro_names(std::string_view text) {
  std::set<std::string, std::less<>> names;
  for (size_t at = text.find("macro"); at != std::string_view::npos; at = text.find("macro", at + 5)) {
    size_t i = at + 5;
    const bool braced = at >= 2 && text.substr(at - 2, 2) == "#{" && i < text.size() && text[i] == '}';
    if (!braced && (at == 0 || text[at - 1] != '#')) continue;
    if (braced) ++i;
    while (i < text.size() && is_blank(text[i])) ++i;
    if (i >= text.size() || text[i] != '(') continue;
    ++i;
    while (i < text.size() && (is_blank(text[i]) || text[i] == '\n' || text[i] == '\r')) ++i;
    const size_t begin = i;
    while (i < text.size() && continues_name(text[i])) ++i;
    if (i > begin) names.emplace(text.substr(begin, i - begin));
  }
  return names;
}

class Parser {
 public:
  Parser(std::string_view text, int first_line, int nesting, const std::set<std::string, std::less<>>& macros,
         Parsed& out)
      : text_(text), first_line_(first_line), nesting_(nesting), macros_(macros), out_(out) {}

  Block whole() {
    Block block = body();
    if (!ending_.empty()) throw TemplateError("there is an #" + ending_ + " too many", ending_line_);
    return block;
  }

 private:
  // ---- the text ----

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool done() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }

  int line_at(size_t offset) {
    // Offsets mostly grow.
    if (offset < counted_to_) counted_to_ = 0, lines_ = 0;
    for (; counted_to_ < offset && counted_to_ < text_.size(); ++counted_to_) lines_ += text_[counted_to_] == '\n';
    return first_line_ + lines_;
  }
  int line() { return line_at(at_); }

  [[noreturn]] void fail(const std::string& what) { throw TemplateError(what, line()); }

  std::string here() const {
    if (done()) return "the end";
    std::string_view shown = rest().substr(0, rest().find('\n'));
    return "\"" + std::string(shown.substr(0, 30)) + "\"";
  }

  void skip_space() {
    while (!done() && (is_blank(peek()) || peek() == '\n' || peek() == '\r')) ++at_;
  }

  // A directive's blanks to the end of its line, and that end; nothing when there is more on the line.
  void skip_line_end() {
    size_t i = at_;
    while (i < text_.size() && is_blank(text_[i])) ++i;
    if (i < text_.size() && text_[i] == '\r') {
      at_ = i + 1 < text_.size() && text_[i + 1] == '\n' ? i + 2 : i + 1;
    } else if (i < text_.size() && text_[i] == '\n') {
      at_ = i + 1;
    }
  }

  struct Nest {
    explicit Nest(Parser& p) : parser(p) {
      if (++parser.nesting_ > kMaxNesting) parser.fail("the template is nested too deeply");
    }
    ~Nest() { --parser.nesting_; }
    Parser& parser;
  };

  // ---- template ----

  static void add_text(Block& block, std::string_view text) {
    if (text.empty()) return;
    if (!block.empty() && block.back().kind == Statement::Kind::kText) {
      block.back().text += text;
      return;
    }
    Statement made;
    made.text = text;
    block.push_back(std::move(made));
  }

  Statement statement(Statement::Kind kind) {
    Statement made;
    made.kind = kind;
    made.line = line();
    return made;
  }

  // Statements up to the end, or up to an #end, #else or #elseif, which is left to the caller with ending_ saying
  // which.
  Block body() {
    const Nest nest(*this);
    Block block;
    while (!done()) {
      const char c = peek();
      if (c == '\\') {
        escaped(block);
      } else if (c == '$') {
        if (!reference_statement(block, 0)) add_text(block, "$"), ++at_;
      } else if (c == '#') {
        if (!hash(block)) return block;
      } else if (is_blank(c) && set_follows_blanks()) {
        while (is_blank(peek())) ++at_;
      } else {
        const size_t end = std::min(text_.find_first_of("$#\\", at_), text_.size());
        add_text(block, text_.substr(at_, end - at_));
        at_ = end;
      }
    }
    ending_.clear();
    return block;
  }

  bool set_follows_blanks() const {
    size_t i = at_;
    while (i < text_.size() && is_blank(text_[i])) ++i;
    const std::string_view there = text_.substr(i);
    if (!there.starts_with("#set") && !there.starts_with("#{set}")) return false;
    i += there[1] == '{' ? 6 : 4;
    while (i < text_.size() && is_blank(text_[i])) ++i;
    return i < text_.size() && text_[i] == '(';
  }

  void escaped(Block& block) {
    size_t count = 0;
    while (peek(count) == '\\') ++count;
    if (peek(count) == '$') {
      const size_t before = at_;
      at_ += count;
      if (reference_statement(block, static_cast<int>(count))) return;
      at_ = before;
    } else if (peek(count) == '#') {
      const std::string name = directive_name(at_ + count);
      if (is_directive(name)) {
        // Two backslashes are one, and an odd one keeps the directive from being one.
        add_text(block, std::string(count / 2, '\\'));
        at_ += count;
        if (count % 2) {
          add_text(block, text_.substr(at_, directive_length(at_)));
          at_ += directive_length(at_);
        }
        return;
      }
    }
    add_text(block, text_.substr(at_, count));
    at_ += count;
  }

  // "#name", "#{name}" or "#@name" at `at`: the name, or nothing.
  std::string directive_name(size_t at) const {
    size_t i = at + 1;
    const bool braced = i < text_.size() && text_[i] == '{';
    if (braced) ++i;
    std::string name;
    if (i < text_.size() && text_[i] == '@') name += text_[i++];
    while (i < text_.size() && (begins_name(text_[i]) || (!name.empty() && is_digit(text_[i])))) name += text_[i++];
    if (braced && (i >= text_.size() || text_[i] != '}')) return {};
    return name;
  }

  size_t directive_length(size_t at) const {
    return directive_name(at).size() + (at + 1 < text_.size() && text_[at + 1] == '{' ? 3 : 1);
  }

  bool is_call(std::string_view name) const {
    return macros_.contains(name) || (name.starts_with('@') && macros_.contains(name.substr(1)));
  }

  bool is_directive(std::string_view name) const {
    for (const std::string_view known : {"set", "if", "elseif", "else", "end", "foreach", "break", "stop", "define",
                                         "macro", "include", "parse", "evaluate"})
      if (name == known) return true;
    return is_call(name);
  }

  // False: an #end, #else or #elseif was met (and passed, for the caller to go on behind it).
  bool hash(Block& block) {
    const std::string_view there = rest();
    if (there.starts_with("##")) {
      const size_t end = text_.find_first_of("\r\n", at_);
      at_ = std::min(end, text_.size());
      if (peek() == '\r' && peek(1) == '\n') ++at_;
      if (!done()) ++at_;
      return true;
    }
    if (there.starts_with("#[[")) {
      const size_t end = text_.find("]]#", at_);
      if (end == std::string_view::npos) fail("#[[ has no ]]#");
      add_text(block, text_.substr(at_ + 3, end - at_ - 3));
      at_ = end + 3;
      return true;
    }
    if (there.starts_with("#*")) {
      const size_t end = text_.find("*#", at_ + 2);
      if (end == std::string_view::npos) fail("#* has no *#");
      at_ = end + 2;
      return true;
    }
    const std::string name = directive_name(at_);
    const size_t length = directive_length(at_);
    if (name.empty() || !is_directive(name)) {
      add_text(block, "#");
      ++at_;
      return true;
    }
    if (name == "end" || name == "else" || name == "elseif") {
      ending_ = name;
      ending_line_ = line();
      at_ += length;
      if (name != "elseif") skip_line_end();
      return false;
    }
    if (name == "stop" || name == "break") {
      block.push_back(statement(name == "stop" ? Statement::Kind::kStop : Statement::Kind::kBreak));
      at_ += length;
      return true;
    }
    if (name == "include" || name == "parse" || name == "evaluate")
      fail("#" + name + " is not allowed in a mapping template");
    // All others need their parentheses to be directives.
    size_t i = at_ + length;
    while (i < text_.size() && is_blank(text_[i])) ++i;
    if (i >= text_.size() || text_[i] != '(') {
      if (name == "if") fail("#if: expected (");
      add_text(block, text_.substr(at_, length));
      at_ += length;
      return true;
    }
    if (name == "set")
      set(block, i + 1);
    else if (name == "if")
      conditional(block, i + 1);
    else if (name == "foreach")
      foreach_loop(block, i + 1);
    else if (name == "define")
      define(block, i + 1);
    else if (name == "macro")
      macro(i + 1);
    else
      call(block, name, i + 1);
    return true;
  }

  void close(const char* what) {
    skip_space();
    if (peek() != ')') fail(std::string(what) + ": expected ), found " + here());
    ++at_;
    skip_line_end();
  }

  void set(Block& block, size_t inside) {
    Statement made = statement(Statement::Kind::kSet);
    at_ = inside;
    skip_space();
    if (peek() != '$' || !reference(made.reference)) fail("#set: expected a reference, found " + here());
    if (!made.reference.steps.empty() && made.reference.steps.back().kind == Step::Kind::kMethod)
      fail("#set: a method's result cannot be set");
    skip_space();
    if (peek() != '=' || peek(1) == '=') fail("#set: expected =, found " + here());
    ++at_;
    made.conditions.push_back(expression());
    close("#set");
    block.push_back(std::move(made));
  }

  void expect_end(const char* directive, int opened) {
    if (ending_ == "end") return;
    if (ending_.empty()) throw TemplateError(std::string(directive) + " has no #end", opened);
    throw TemplateError("#" + ending_ + " belongs to no #if", ending_line_);
  }

  void conditional(Block& block, size_t inside) {
    Statement made = statement(Statement::Kind::kIf);
    at_ = inside;
    for (;;) {
      made.conditions.push_back(expression());
      close("#if");
      made.blocks.push_back(body());
      if (ending_ != "elseif") break;
      skip_space();
      if (peek() != '(') fail("#elseif: expected (, found " + here());
      ++at_;
    }
    if (ending_ == "else") made.blocks.push_back(body());
    expect_end("#if", made.line);
    block.push_back(std::move(made));
  }

  std::string variable(const char* directive) {
    skip_space();
    Reference named;
    if (peek() != '$' || !reference(named) || !named.steps.empty())
      fail(std::string(directive) + ": expected $name, found " + here());
    return named.name;
  }

  void foreach_loop(Block& block, size_t inside) {
    Statement made = statement(Statement::Kind::kForeach);
    at_ = inside;
    made.name = variable("#foreach");
    skip_space();
    if (!take_word("in")) fail("#foreach: expected in, found " + here());
    made.conditions.push_back(expression());
    close("#foreach");
    made.blocks.push_back(body());
    if (ending_ == "else") made.blocks.push_back(body());
    expect_end("#foreach", made.line);
    block.push_back(std::move(made));
  }

  void define(Block& block, size_t inside) {
    Statement made = statement(Statement::Kind::kDefine);
    at_ = inside;
    made.name = variable("#define");
    close("#define");
    made.blocks.push_back(body());
    expect_end("#define", made.line);
    block.push_back(std::move(made));
  }

  void macro(size_t inside) {
    const int opened = line();
    at_ = inside;
    skip_space();
    Macro made;
    while (continues_name(peek())) made.name += text_[at_++];
    if (made.name.empty()) fail("#macro: expected a name, found " + here());
    for (;;) {
      while (!done() && (peek() == ',' || is_blank(peek()) || peek() == '\n' || peek() == '\r')) ++at_;
      if (peek() != '$') break;
      made.parameters.push_back(variable("#macro"));
    }
    close("#macro");
    made.body = body();
    expect_end("#macro", opened);
    out_.macros.try_emplace(made.name, std::move(made));
  }

  void call(Block& block, const std::string& name, size_t inside) {
    Statement made = statement(Statement::Kind::kMacro);
    made.name = name.starts_with('@') ? name.substr(1) : name;
    at_ = inside;
    for (;;) {
      while (!done() && (peek() == ',' || is_blank(peek()) || peek() == '\n' || peek() == '\r')) ++at_;
      if (peek() == ')' || done()) break;
      made.conditions.push_back(primary());
    }
    close("a macro's call");
    if (name.starts_with('@')) {
      made.blocks.push_back(body());
      expect_end("#@", made.line);
    }
    block.push_back(std::move(made));
  }

  // ---- references ----

  bool reference_statement(Block& block, int backslashes) {
    Statement made = statement(Statement::Kind::kReference);
    made.backslashes = backslashes;
    if (!reference(made.reference)) return false;
    block.push_back(std::move(made));
    return true;
  }

  // At a '$'. False, and nothing is read, when it begins no reference.
  bool reference(Reference& out) {
    const size_t begin = at_;
    size_t i = at_ + 1;
    if (i < text_.size() && text_[i] == '!') ++i;
    const bool braced = i < text_.size() && text_[i] == '{';
    if (braced) ++i;
    if (i >= text_.size() || !begins_name(text_[i])) return false;
    at_ = i;
    out.name = name();
    steps(out);
    if (braced) {
      if (peek() != '}') fail("expected } at the end of a reference, found " + here());
      ++at_;
    }
    out.literal = text_.substr(begin, at_ - begin);
    return true;
  }

  std::string name() {
    std::string out;
    while (continues_name(peek())) out += text_[at_++];
    return out;
  }

  void steps(Reference& out) {
    const Nest nest(*this);
    for (;;) {
      if (peek() == '.' && begins_name(peek(1)) && peek(1) != '_') {
        ++at_;
        Step step;
        step.name = name();
        if (peek() == '(') {
          ++at_;
          step.kind = Step::Kind::kMethod;
          arguments(step.arguments);
        }
        out.steps.push_back(std::move(step));
      } else if (peek() == '[') {
        const size_t before = at_;
        ++at_;
        skip_space();
        const char c = peek();
        const bool index = c == '$' || c == '"' || c == '\'' || is_digit(c) || (c == '-' && is_digit(peek(1)));
        if (!index) {  // "$name[]" and the like: the bracket is text
          at_ = before;
          return;
        }
        Step step;
        step.kind = Step::Kind::kIndex;
        step.arguments.push_back(primary());
        skip_space();
        if (peek() != ']') fail("expected ] behind an index, found " + here());
        ++at_;
        out.steps.push_back(std::move(step));
      } else {
        return;
      }
    }
  }

  void arguments(std::vector<Expression>& out) {
    skip_space();
    if (peek() == ')') {
      ++at_;
      return;
    }
    for (;;) {
      out.push_back(expression());
      skip_space();
      if (peek() == ')') break;
      if (peek() != ',') fail("expected , or ) in a method's arguments, found " + here());
      ++at_;
    }
    ++at_;
  }

  // ---- expressions ----

  using Operator = Expression::Operator;
  struct Spelling {
    std::string_view symbol, word;
    Operator op;
  };

  bool take_word(std::string_view word) {
    if (word.empty() || !rest().starts_with(word) || continues_name(peek(word.size()))) return false;
    at_ += word.size();
    return true;
  }

  bool take_operator(std::initializer_list<Spelling> spellings, Operator& op) {
    skip_space();
    for (const Spelling& each : spellings) {
      if (rest().starts_with(each.symbol)) {
        at_ += each.symbol.size();
      } else if (!take_word(each.word)) {
        continue;
      }
      op = each.op;
      return true;
    }
    return false;
  }

  template <typename Next>
  Expression chain(std::initializer_list<Spelling> spellings, Next&& next) {
    Expression first = next();
    Operator op{};
    if (!take_operator(spellings, op)) return first;
    Expression all = made(Expression::Kind::kChain);
    all.parts.push_back(std::move(first));
    do {
      all.operators.push_back(op);
      all.parts.push_back(next());
    } while (take_operator(spellings, op));
    return all;
  }

  Expression made(Expression::Kind kind) {
    Expression out;
    out.kind = kind;
    out.line = line();
    return out;
  }

  Expression expression() {
    const Nest nest(*this);
    return chain({{"||", "or", Operator::kOr}}, [&] { return conjunction(); });
  }
  Expression conjunction() {
    return chain({{"&&", "and", Operator::kAnd}}, [&] { return equality(); });
  }
  Expression equality() {
    return chain({{"==", "eq", Operator::kEq}, {"!=", "ne", Operator::kNe}}, [&] { return relation(); });
  }
  Expression relation() {
    return chain({{"<=", "le", Operator::kLe},
                  {">=", "ge", Operator::kGe},
                  {"<", "lt", Operator::kLt},
                  {">", "gt", Operator::kGt}},
                 [&] { return sum(); });
  }
  Expression sum() {
    return chain({{"+", "", Operator::kAdd}, {"-", "", Operator::kSubtract}}, [&] { return product(); });
  }
  Expression product() {
    return chain({{"*", "", Operator::kMultiply}, {"/", "", Operator::kDivide}, {"%", "", Operator::kModulo}},
                 [&] { return unary(); });
  }

  Expression unary() {
    skip_space();
    if ((peek() == '!' && peek(1) != '=') || (rest().starts_with("not") && !continues_name(peek(3)))) {
      const Nest nest(*this);
      Expression out = made(Expression::Kind::kNot);
      at_ += peek() == '!' ? 1 : 3;
      out.parts.push_back(unary());
      return out;
    }
    return primary();
  }

  Expression primary() {
    const Nest nest(*this);
    skip_space();
    const char c = peek();
    if (c == '"' || c == '\'') return string();
    if (c == '$') {
      Expression out = made(Expression::Kind::kReference);
      if (!reference(out.reference)) fail("expected a reference, found " + here());
      return out;
    }
    if (is_digit(c) || ((c == '-' || c == '.') && is_digit(peek(1))) ||
        (c == '-' && peek(1) == '.' && is_digit(peek(2))))
      return number();
    if (c == '[') return list();
    if (c == '{') return map();
    if (c == '(') {
      ++at_;
      Expression out = expression();
      skip_space();
      if (peek() != ')') fail("expected ), found " + here());
      ++at_;
      return out;
    }
    Expression out = made(Expression::Kind::kBool);
    out.truth = peek() == 't';
    if (take_word("true") || take_word("false")) return out;
    out.kind = Expression::Kind::kNull;
    if (take_word("null")) return out;
    fail("expected a value, found " + here());
  }

  Expression number() {
    const size_t begin = at_;
    if (peek() == '-') ++at_;
    while (is_digit(peek())) ++at_;
    bool real = false;
    if (peek() == '.' && peek(1) != '.') {  // "1..3" is a range
      real = true;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if ((peek() == 'e' || peek() == 'E') &&
        (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))))) {
      real = true;
      at_ += 2;
      while (is_digit(peek())) ++at_;
    }
    const std::string_view text = text_.substr(begin, at_ - begin);
    Expression out = made(real ? Expression::Kind::kDouble : Expression::Kind::kInteger);
    if (!real) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.integer);
      if (error != std::errc()) fail("the number " + std::string(text) + " is too large");
    } else {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.real);
      if (error != std::errc()) fail("the number " + std::string(text) + " is too large");
    }
    return out;
  }

  Expression list() {
    Expression out = made(Expression::Kind::kList);
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, out;
    for (;;) {
      out.parts.push_back(expression());
      skip_space();
      if (out.parts.size() == 1 && peek() == '.' && peek(1) == '.') {
        at_ += 2;
        out.kind = Expression::Kind::kRange;
        out.parts.push_back(expression());
        skip_space();
        if (peek() != ']') fail("expected ] behind a range, found " + here());
        break;
      }
      if (peek() == ']') break;
      if (peek() != ',') fail("expected , or ] in a list, found " + here());
      ++at_;
    }
    ++at_;
    return out;
  }

  Expression map() {
    Expression out = made(Expression::Kind::kMap);
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, out;
    for (;;) {
      out.parts.push_back(expression());
      skip_space();
      if (peek() != ':') fail("expected : behind a key, found " + here());
      ++at_;
      out.parts.push_back(expression());
      skip_space();
      if (peek() == '}') break;
      if (peek() != ',') fail("expected , or } in a map, found " + here());
      ++at_;
    }
    ++at_;
    return out;
  }

  // 'as it stands', or "with $references". In both a doubled quote is one.
  Expression string() {
    Expression out = made(Expression::Kind::kString);
    const char quote = peek();
    const int begun = line();
    ++at_;
    std::string text;
    for (;;) {
      if (done()) throw TemplateError(std::string("a ") + quote + " is not closed", begun);
      const char c = text_[at_++];
      if (c == quote) {
        if (peek() != quote) break;
        ++at_;
        text += quote;
      } else if (quote == '"' && c == '\\' && !done()) {
        escape(text);
      } else {
        text += c;
      }
    }
    if (quote == '"' && text.find_first_of("$#") != std::string::npos) {
      Parser inner(text, begun, nesting_ + 1, macros_, out_);
      if (nesting_ >= kMaxNesting) fail("the template is nested too deeply");
      out.kind = Expression::Kind::kInterpolated;
      out.block = inner.whole();
      return out;
    }
    out.text = std::move(text);
    return out;
  }

  // The backslash is passed. All but \uXXXX stays as it is, backslash included; it only keeps a quote from being the
  // end. (The service's own advice, replaceAll("\\'", "'"), depends on it.)
  void escape(std::string& text) {
    const char c = text_[at_++];
    if (c == 'u') {
      unsigned unit = 0;
      const std::string_view digits = text_.substr(at_, 4);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
      if (digits.size() == 4 && error == std::errc() && end == digits.data() + 4) {
        const auto one = static_cast<char16_t>(unit);
        text += to_utf8({&one, 1});
        at_ += 4;
        return;
      }
    }
    text += '\\';
    text += c;
  }

  std::string_view text_;
  int first_line_;
  int nesting_;
  const std::set<std::string, std::less<>>& macros_;
  Parsed& out_;
  size_t at_ = 0;
  std::string ending_;
  int ending_line_ = 0;
  size_t counted_to_ = 0;
  int lines_ = 0;
};

}  // namespace

Parsed parse_template(std::string_view text) {
  Parsed out;
  const auto macros = macro_names(text);
  out.body = Parser(text, 1, 0, macros, out).whole();
  return out;
}

}  // namespace stator::vtl
