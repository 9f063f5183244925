#include "emulator/partiql/parser.h"

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/partiql/keywords.h"
#include "emulator/partiql/lexer.h"

namespace stator::partiql {
namespace {

constexpr int kSelectRank = 6;
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

class Parser {
 public:
  Parser(std::string_view text, Arena& arena) : arena_(arena), tokens_(tokenize(text, arena)) {}

  const Node* statement() {
    const Node* root = expression();
    if (at_end()) return root;
    if (!head().is(";")) refuse_syntax("Unexpected token after expression");
    advance();
    if (!at_end()) refuse_syntax("Unexpected token after semicolon. (Only one query is allowed.)");
    return root;
  }

  size_t parameters() const { return parameters_; }

 private:
  using Nodes = std::vector<const Node*>;

  const Token& head() const { return tokens_[at_]; }
  const Token& ahead(size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  bool at_end() const { return head().kind == TokenKind::kEnd; }
  void advance() {
    if (!at_end()) ++at_;
  }
  bool accept(std::string_view word) {
    if (!head().is(word)) return false;
    advance();
    return true;
  }
  void expect(std::string_view word, std::string_view otherwise) {
    if (!accept(word)) refuse_syntax(otherwise);
  }

  Node* make(NodeKind kind, const Token& token) {
    Node* node = new (arena_.array<Node>(1)) Node();
    node->kind = kind;
    node->offset = token.offset;
    node->length = token.length;
    node->text = token.text;
    return node;
  }
  const Node* make(NodeKind kind, const Token& token, const Nodes& parts) {
    Node* node = make(kind, token);
    node->parts = arena_.copy(std::span<const Node* const>(parts));
    return node;
  }
  // The head as a node of its own.
  const Node* take(NodeKind kind) {
    Node* node = make(kind, head());
    advance();
    return node;
  }

  // ---- expressions ----

  const Node* expression(int rank = -1) {
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

  // The right side of an infix operator, which is the head.
  const Node* right_side(const Token& op) {
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

  const Node* type() {
    if (head().kind != TokenKind::kWord || !is_type_name(head().text)) refuse_syntax("Expected type name");
    return take(NodeKind::kType);
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

  const Node* term() {
    Level level(depth_);
    const Token& sign = head();
    if (sign.is("not")) {
      advance();
      return make(NodeKind::kOperator, sign, {expression(kNotRank)});
    }
    if (!sign.is("+") && !sign.is("-")) return path();
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

  const Node* path() { return steps(primary(), false); }

  const Node* simple_path() {
    if (!head().is_name()) refuse_syntax("Expected identifier for simple path");
    return steps(take(NodeKind::kName), true);
  }

  const Node* steps(const Node* first, bool simple) {
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
    node->parts = arena_.copy(std::span<const Node* const>(parts));
    return node;
  }

  const Node* primary() {
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

  const Node* word() {
    const Token& token = head();
    if (token.is("true")) return take(NodeKind::kTrue);
    if (token.is("false")) return take(NodeKind::kFalse);
    if (token.is("null")) return take(NodeKind::kNull);
    if (token.is("missing")) return take(NodeKind::kMissing);
    if (token.is("select")) return select();
    if (token.is("insert_into")) return insert();
    if (token.is("update")) return update();
    if (token.is("delete")) return erase();
    if (token.is("from")) return from_change();
    if (is_function_keyword(token.text) && ahead(1).is("(")) return call();
    for (std::string_view particle : {"as", "asc", "at", "by", "desc", "for"})
      if (token.is(particle)) refuse_syntax("Unexpected term");
    refuse_syntax("Unexpected keyword");
  }

  const Node* call() {
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

  // A parenthesis groups one expression, and makes a list of several.
  const Node* group() {
    const Token& open = head();
    advance();
    if (head().is(")")) refuse_syntax("Unexpected term");
    const Node* list = finish_list(NodeKind::kList, open, ")", "Expected RIGHT_PAREN");
    return list->parts.size() == 1 ? list->parts[0] : list;
  }

  // What stands before `close`, separated by commas; the opening token has been read.
  const Node* finish_list(NodeKind kind, const Token& token, std::string_view close, std::string_view otherwise) {
    Nodes parts;
    if (!head().is(close)) {
      do {
        parts.push_back(expression());
      } while (accept(","));
    }
    expect(close, otherwise);
    return make(kind, token, parts);
  }

  const Node* structure(const Token& open) {
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

  // ---- SELECT ----

  const Node* select() {
    const Token& token = head();
    advance();
    Query* query = new (arena_.array<Query>(1)) Query();
    auto other = [&](std::string_view clause, const Node* at) {
      if (query->other_clause.empty()) {
        query->other_clause = clause;
        query->other_clause_at = at;
      }
    };
    bool distinct = accept("distinct");
    if (!distinct) accept("all");
    bool value = accept("value");
    select_list(*query, value);
    if (distinct) other("SELECT DISTINCT", make(NodeKind::kName, token));
    if (value) other("SELECT VALUE", make(NodeKind::kName, token));
    expect("from", "Expected FROM after SELECT list");
    query->source = source(query->aliased, query->joined);
    if (accept("where")) query->where = expression(kSelectRank);
    if (accept("order")) {
      expect("by", "Expected BY");
      std::vector<OrderTerm> terms;
      do {
        const Node* key = expression();
        bool descending = accept("desc");
        if (!descending) accept("asc");
        terms.push_back({key, descending});
      } while (accept(","));
      query->order = arena_.copy(std::span<const OrderTerm>(terms));
    }
    if (accept("group")) {
      accept("partial");
      expect("by", "Expected BY");
      do {
        other("GROUP BY", expression(kSelectRank));
      } while (accept(","));
    }
    for (std::string_view clause : {"having", "limit", "offset"})
      if (accept(clause))
        other(clause == "having" ? "HAVING" : clause == "limit" ? "LIMIT" : "OFFSET", expression(kSelectRank));
    Node* node = make(NodeKind::kSelect, token);
    node->query = query;
    return node;
  }

  void select_list(Query& query, bool value) {
    Nodes items;
    do {
      if (!value && accept("*")) {
        query.everything = true;
        items.push_back(nullptr);
        continue;
      }
      items.push_back(expression());
      query.aliased = alias() || query.aliased;
    } while (!value && accept(","));
    if (query.everything && items.size() > 1)
      refuse_syntax("Other expressions may not be present in the select list when '*' is used without dot notation.");
    if (!query.everything) query.items = arena_.copy(std::span<const Node* const>(items));
  }

  bool alias() {
    if (accept("as")) {
      if (!head().is_name()) refuse_syntax("Expected identifier for AS-alias");
      advance();
      return true;
    }
    if (!head().is_name()) return false;
    advance();
    return true;
  }
  bool aliases() {
    bool any = alias();
    for (std::string_view word : {"at", "by"}) {
      if (!accept(word)) continue;
      any = true;
      if (!head().is_name())
        refuse_syntax(word == "at" ? "Expected identifier for AT-alias" : "Expected identifier for BY-alias");
      advance();
    }
    return any;
  }

  // The first of the sources behind FROM; of the others it is enough that they are there.
  const Node* source(bool& aliased, bool& joined) {
    const Node* first = expression(kSelectRank);
    aliased = aliases() || aliased;
    while (true) {
      bool cross = head().is(",") || head().is("cross_join");
      if (!cross && !head().is("join")) return first;
      advance();
      joined = true;
      expression(kSelectRank);
      aliases();
      if (cross) continue;
      expect("on", "Expected 'ON'");
      expression(kSelectRank);
    }
  }

  // ---- INSERT, UPDATE, DELETE ----

  const Node* finish_change(const Token& token, Change* change) {
    if (accept("returning")) {
      do {
        change->several_returned = !change->returning.empty();
        const Token& what = head();
        bool known = what.is("all_old") || what.is("all_new") || what.is("modified_old") || what.is("modified_new");
        if (!known) refuse_syntax("Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
        change->returning = what.text;
        advance();
        if (!accept("*")) change->returned = expression();
      } while (accept(","));
    }
    Node* node = make(NodeKind::kChange, token);
    node->change = change;
    return node;
  }

  const Node* insert() {
    const Token& token = head();
    advance();
    Change* change = new (arena_.array<Change>(1)) Change();
    change->table = simple_path();
    if (accept("value")) {
      change->value = expression();
      if (accept("at")) {
        change->other_clause = "AT";
        expression();
      }
      if (accept("on_conflict")) {
        change->other_clause = "ON CONFLICT";
        expect("where", "invalid ON CONFLICT syntax");
        expression();
        expect("do_nothing", "invalid ON CONFLICT syntax");
      }
      return finish_change(token, change);
    }
    // INSERT INTO T <<{..}>>, which DynamoDB does not have: any other expression may stand here.
    change->other_clause = "INSERT";
    change->value = head().is("values") ? table_values() : expression();
    return finish_change(token, change);
  }

  const Node* table_values() {
    const Token& token = head();
    advance();
    Nodes rows;
    do {
      if (!head().is("(")) refuse_syntax("Expected LEFT_PAREN for row value constructor");
      rows.push_back(group());
    } while (accept(","));
    return make(NodeKind::kBag, token, rows);
  }

  const Node* update() {
    const Token& token = head();
    advance();
    Change* change = new (arena_.array<Change>(1)) Change();
    change->kind = Change::Kind::kUpdate;
    change->table = simple_path();
    change->aliased = aliases();
    manipulations(*change);
    if (accept("where")) change->where = expression();
    return finish_change(token, change);
  }

  const Node* erase() {
    const Token& token = head();
    advance();
    expect("from", "Expected FROM after DELETE");
    Change* change = new (arena_.array<Change>(1)) Change();
    change->kind = Change::Kind::kDelete;
    change->table = simple_path();
    change->aliased = aliases();
    if (accept("where")) change->where = expression();
    return finish_change(token, change);
  }

  const Node* from_change() {
    const Token& token = head();
    advance();
    Change* change = new (arena_.array<Change>(1)) Change();
    change->kind = Change::Kind::kUpdate;
    change->table = source(change->aliased, change->joined);
    if (accept("where")) change->where = expression();
    manipulations(*change);
    return finish_change(token, change);
  }

  void manipulations(Change& change) {
    std::vector<Assignment> assignments;
    while (true) {
      if (accept("set")) {
        do {
          const Node* target = simple_path();
          expect("=", "Expected '='");
          assignments.push_back({target, expression()});
        } while (accept(","));
      } else if (accept("remove")) {
        assignments.push_back({simple_path(), nullptr});
      } else {
        break;
      }
    }
    if (assignments.empty()) refuse_syntax("Expected data manipulation");
    change.assignments = arena_.copy(std::span<const Assignment>(assignments));
  }

  Arena& arena_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  uint32_t parameters_ = 0;
};

}  // namespace

const Node* parse(std::string_view statement, Arena& arena, size_t& parameters) {
  Parser parser(statement, arena);
  const Node* root = parser.statement();
  parameters = parser.parameters();
  return root;
}

}  // namespace stator::partiql
