#include "emulator/partiql/parser.h"

#include <vector>

#include "emulator/partiql/expression_parser.h"

namespace stator::partiql {
namespace {

constexpr int kSelectRank = 6;

// Queries and changes.
class StatementParser final : public ExpressionParser {
 public:
  StatementParser(std::string_view text, Arena& arena) : ExpressionParser(text, arena) {}

  const Node* statement() {
    const Node* root = expression();
    if (at_end()) return root;
    if (!head().is(";")) refuse_syntax("Unexpected token after expression");
    advance();
    if (!at_end()) refuse_syntax("Unexpected token after semicolon. (Only one query is allowed.)");
    return root;
  }

 private:
  const Node* statement_term() override {
    if (head().is("select")) return select();
    if (head().is("insert_into")) return insert();
    if (head().is("update")) return update();
    if (head().is("delete")) return erase();
    if (head().is("from")) return from_change();
    return nullptr;
  }

  // ---- SELECT ----

  const Node* select() {
    const Token& token = head();
    advance();
    Query* query = make<Query>();
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
      query->order = keep(terms);
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
    if (!query.everything) query.items = keep(items);
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
    Change* change = make<Change>();
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
    Change* change = make<Change>();
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
    Change* change = make<Change>();
    change->kind = Change::Kind::kDelete;
    change->table = simple_path();
    change->aliased = aliases();
    if (accept("where")) change->where = expression();
    return finish_change(token, change);
  }

  const Node* from_change() {
    const Token& token = head();
    advance();
    Change* change = make<Change>();
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
    change.assignments = keep(assignments);
  }
};

}  // namespace

const Node* parse(std::string_view statement, Arena& arena, size_t& parameters) {
  StatementParser parser(statement, arena);
  const Node* root = parser.statement();
  parameters = parser.parameters();
  return root;
}

}  // namespace stator::partiql
