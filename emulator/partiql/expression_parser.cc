#include "emulator/partiql/expression_parser.h"

#include <algorithm>
#include <string>

#include "emulator/partiql/keywords.h"

namespace stator::partiql {
namespace {

constexpr int kNotRank = 30;
// Of nested terms. No statement of 8,192 characters that means anything comes near; what nests deeper is no statement.
constexpr int kMaxDepth = 200;

// The rank of an infix operator, or 0.
int rank_of(const Token& token) {
  if (token.kind != TokenKind::kOperator) return 0;
  std::string_view op = token.text;
  if (op == "union" || op == "intersect" || op == "except") return 5;
  if (op == "or") return 10;
  if (op == "and") return 20;
  if (op == "=" || op == "<>" || op == "is" || op == "is_not" || op == "in" || op == "not_in") return 40;
  if (op == "<" || op == "<=" || op == ">" || op == ">=" || op == "between" || op == "not_between" || op == "like" ||
      op == "not_like")
    return 50;
  if (op == "+" || op == "-" || op == "||") return 60;
  if (op == "*" || op == "/" || op == "%") return 70;
  return 0;
}

struct Level {
  explicit Level(int& depth) : depth_(depth) {
    if (++depth_ > kMaxDepth) refuse_syntax("");
  }
  ~Level() { --depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  int& depth_;
};

}  // namespace

const Token& ExpressionParser::ahead(size_t count) const {
  return tokens_[std::min(at_ + count, tokens_.size() - 1)];
}

Node* ExpressionParser::make(NodeKind kind, const Token& token) {
  Node* node = new (arena_.array<Node>(1)) Node();
  node->kind = kind;
  node->offset = token.offset;
  node->length = token.length;
  node->text = token.text;
  return node;
}

const Node* ExpressionParser::make(NodeKind kind, const Token& token, const Nodes& parts) {
  Node* node = make(kind, token);
  node->parts = keep(parts);
  return node;
}

const Node* ExpressionParser::take(NodeKind kind) {
  Node* node = make(kind, head());
  advance();
  return node;
}

const Node* ExpressionParser::expression(int rank) {
  const Node* left = term();
  while (rank_of(head()) > rank && rank_of(head()) > 0) {
    const Token& op = head();
    Nodes parts{left, right_side(op)};
    if (op.is("between") || op.is("not_between")) {
      expect("and", "Expected AND keyword");
      if (at_end()) refuse_syntax("Expected expression after AND");
      parts.push_back(expression(rank_of(op)));
    } else if ((op.is("like") || op.is("not_like")) && accept("escape")) {
      if (at_end()) refuse_syntax("Expected expression after ESCAPE");
      parts.push_back(expression(rank_of(op)));
    }
    left = make(NodeKind::kOperator, op, parts);
  }
  return left;
}

const Node* ExpressionParser::right_side(const Token& op) {
  bool is_type = op.is("is") || op.is("is_not");
  // A parenthesis behind IN is a list even of one, unless it holds a query.
  bool is_list =
      (op.is("in") || op.is("not_in")) && ahead(1).is("(") && !ahead(2).is("select") && !ahead(2).is("values");
  if (!is_type && ahead(1).kind == TokenKind::kEnd)
    refuse_syntax("Missing right-hand side expression of infix operator");
  advance();
  if (is_type) return type();
  if (!is_list) return expression(rank_of(op));
  const Token& open = head();
  advance();
  return finish_list(NodeKind::kList, open, ")", "Expected RIGHT_PAREN");
}

const Node* ExpressionParser::type() {
  if (head().kind != TokenKind::kWord || !is_type_name(head().text)) refuse_syntax("Expected type name");
  return take(NodeKind::kType);
}

const Node* ExpressionParser::term() {
  Level level(depth_);
  const Token& sign = head();
  if (sign.is("not")) {
    advance();
    return make(NodeKind::kOperator, sign, {expression(kNotRank)});
  }
  if (!sign.is("+") && !sign.is("-")) return steps(primary(), false);
  advance();
  const Node* operand = term();
  if (operand->kind != NodeKind::kNumber) return make(NodeKind::kOperator, sign, {operand});
  if (sign.is("+")) return operand;
  Node* negative = make(NodeKind::kNumber, sign);
  negative->length = operand->offset + operand->length - sign.offset;
  negative->text = operand->text.starts_with('-') ? operand->text.substr(1)
                                                  : arena_.copy(std::string_view("-" + std::string(operand->text)));
  return negative;
}

const Node* ExpressionParser::simple_path() {
  if (!head().is_name()) refuse_syntax("Expected identifier for simple path");
  return steps(take(NodeKind::kName), true);
}

const Node* ExpressionParser::steps(const Node* first, bool simple) {
  Nodes parts{first};
  while (true) {
    if (accept(".")) {
      if (head().is_name()) {
        parts.push_back(take(NodeKind::kField));
      } else if (head().is("*")) {
        if (simple) refuse_syntax("Invalid path dot component for simple path");
        parts.push_back(take(NodeKind::kEvery));
      } else {
        refuse_syntax("Invalid path dot component");
      }
    } else if (head().is("[")) {
      const Token& open = head();
      advance();
      if (head().is("*"))
        parts.push_back(take(NodeKind::kEvery));
      else
        parts.push_back(make(NodeKind::kElement, open, {expression()}));
      expect("]", "Expected RIGHT_BRACKET");
      if (simple && parts.back()->kind == NodeKind::kEvery) refuse_syntax("Invalid path component for simple path");
    } else {
      break;
    }
  }
  if (parts.size() == 1) return first;
  Node* node = make(NodeKind::kPath, tokens_[at_ - 1]);
  node->offset = first->offset;
  node->length = first->length;
  node->text = first->text;
  node->parts = keep(parts);
  return node;
}

const Node* ExpressionParser::primary() {
  const Token& token = head();
  switch (token.kind) {
    case TokenKind::kString:
      return take(NodeKind::kString);
    case TokenKind::kNumber:
      return take(NodeKind::kNumber);
    case TokenKind::kName:
    case TokenKind::kQuoted:
      return ahead(1).is("(") ? call() : take(NodeKind::kName);
    case TokenKind::kWord:
      return word();
    case TokenKind::kOperator:
      refuse_syntax(token.is("*") ? "Unexpected term" : "Unexpected operator");
    case TokenKind::kMark:
      break;
    case TokenKind::kEnd:
      refuse_syntax("Unexpected term");
  }
  if (token.is("?")) {
    Node* node = make(NodeKind::kParameter, token);
    node->index = parameters_++;
    advance();
    return node;
  }
  if (token.is("(")) return group();
  advance();
  if (token.is("[")) return finish_list(NodeKind::kList, token, "]", "Expected RIGHT_BRACKET");
  if (token.is("<<")) return finish_list(NodeKind::kBag, token, ">>", "Expected RIGHT_DOUBLE_ANGLE_BRACKET");
  if (token.is("{")) return structure(token);
  refuse_syntax("Unexpected term");
}

const Node* ExpressionParser::word() {
  const Token& token = head();
  if (token.is("true")) return take(NodeKind::kTrue);
  if (token.is("false")) return take(NodeKind::kFalse);
  if (token.is("null")) return take(NodeKind::kNull);
  if (token.is("missing")) return take(NodeKind::kMissing);
  if (const Node* query_or_change = statement_term()) return query_or_change;
  if (is_function_keyword(token.text) && ahead(1).is("(")) return call();
  for (std::string_view particle : {"as", "asc", "at", "by", "desc", "for"})
    if (token.is(particle)) refuse_syntax("Unexpected term");
  refuse_syntax("Unexpected keyword");
}

const Node* ExpressionParser::call() {
  Token name = head();
  std::string lower(name.text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  name.text = arena_.copy(std::string_view(lower));
  advance();
  advance();  // the parenthesis
  if (head().is("*")) {
    if (name.text != "count") refuse_syntax(lower + "(*) is not allowed");
    const Node* every = take(NodeKind::kEvery);
    expect(")", "Expected RIGHT_PAREN");
    return make(NodeKind::kCall, name, {every});
  }
  bool aggregate =
      name.text == "count" || name.text == "sum" || name.text == "min" || name.text == "max" || name.text == "avg";
  if (aggregate && !accept("distinct")) accept("all");
  const Node* node = finish_list(NodeKind::kCall, name, ")", "Expected RIGHT_PAREN");
  if (aggregate && node->parts.size() != 1) refuse_syntax("Aggregate functions are always unary");
  return node;
}

const Node* ExpressionParser::group() {
  const Token& open = head();
  advance();
  if (head().is(")")) refuse_syntax("Unexpected term");
  const Node* list = finish_list(NodeKind::kList, open, ")", "Expected RIGHT_PAREN");
  return list->parts.size() == 1 ? list->parts[0] : list;
}

const Node* ExpressionParser::finish_list(NodeKind kind, const Token& token, std::string_view close,
                                          std::string_view otherwise) {
  Nodes parts;
  if (!head().is(close)) {
    do {
      parts.push_back(expression());
    } while (accept(","));
  }
  expect(close, otherwise);
  return make(kind, token, parts);
}

const Node* ExpressionParser::structure(const Token& open) {
  Nodes parts;
  if (!head().is("}")) {
    do {
      parts.push_back(expression());
      expect(":", "Expected COLON");
      parts.push_back(expression());
    } while (accept(","));
  }
  expect("}", "Expected RIGHT_CURLY");
  return make(NodeKind::kStruct, open, parts);
}

}  // namespace stator::partiql
