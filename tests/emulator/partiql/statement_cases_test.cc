// Runs tests/cases/partiql/*.txt. A case is one line:
//
//   statement | item | parameters -> result
//
// Values are plain JSON (plain_json.h), parameters a list of them. The result is what the statement makes of the item:
// what a SELECT answers or an UPDATE leaves, `-` where the WHERE is false for it, `true` where EXISTS or DELETE meet
// it, the item of an INSERT. `! text` is an error; `!! text` one of the item, or one that is told behind the table.
// `[table]` above: the result is the table, the index, the order and what is returned.
#include <gtest/gtest.h>

#include "case_file.h"
#include "emulator/expressions/expression_error.h"
#include "emulator/partiql/bound_statement.h"
#include "emulator/partiql/statement_cache.h"

namespace stator::tests {
namespace {

using namespace stator::partiql;
using expressions::ExpressionError;

std::string about_table(const Statement& statement) {
  static constexpr std::string_view kReturning[] = {"", "ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"};
  std::string out(statement.table);
  if (statement.has_index) out += "." + std::string(statement.index);
  for (const Order& order : statement.order)
    out += " by " + std::string(order.attribute) + (order.descending ? " desc" : "");
  if (statement.returning != Returning::kNothing)
    out += " returning " + std::string(kReturning[static_cast<size_t>(statement.returning)]);
  return out;
}

std::string run(const Case& one, StatementCache& cache) {
  Arena arena;
  try {
    Item item = one.fields[1].empty() ? AttributeValue::map({}) : plain_value(one.fields[1], arena);
    AttributeValue parameters = one.fields[2].empty() ? AttributeValue::collection(AttributeValue::Type::L, {})
                                                      : plain_value(one.fields[2], arena);
    BoundStatement bound = bind(cache.get(one.fields[0]), parameters.elements(), arena);
    if (one.kind == "table") return about_table(*bound.statement);
    if (!bound->fault.empty()) return "!! " + bound->fault;
    if (bound->kind == StatementKind::kInsert) return print(bound.item);
    if (bound.where != nullptr && !bound.where->holds(item)) return "-";
    if (bound->kind == StatementKind::kUpdate) return print(bound.update->apply(item, arena).item);
    if (bound->kind != StatementKind::kSelect) return "true";
    return print(bound.projection == nullptr ? item : bound.projection->apply(item, arena));
  } catch (const ExpressionError& error) {
    return (error.before_table ? "! " : "!! ") + error.message;
  }
}

class StatementCase : public testing::Test {
 public:
  StatementCase(Case one, StatementCache& cache) : case_(std::move(one)), cache_(cache) {}
  void TestBody() override {
    std::string result = run(case_, cache_);
    EXPECT_TRUE(matches(case_.expected, trimmed(result)))
        << case_.where << "\n  " << case_.fields[0].substr(0, 200) << "\n  expected " << case_.expected
        << "\n  got      " << result;
    // Once more, from the cache.
    EXPECT_EQ(run(case_, cache_), result);
  }

 private:
  Case case_;
  StatementCache& cache_;
};

[[maybe_unused]] const bool registered = register_cases("partiql", "StatementCases", 150, [](const Case& one) {
  static StatementCache cache;
  return new StatementCase(one, cache);
});

TEST(StatementCache, gives_the_same_statement_for_the_same_text) {
  StatementCache cache;
  auto first = cache.get("SELECT * FROM t WHERE a = ?");
  EXPECT_EQ(first, cache.get(std::string("SELECT * FROM t") + " WHERE a = ?"));
  EXPECT_NE(first, cache.get("SELECT * FROM t WHERE a = 1"));
  EXPECT_THROW(cache.get("SELECT"), ExpressionError);
  EXPECT_EQ(cache.size(), 2u);
}

}  // namespace
}  // namespace stator::tests
