#include "emulator/partiql/statement.h"

#include "emulator/expressions/expression_error.h"
#include "emulator/partiql/lexer.h"
#include "emulator/partiql/lowering.h"
#include "emulator/partiql/parser.h"

namespace stator::partiql {
namespace {

using expressions::DocumentPath;
using expressions::ExpressionError;
using expressions::PathStep;
using expressions::SyntaxAction;

[[noreturn]] void refuse_form(std::string text) {
  throw ExpressionError(std::move(text), true);
}

// "ALL OLD *" of "all_old".
std::string returning_text(const Change& change, std::string_view statement) {
  std::string text;
  for (char c : change.returning) text += c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (change.returned == nullptr) return text + " *";
  return text + ' ' + std::string(statement.substr(change.returned->offset, change.returned->length));
}

class Reader {
 public:
  explicit Reader(Statement& statement)
      : statement_(statement), arena_(statement.syntax.nodes()), lowering_(statement) {}

  void read(const Node& root) {
    if (root.kind == NodeKind::kSelect) {
      read_query(*root.query);
    } else if (root.kind == NodeKind::kChange) {
      read_change(*root.change);
    } else if (root.kind == NodeKind::kCall && root.text == "exists" && root.parts.size() == 1 &&
               root.parts[0]->kind == NodeKind::kSelect) {
      statement_.kind = StatementKind::kExists;
      read_query(*root.parts[0]->query);
    } else {
      lowering_.refuse_operation(root);
    }
  }

 private:
  // ---- tables ----

  void read_source(const Node& source, bool index_allowed) {
    std::vector<std::string_view> components;
    if (source.kind == NodeKind::kName) {
      components.push_back(source.text);
    } else if (source.kind == NodeKind::kPath && source.parts[0]->kind == NodeKind::kName) {
      for (const Node* part : source.parts) {
        if (part->kind != NodeKind::kName && part->kind != NodeKind::kField)
          lowering_.refuse_at("Unexpected path component", *part);
        components.push_back(part->text);
      }
    } else {
      refuse_form("Only select from a single table or index is supported.");
    }
    for (std::string_view component : components)
      if (component.empty()) refuse_form("Path component cannot be an empty string");
    size_t most = index_allowed ? 2 : 1;
    if (components.size() > most)
      refuse_form("A path may contain at most " + std::to_string(most) + " components in the FROM clause");
    statement_.table = components[0];
    statement_.has_index = components.size() == 2;
    if (statement_.has_index) statement_.index = components[1];
  }

  // ---- SELECT ----

  void read_query(const Query& query) {
    if (query.aliased) refuse_form("Aliasing is not supported");
    if (query.joined) refuse_form("Only select from a single table or index is supported.");
    read_source(*query.source, true);
    if (!query.other_clause.empty()) {
      refuse_form("Unsupported clause: " + std::string(query.other_clause) +
                  at_position(statement_.text(), query.other_clause_at->offset, query.other_clause_at->length));
    }
    statement_.everything = query.everything;
    if (query.where != nullptr) statement_.syntax.condition = lowering_.condition(*query.where);
    if (!query.everything) read_projection(query.items);
    read_order(query);
  }

  // What is wrong with a projection is told behind the table (validation_2026.json: COUNT(*) and the multi-attribute
  // index).
  void read_projection(std::span<const Node* const> items) {
    std::span<DocumentPath> paths = arena_.make<DocumentPath>(items.size());
    std::span<std::string_view> names = arena_.make<std::string_view>(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      const Node* odd = nullptr;
      if (!lowering_.path(*items[i], paths[i], odd)) {
        statement_.fault = "Unexpected path component" + at_position(statement_.text(), odd->offset, odd->length);
        return;
      }
      names[i] = answer_name(paths[i]);
    }
    statement_.projection = paths;
    statement_.projection_names = names;
  }

  // Under which name a path is answered: its last name, with the indexes behind it as written. SELECT a.b[0] is b[0].
  std::string_view answer_name(const DocumentPath& path) {
    size_t last = path.steps.size() - 1;
    while (path.steps[last].is_index) --last;
    if (last + 1 == path.steps.size()) return path.steps[last].name;
    std::string name(path.steps[last].name);
    for (const PathStep& step : path.steps.subspan(last + 1)) name += '[' + std::to_string(step.index) + ']';
    return arena_.copy(std::string_view(name));
  }

  void read_order(const Query& query) {
    if (query.order.empty()) return;
    if (query.where == nullptr) refuse_form("Must have WHERE clause in the statement when using ORDER BY clause.");
    std::span<Order> order = arena_.make<Order>(query.order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      const Node& key = *query.order[i].key;
      if (key.kind != NodeKind::kName) lowering_.refuse_at("Unexpected path component", key);
      order[i] = {key.text, query.order[i].descending};
    }
    statement_.order = order;
  }

  // ---- INSERT, UPDATE, DELETE ----

  void read_change(const Change& change) {
    using Kind = Change::Kind;
    statement_.kind = change.kind == Kind::kInsert   ? StatementKind::kInsert
                      : change.kind == Kind::kUpdate ? StatementKind::kUpdate
                                                     : StatementKind::kDelete;
    if (change.aliased) refuse_form("Aliasing is not supported");
    if (change.joined) refuse_form("Only select from a single table or index is supported.");
    read_source(*change.table, false);
    if (!change.other_clause.empty()) refuse_form("Unsupported clause: " + std::string(change.other_clause));
    read_returning(change);
    if (change.kind == Kind::kInsert) {
      read_item(*change.value);
      return;
    }
    std::vector<SyntaxAction> actions;
    for (const Assignment& assignment : change.assignments) actions.push_back(lowering_.action(assignment));
    statement_.syntax.actions = arena_.copy(std::span<const SyntaxAction>(actions));
    if (change.where != nullptr) statement_.syntax.condition = lowering_.condition(*change.where);
  }

  void read_item(const Node& value) {
    if (value.kind != NodeKind::kStruct && value.kind != NodeKind::kParameter)
      lowering_.refuse_at("The value of an INSERT must be a tuple", value);
    lowering_.check_constant(value);
    statement_.item = &value;
  }

  void read_returning(const Change& change) {
    if (change.returning.empty()) return;
    std::string_view what = change.returning;
    bool whole = change.returned == nullptr && !change.several_returned;
    auto invalid = [&](std::string_view allowed) {
      refuse_form("Invalid returning clause: RETURNING " + returning_text(change, statement_.text()) +
                  ". Only RETURNING " + std::string(allowed) + " statements.");
    };
    if (change.kind == Change::Kind::kInsert) refuse_form("RETURNING clause is not supported in INSERT statements.");
    if (change.kind == Change::Kind::kDelete && (!whole || what != "all_old"))
      invalid("ALL OLD * is allowed in DELETE");
    if (!whole) invalid("( ALL | MODIFIED ) ( OLD | NEW ) * is allowed in UPDATE");
    statement_.returning = what == "all_old"        ? Returning::kAllOld
                           : what == "all_new"      ? Returning::kAllNew
                           : what == "modified_old" ? Returning::kModifiedOld
                                                    : Returning::kModifiedNew;
  }

  Statement& statement_;
  Arena& arena_;
  Lowering lowering_;
};

}  // namespace

std::shared_ptr<const Statement> read_statement(std::string_view text) {
  auto statement = std::make_shared<Statement>(text);
  const Node* root = parse(statement->text(), statement->syntax.nodes(), statement->parameters);
  Reader(*statement).read(*root);
  return statement;
}

}  // namespace stator::partiql
