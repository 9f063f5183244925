#include "emulator/gateway/vtl/parser.h"

#include <algorithm>
#include <set>

#include "emulator/gateway/vtl/expression_parser.h"
#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {
namespace {

using MacroNames = std::set<std::string, std::less<>>;

// The names of the macros that a template defines anywhere: only these make "#name(...)" a call.
MacroNames macro_names(std::string_view text) {
  MacroNames names;
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

// Text and directives.
class TemplateParser final : ExpressionParser {
 public:
  TemplateParser(std::string_view text, int first_line, int nesting, const MacroNames& macros, Parsed& out)
      : ExpressionParser(text, first_line, nesting), macros_(macros), out_(out) {}

  Block whole() {
    Block block = body();
    if (!ending_.empty()) throw TemplateError("there is an #" + ending_ + " too many", ending_line_);
    return block;
  }

 private:
  Block template_in(std::string_view text, int line) override {
    return TemplateParser(text, line, nesting() + 1, macros_, out_).whole();
  }

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
    const size_t at = behind_blanks(at_);
    const std::string_view there = text_.substr(at);
    if (!there.starts_with("#set") && !there.starts_with("#{set}")) return false;
    return char_at(behind_blanks(at + (there[1] == '{' ? 6 : 4))) == '(';
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
    const bool braced = char_at(i) == '{';
    if (braced) ++i;
    std::string name;
    if (char_at(i) == '@') name += text_[i++];
    while (begins_name(char_at(i)) || (!name.empty() && is_digit(char_at(i)))) name += text_[i++];
    if (braced && char_at(i) != '}') return {};
    return name;
  }

  size_t directive_length(size_t at) const { return directive_name(at).size() + (char_at(at + 1) == '{' ? 3 : 1); }

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
    if (comment_or_literal(block)) return true;
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
    const size_t open = behind_blanks(at_ + length);
    if (char_at(open) != '(') {
      if (name == "if") fail("#if: expected (");
      add_text(block, text_.substr(at_, length));
      at_ += length;
      return true;
    }
    if (name == "set")
      set(block, open + 1);
    else if (name == "if")
      conditional(block, open + 1);
    else if (name == "foreach")
      foreach_loop(block, open + 1);
    else if (name == "define")
      define(block, open + 1);
    else if (name == "macro")
      macro(open + 1);
    else
      call(block, name, open + 1);
    return true;
  }

  // "## to the end of the line", "#* any *#", "#[[ as it stands ]]#".
  bool comment_or_literal(Block& block) {
    const char kind = peek(1);
    if (kind == '#') {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      if (peek() == '\r' && peek(1) == '\n') ++at_;
      if (!done()) ++at_;
    } else if (kind == '*') {
      const size_t end = text_.find("*#", at_ + 2);
      if (end == std::string_view::npos) fail("#* has no *#");
      at_ = end + 2;
    } else if (kind == '[' && peek(2) == '[') {
      const size_t end = text_.find("]]#", at_);
      if (end == std::string_view::npos) fail("#[[ has no ]]#");
      add_text(block, text_.substr(at_ + 3, end - at_ - 3));
      at_ = end + 3;
    } else {
      return false;
    }
    return true;
  }

  void close(const char* what) {
    skip_space();
    expect(')', std::string(what) + ": expected )");
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
      expect('(', "#elseif: expected (");
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

  void skip_commas() {
    while (peek() == ',' || at_space()) ++at_;
  }

  void macro(size_t inside) {
    const int opened = line();
    at_ = inside;
    skip_space();
    Macro made;
    made.name = take_name();
    if (made.name.empty()) fail("#macro: expected a name, found " + here());
    for (;;) {
      skip_commas();
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
      skip_commas();
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

  bool reference_statement(Block& block, int backslashes) {
    Statement made = statement(Statement::Kind::kReference);
    made.backslashes = backslashes;
    if (!reference(made.reference)) return false;
    block.push_back(std::move(made));
    return true;
  }

  const MacroNames& macros_;
  Parsed& out_;
  std::string ending_;  // the directive that ended the last body(): "end", "else", "elseif"; empty: the text's end
  int ending_line_ = 0;
};

}  // namespace

Parsed parse_template(std::string_view text) {
  Parsed out;
  const auto macros = macro_names(text);
  out.body = TemplateParser(text, 1, 0, macros, out).whole();
  return out;
}

}  // namespace stator::vtl
