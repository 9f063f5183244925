#include "emulator/expressions/parser.h"

#include <array>
#include <string>
#include <vector>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/lexer.h"
#include "emulator/expressions/reserved_words.h"

namespace stator::expressions {
namespace {

// Faults of the whole text, the one that is reported first first.
enum Fault : uint8_t {
  kOperatorCount,
  kParentheses,
  kUpdateReserved,
  kFunctionName,
  kFunctionUse,
  kSectionTwice,
  kReserved,
  kListIndex,
  kInOperands,
  kFaultCount
};

// More open levels than 300 operators can need. Beyond it some fault is certain, see too_deep().
constexpr int kMaxDepth = 2 * kMaxOperators + 8;
constexpr uint64_t kMaxListIndex = 4294967294;

struct FunctionRow {
  std::string_view name;
  Operator op;
  bool update;
};
constexpr FunctionRow kFunctions[] = {
    {"attribute_exists", Operator::kAttributeExists, false},
    {"attribute_not_exists", Operator::kAttributeNotExists, false},
    {"attribute_type", Operator::kAttributeType, false},
    {"begins_with", Operator::kBeginsWith, false},
    {"contains", Operator::kContains, false},
    {"size", Operator::kSize, false},
    {"if_not_exists", Operator::kIfNotExists, true},
    {"list_append", Operator::kListAppend, true},
};

class Parser {
 public:
  Parser(ExpressionKind kind, SyntaxTree& tree) : kind_(kind), tree_(tree), lexer_(kind, tree.text()) {}

  void condition() {
    Parsed root = disjunction();
    require_condition(root);
    expect_end();
    tree_.condition = root.node;
    finish();
  }

  void update() {
    std::vector<SyntaxAction> actions;
    std::array<bool, 4> seen{};
    do {
      Section section = open_section();
      bool& again = seen[static_cast<size_t>(section)];
      if (again) {
        static constexpr std::string_view kNames[] = {"SET", "REMOVE", "ADD", "DELETE"};
        fault(kSectionTwice, "The \"" + std::string(kNames[static_cast<size_t>(section)]) +
                                 "\" section can only be used once in an update expression;");
      }
      again = true;
      do {
        actions.push_back(action(section));
      } while (accept(TokenKind::kComma));
    } while (!lexer_.at(TokenKind::kEnd));
    tree_.actions = tree_.nodes().copy(std::span<const SyntaxAction>(actions));
    finish();
  }

  void projection() {
    std::vector<const SyntaxNode*> paths;
    do {
      paths.push_back(path());
    } while (accept(TokenKind::kComma));
    expect_end();
    tree_.projection = tree_.nodes().copy(std::span<const SyntaxNode* const>(paths));
    finish();
  }

 private:
  // What a '(' turned out to hold is known only later: `parenthesized` is true right behind its ')'.
  struct Parsed {
    const SyntaxNode* node = nullptr;
    bool parenthesized = false;
  };

  // ---- conditions ----

  Parsed disjunction() { return joined(Operator::kOr, TokenKind::kOr, &Parser::conjunction); }
  Parsed conjunction() { return joined(Operator::kAnd, TokenKind::kAnd, &Parser::negation); }

  Parsed joined(Operator op, TokenKind word, Parsed (Parser::*part)()) {
    Parsed first = (this->*part)();
    if (!lexer_.at(word)) return first;
    require_condition(first);
    std::vector<const SyntaxNode*> parts{first.node};
    while (accept(word)) {
      ++operators_;
      Parsed next = (this->*part)();
      require_condition(next);
      parts.push_back(next.node);
    }
    return {make(op, parts)};
  }

  Parsed negation() {
    int times = 0;
    while (accept(TokenKind::kNot)) ++times;
    if (times == 0) return comparison();
    operators_ += times;
    // NOT chains beyond what the operator limit allows are refused by it; no tree is needed for them.
    Parsed inner = comparison();
    require_condition(inner);
    const SyntaxNode* node = inner.node;
    for (int i = 0; i < times && i <= kMaxOperators; ++i) node = make(Operator::kNot, {node});
    return {node};
  }

  Parsed comparison() {
    Parsed left = primary();
    if (!is_operand(*left.node)) return left;
    switch (lexer_.current().kind) {
      case TokenKind::kEqual:
        return compare(Operator::kEqual, left.node);
      case TokenKind::kNotEqual:
        return compare(Operator::kNotEqual, left.node);
      case TokenKind::kLess:
        return compare(Operator::kLess, left.node);
      case TokenKind::kLessEqual:
        return compare(Operator::kLessEqual, left.node);
      case TokenKind::kGreater:
        return compare(Operator::kGreater, left.node);
      case TokenKind::kGreaterEqual:
        return compare(Operator::kGreaterEqual, left.node);
      case TokenKind::kBetween:
        return between(left.node);
      case TokenKind::kIn:
        return in(left.node);
      default:
        return left;
    }
  }

  Parsed compare(Operator op, const SyntaxNode* left) {
    use_as_operand(*left);
    ++operators_;
    lexer_.advance();
    return {make(op, {left, operand().node})};
  }

  Parsed between(const SyntaxNode* left) {
    use_as_operand(*left);
    ++operators_;
    lexer_.advance();
    const SyntaxNode* lower = operand().node;
    expect(TokenKind::kAnd);
    return {make(Operator::kBetween, {left, lower, operand().node})};
  }

  Parsed in(const SyntaxNode* left) {
    use_as_operand(*left);
    ++operators_;
    lexer_.advance();
    expect(TokenKind::kOpen);
    std::vector<const SyntaxNode*> operands{left};
    do {
      operands.push_back(operand().node);
    } while (accept(TokenKind::kComma));
    expect(TokenKind::kClose);
    if (operands.size() - 1 > kMaxInOperands) {
      fault(kInOperands, too_many_in_operands(operands.size() - 1));
    }
    return {make(Operator::kIn, operands)};
  }

  // '(' condition ')' or an operand; the caller finds out which.
  Parsed primary() {
    if (!lexer_.at(TokenKind::kOpen)) return {plain_operand(/*as_operand=*/false)};
    Level level(*this);
    lexer_.advance();
    Parsed inner = disjunction();
    return close(inner);
  }

  // ---- operands ----

  Parsed operand() {
    if (!lexer_.at(TokenKind::kOpen)) return {plain_operand(/*as_operand=*/true)};
    Level level(*this);
    lexer_.advance();
    Parsed inner = operand();
    return close(inner);
  }

  Parsed close(Parsed inner) {
    expect(TokenKind::kClose);
    if (inner.parenthesized) fault(kParentheses, "The expression has redundant parentheses;");
    return {inner.node, true};
  }

  const SyntaxNode* plain_operand(bool as_operand) {
    switch (lexer_.current().kind) {
      case TokenKind::kValue:
        return value();
      case TokenKind::kName:
        return path();
      case TokenKind::kIdentifier: {
        Token name = lexer_.current();
        lexer_.advance();
        if (!lexer_.at(TokenKind::kOpen)) return path_from(name);
        const SyntaxNode* call = function(name.text);
        if (as_operand) use_as_operand(*call);
        return call;
      }
      default:
        syntax_error();
    }
  }

  const SyntaxNode* value() {
    if (!lexer_.at(TokenKind::kValue)) syntax_error();
    auto* node = new (tree_.nodes().array<SyntaxNode>(1)) SyntaxNode();
    node->op = Operator::kValue;
    node->text = lexer_.current().text;
    lexer_.advance();
    return node;
  }

  const SyntaxNode* function(std::string_view name) {
    ++operators_;
    Level level(*this);
    bool update = kind_ == ExpressionKind::UpdateExpression;
    const FunctionRow* row = nullptr;
    for (const FunctionRow& candidate : kFunctions) {
      if (candidate.name == name) row = &candidate;
    }
    if (!row) {
      fault(kFunctionName, "Invalid function name; function: " + std::string(name));
    } else if (row->update != update) {
      fault(kFunctionName, std::string("The function is not allowed in ") + (update ? "an update" : "a condition") +
                               " expression; function: " + std::string(name));
    }
    expect(TokenKind::kOpen);
    std::vector<const SyntaxNode*> operands;
    do {
      operands.push_back(operand().node);
    } while (accept(TokenKind::kComma));
    expect(TokenKind::kClose);
    return make(row ? row->op : Operator::kSize, operands);
  }

  const SyntaxNode* path() {
    Token name = lexer_.current();
    if (name.kind != TokenKind::kIdentifier && name.kind != TokenKind::kName) syntax_error();
    lexer_.advance();
    return path_from(name);
  }

  const SyntaxNode* path_from(const Token& name) {
    steps_.clear();
    steps_.push_back(name_step(name));
    for (;;) {
      if (accept(TokenKind::kDot)) {
        Token next = lexer_.current();
        if (next.kind != TokenKind::kIdentifier && next.kind != TokenKind::kName) syntax_error();
        steps_.push_back(name_step(next));
        lexer_.advance();
      } else if (accept(TokenKind::kOpenBracket)) {
        if (!lexer_.at(TokenKind::kNumber)) syntax_error();
        steps_.push_back(index_step(lexer_.current().text));
        lexer_.advance();
        expect(TokenKind::kCloseBracket);
      } else {
        break;
      }
    }
    auto* node = new (tree_.nodes().array<SyntaxNode>(1)) SyntaxNode();
    node->op = Operator::kPath;
    node->steps = tree_.nodes().copy(std::span<const SyntaxStep>(steps_));
    return node;
  }

  SyntaxStep name_step(const Token& token) {
    if (token.kind == TokenKind::kName) return {SyntaxStep::Kind::kPlaceholder, 0, token.text};
    if (is_reserved_word(token.text)) {
      fault(kind_ == ExpressionKind::UpdateExpression ? kUpdateReserved : kReserved,
            "Attribute name is a reserved keyword; reserved keyword: " + std::string(token.text));
    }
    return {SyntaxStep::Kind::kName, 0, token.text};
  }

  SyntaxStep index_step(std::string_view digits) {
    uint64_t index = 0;
    for (char digit : digits) {
      index = index * 10 + static_cast<uint64_t>(digit - '0');
      if (index > kMaxListIndex) {
        fault(kListIndex, "List index is not within the allowable range; index: [" + std::string(digits) + "]");
        index = 0;
        break;
      }
    }
    return {SyntaxStep::Kind::kIndex, static_cast<uint32_t>(index), digits};
  }

  // ---- updates ----

  Section open_section() {
    Section section = Section::kSet;
    switch (lexer_.current().kind) {
      case TokenKind::kSet:
        break;
      case TokenKind::kRemove:
        section = Section::kRemove;
        break;
      case TokenKind::kAdd:
        section = Section::kAdd;
        break;
      case TokenKind::kDelete:
        section = Section::kDelete;
        break;
      default:
        syntax_error();
    }
    lexer_.advance();
    return section;
  }

  SyntaxAction action(Section section) {
    SyntaxAction result{section, path(), nullptr};
    if (section == Section::kSet) {
      expect(TokenKind::kEqual);
      result.value = sum().node;
    } else if (section != Section::kRemove) {
      result.value = value();
    }
    return result;
  }

  Parsed sum() {
    if (lexer_.at(TokenKind::kOpen)) {
      Level level(*this);
      lexer_.advance();
      Parsed inner = sum();
      Parsed closed = close(inner);
      if (inner.node->op == Operator::kPlus || inner.node->op == Operator::kMinus) return closed;
      return more_of_sum(closed);
    }
    return more_of_sum({plain_operand(/*as_operand=*/true)});
  }

  Parsed more_of_sum(Parsed left) {
    if (!lexer_.at(TokenKind::kPlus) && !lexer_.at(TokenKind::kMinus)) return left;
    Operator op = lexer_.at(TokenKind::kPlus) ? Operator::kPlus : Operator::kMinus;
    ++operators_;
    lexer_.advance();
    return {make(op, {left.node, operand().node})};
  }

  // ---- what a node may be used as ----

  static bool is_operand(const SyntaxNode& node) {
    return node.op == Operator::kPath || node.op == Operator::kValue || is_function(node);
  }
  static bool is_function(const SyntaxNode& node) {
    return node.op >= Operator::kAttributeExists && node.op != Operator::kPlus && node.op != Operator::kMinus;
  }

  void use_as_operand(const SyntaxNode& node) {
    if (is_function(node) && kind_ != ExpressionKind::UpdateExpression && node.op != Operator::kSize) misuse(node);
  }

  void require_condition(const Parsed& parsed) {
    const SyntaxNode& node = *parsed.node;
    if (node.op == Operator::kPath || node.op == Operator::kValue) syntax_error();
    if (node.op == Operator::kSize) misuse(node);
  }

  void misuse(const SyntaxNode& node) {
    fault(kFunctionUse, "The function is not allowed to be used this way in an expression; function: " +
                            std::string(name_of(node.op)));
  }

  // ---- tokens, nodes, faults ----

  struct Level {
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth) parser_.too_deep();
    }
    ~Level() { --parser_.depth_; }
    Parser& parser_;
  };

  bool accept(TokenKind kind) {
    if (!lexer_.at(kind)) return false;
    lexer_.advance();
    return true;
  }
  void expect(TokenKind kind) {
    if (!accept(kind)) syntax_error();
  }
  void expect_end() {
    if (!lexer_.at(TokenKind::kEnd)) syntax_error();
  }

  const SyntaxNode* make(Operator op, std::span<const SyntaxNode* const> operands) {
    auto* node = new (tree_.nodes().array<SyntaxNode>(1)) SyntaxNode();
    node->op = op;
    node->operands = tree_.nodes().copy(operands);
    return node;
  }
  const SyntaxNode* make(Operator op, std::initializer_list<const SyntaxNode*> operands) {
    return make(op, std::span<const SyntaxNode* const>(operands.begin(), operands.size()));
  }

  [[noreturn]] void refuse(const std::string& text) {
    throw ExpressionError("Invalid " + std::string(name_of(kind_)) + ": " + text, true);
  }
  [[noreturn]] void syntax_error() { refuse("Syntax error; " + lexer_.describe_current()); }

  // Each level is a '(' or a call. So many of them hold either more than 300 operators or a '(' straight inside a '('.
  // What is left of the text is only counted.
  [[noreturn]] void too_deep() {
    int operators = operators_;
    bool after_name = false;
    for (; !lexer_.at(TokenKind::kEnd); lexer_.advance()) {
      TokenKind kind = lexer_.current().kind;
      bool call = kind == TokenKind::kOpen && after_name;
      bool word = kind >= TokenKind::kEqual && kind <= TokenKind::kIn && kind != TokenKind::kBetween;  // its AND counts
      if (call || word) ++operators;
      after_name = kind == TokenKind::kIdentifier;
    }
    if (operators > kMaxOperators) refuse_operators(operators);
    refuse("The expression has redundant parentheses;");
  }
  [[noreturn]] void refuse_operators(int count) {
    refuse("The expression contains too many operators; operator count: " + std::to_string(count));
  }

  void fault(Fault rank, std::string text) {
    if (faults_[rank].empty()) faults_[rank] = std::move(text);
  }
  void finish() {
    if (operators_ > kMaxOperators) refuse_operators(operators_);
    for (const std::string& text : faults_) {
      if (!text.empty()) refuse(text);
    }
  }

  ExpressionKind kind_;
  SyntaxTree& tree_;
  Lexer lexer_;
  std::vector<SyntaxStep> steps_;
  std::array<std::string, kFaultCount> faults_;
  int operators_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string too_many_in_operands(size_t count) {
  return "The IN operator is provided with too many operands; number of operands: " + std::to_string(count);
}

std::shared_ptr<const SyntaxTree> parse(ExpressionKind kind, std::string_view text) {
  auto refuse = [&](const std::string& reason) {
    throw ExpressionError("Invalid " + std::string(name_of(kind)) + ": " + reason, true);
  };
  if (text.empty()) refuse("The expression can not be empty;");
  if (text.size() > kMaxExpressionSize) {
    std::string reason = "Expression size has exceeded the maximum allowed size;";
    if (kind != ExpressionKind::UpdateExpression) reason += " expression size: " + std::to_string(text.size());
    refuse(reason);
  }
  auto tree = std::make_shared<SyntaxTree>(text);
  Parser parser(kind, *tree);
  switch (kind) {
    case ExpressionKind::UpdateExpression:
      parser.update();
      break;
    case ExpressionKind::ProjectionExpression:
      parser.projection();
      break;
    default:
      parser.condition();
      break;
  }
  return tree;
}

}  // namespace stator::expressions
