#include "emulator/operations/statement_call.h"

#include <algorithm>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/where_plan.h"
#include "protocol/json/value_codec.h"

namespace stator {
namespace {

using expressions::Condition;
using expressions::ConditionNode;
using expressions::Operand;
using expressions::Operator;
using partiql::StatementKind;

bool has_several(const KeySchema& keys) {
  return keys.hash.size() > 1 || keys.range.size() > 1;
}

// That the item has no such attribute. `slot` is its place among the attributes of the condition that this is part of.
const ConditionNode* absent(std::string_view attribute, size_t slot, Arena& arena) {
  std::span<expressions::PathStep> steps = arena.make<expressions::PathStep>(1);
  steps[0].name = attribute;
  std::span<Operand> operands = arena.make<Operand>(1);
  operands[0].kind = Operand::Kind::kPath;
  operands[0].path.steps = steps;
  operands[0].slot = static_cast<uint32_t>(slot);
  auto* node = new (arena.array<ConditionNode>(1)) ConditionNode();
  node->op = Operator::kAttributeNotExists;
  node->operands = operands;
  return node;
}

const Condition* keep(const Condition& condition, Arena& arena) {
  return new (arena.array<Condition>(1)) Condition(condition);
}

// An INSERT's: there is no item of that key.
const Condition* no_such_item(std::string_view hash, Arena& arena) {
  return keep(Condition(absent(hash, 0, arena), arena.copy(std::span<const std::string_view>(&hash, 1)), {}), arena);
}

// A DELETE's: what is not there may be deleted whatever the WHERE says of it (developer guide, "PartiQL delete
// statements"). The WHERE names the key, so that its attribute has a slot.
const Condition* holds_or_no_such_item(const Condition& where, std::string_view hash, Arena& arena) {
  auto at = std::lower_bound(where.attributes().begin(), where.attributes().end(), hash);
  std::span<const ConditionNode*> parts = arena.make<const ConditionNode*>(2);
  parts[0] = absent(hash, static_cast<size_t>(at - where.attributes().begin()), arena);
  parts[1] = &where.root();
  auto* root = new (arena.array<ConditionNode>(1)) ConditionNode();
  root->op = Operator::kOr;
  root->parts = parts;
  return keep(Condition(root, where.attributes(), where.paths()), arena);
}

}  // namespace

partiql::BoundStatement read_statement(const OperationContext& context, const JsonValue& element) {
  auto statement = context.engine.statement_cache().get(OperationContext::string_in(element, "Statement"));
  std::span<AttributeValue> parameters;
  if (const JsonValue* given = element.find("Parameters")) {
    parameters = context.arena.make<AttributeValue>(given->count());
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = read_one_value(context, given->elements()[i]);
  }
  return partiql::bind(std::move(statement), parameters, context.arena);
}

StatementCall find_table(OperationContext& context, partiql::BoundStatement bound) {
  StatementCall call;
  call.access = require_table(context, bound->table);
  const Table& table = *call.access.table;
  if (bound->has_index) {
    call.index = table.find_index(bound->index);
    if (call.index == nullptr || call.index->state == State::kDeleting)
      throw errors::validation("The table does not have the specified index");
    if (call.index->vector) throw errors::validation("Scan operation not supported on this index type");
    if (has_several(call.index->keys))
      throw errors::validation(
          "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE "
          "keys.");
    if (call.index->global && call.index->state == State::kCreating)
      throw errors::validation("Cannot read from backfilling global secondary index: " + call.index->name);
  }
  if (!bound->fault.empty()) throw errors::validation(bound->fault);
  call.bound = std::move(bound);
  return call;
}

bool whole_key(const StatementCall& call, Arena& arena, Item& key) {
  return call.index == nullptr && key_of_where(call.bound.where, call.access.table->keys, arena, key);
}

ItemWrite write_of(const OperationContext& context, const StatementCall& call) {
  const partiql::BoundStatement& bound = call.bound;
  const Table& table = *call.access.table;
  std::string_view hash = table.keys.hash[0].name;
  ItemWrite write;
  write.table = &table;
  write.collection_limit = context.engine.options().collection_limit;
  if (bound->kind == StatementKind::kInsert) {
    write.kind = ItemWrite::Kind::kPut;
    write.item = bound.item;
    if (item_size(write.item) > kMaxItemSize) throw errors::validation(std::string(errors::text::kItemTooLarge));
    write.condition = no_such_item(hash, context.arena);
    return write;
  }
  if (!whole_key(call, context.arena, write.item))
    throw errors::validation("Where clause does not contain a mandatory equality on all key attributes");
  switch (bound->kind) {
    case StatementKind::kUpdate:
      // Of an item that is not there the WHERE is false: it asks for the key.
      write.kind = ItemWrite::Kind::kUpdate;
      write.update = bound.update;
      write.condition = bound.where;
      break;
    case StatementKind::kDelete:
      write.kind = ItemWrite::Kind::kDelete;
      if (says_more_than_key(*bound.where, table.keys))
        write.condition = holds_or_no_such_item(*bound.where, hash, context.arena);
      write.wants_old = bound->returning != partiql::Returning::kNothing;
      break;
    default:
      write.kind = ItemWrite::Kind::kCheck;
      write.condition = bound.where;
  }
  return write;
}

void resolve_key(const StatementCall& call, ItemWrite& write, Arena& arena) {
  const Table& table = *call.access.table;
  if (write.kind == ItemWrite::Kind::kPut) {
    write.key = key_of_new_item(table, write.item, false);
    return;
  }
  if (write.update != nullptr) check_update(table, *write.update, arena);
  check_scalar_keys(table, call.bound.where->paths());
  write.key = key_from_map(table, write.item);
}

bool append_returned(const StatementCall& call, const ItemWritten& written, Arena& arena, std::string& out) {
  using partiql::Returning;
  switch (call.bound->returning) {
    case Returning::kNothing:
      return false;
    case Returning::kAllOld:
      if (!written.existed) return false;
      out += written.old_body;
      return true;
    case Returning::kAllNew:
      out += written.new_body;
      return true;
    case Returning::kModifiedOld:
    case Returning::kModifiedNew:
      break;
  }
  bool old = call.bound->returning == Returning::kModifiedOld;
  Item part = expressions::project(old ? written.old_item : written.new_item, written.touched, arena);
  if (part.count() == 0) return false;  // as UpdateItem sends no Attributes (nubo-db/dynoxide's pull request 147)
  append_item(part, out);
  return true;
}

}  // namespace stator
