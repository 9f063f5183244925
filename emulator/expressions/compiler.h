// The way in. One Compiler serves one request (in a transaction: one action) and turns its expressions into things that
// can be evaluated; all they need lives in the request's arena. Call it in the service's order, which is the order of
// its errors:
//
//   check_parameters(...)                                      before any value of the request is looked at
//   check_name_keys, check_names, check_value_keys             then the faults of the values themselves (the caller's)
//   UpdateItem                update, condition                (validation_errors.json, UpdateItem 54, 55)
//   PutItem, DeleteItem       condition
//   Query                     condition(KeyCondition), condition(Filter), projection; later key_condition() of the
//   first Scan, GetItem, ...        condition(Filter), projection check_unused()
//
// Whatever is wrong throws ExpressionError with before_table set. Conditions are checked clause by clause as written:
// names and values defined, number of operands, their types, paths where paths are needed, distinct operands.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/expressions/condition.h"
#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/expression_kind.h"
#include "emulator/expressions/placeholders.h"
#include "emulator/expressions/projection.h"
#include "emulator/expressions/syntax_cache.h"
#include "emulator/expressions/update.h"

namespace stator::expressions {

// Which parameters of the two languages a request has, for the errors about using them together or alone.
struct ParameterUse {
  // Present, in the order of the service's text, e.g. {"AttributeUpdates", "Expected"}. KeyConditions counts only
  // beside a KeyConditionExpression: with other expressions it mixes freely (validation_errors.json, Query 9-11).
  std::span<const std::string_view> legacy;
  std::span<const std::string_view> expressions;        // present, in the service's order
  std::span<const std::string_view> value_expressions;  // those of the operation that can hold a :v, present or not
  bool names = false;                                   // ExpressionAttributeNames is present
  bool values = false;
};
// "Can not use both expression and non-expression parameters ...", "ExpressionAttribute... can only be specified when
// using expressions". `explains`: whether the latter names the missing expressions (the old dialect; see
// validation_2026.md).
void check_parameters(const ParameterUse& use, bool explains);

class Compiler {
 public:
  Compiler(SyntaxCache& cache, Arena& arena, std::span<const NamePlaceholder> names, const Item& values)
      : cache_(cache), arena_(arena), placeholders_(names, values, arena) {}

  // ConditionExpression, FilterExpression, KeyConditionExpression or SearchConditionExpression.
  Condition condition(ExpressionKind kind, std::string_view text);
  Projection projection(std::string_view text);
  Update update(std::string_view text);
  void check_unused() const { placeholders_.check_unused(); }

 private:
  SyntaxCache& cache_;
  Arena& arena_;
  Placeholders placeholders_;
};

// Of a tree that was not read from an expression's text (PartiQL): its paths hold no placeholders for names, and its
// texts name no parameter.
Condition condition_of(const SyntaxTree& tree, const Item& values, Arena& arena);
Update update_of(const SyntaxTree& tree, const Item& values, Arena& arena);
// What such a SELECT names, each path under a name of its own. `names` outlives the projection.
Projection projection_of(std::span<const DocumentPath> paths, std::span<const std::string_view> names, Arena& arena);

// AttributesToGet (and index projections): whole attributes, none of them named twice.
Projection projection_of(std::span<const std::string_view> attributes, Arena& arena);

}  // namespace stator::expressions
