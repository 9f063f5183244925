#include "emulator/operations/request_expressions.h"

#include <algorithm>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/key_condition.h"
#include "emulator/tables/item_key.h"
#include "protocol/json/value_codec.h"
#include "protocol/shapes/value_faults.h"

namespace stator {

using expressions::ExpressionKind;

namespace {

// The old parameters name attributes by the keys of their maps, which may be as wrong as those of an item.
void check_name(std::string_view attribute) {
  ValueProblem problem;
  problem.fault = attribute.empty()                      ? ValueFault::kEmptyName
                  : attribute.size() > kMaxAttributeName ? ValueFault::kNameTooLong
                                                         : ValueFault::kNone;
  if (problem) throw expressions::ExpressionError(value_problem_text(problem, NumberLayer::kNew), true);
}

// The attributes that the update sets to values of the request, or adds such values to.
Item given_values(const expressions::Update& update, Arena& arena) {
  std::span<Attribute> given = arena.make<Attribute>(update.actions().size());
  size_t count = 0;
  for (const expressions::UpdateAction& action : update.actions()) {
    const bool sets = action.section == expressions::Section::kSet && action.value.op == expressions::Operator::kValue;
    const bool adds = action.section == expressions::Section::kAdd;
    if ((sets || adds) && action.path.is_attribute()) given[count++] = {action.path.attribute(), action.value.value};
  }
  return map_of(given.first(count), arena);
}

}  // namespace

Item read_values(const OperationContext& context, const JsonValue& map) {
  Item item;
  if (ValueProblem problem = read_item(map, context.dialect.value_layer, context.arena, item))
    throw value_fault(problem, context.dialect);
  return item;
}

AttributeValue read_one_value(const OperationContext& context, const JsonValue& json) {
  AttributeValue value;
  if (ValueProblem problem = read_value(json, context.dialect.value_layer, context.arena, value))
    throw value_fault(problem, context.dialect);
  return value;
}

void check_scalar_keys(const Table& table, std::span<const expressions::DocumentPath> paths) {
  if (std::all_of(paths.begin(), paths.end(), [](const auto& path) { return path.is_attribute(); })) return;
  std::vector<std::string_view> index_keys;
  for (const auto* indexes : {&table.local_indexes, &table.global_indexes})
    for (const Index& index : *indexes)
      for (std::string_view name : index.keys.names()) index_keys.push_back(name);
  expressions::check_scalar_keys(paths, table.keys.names(), index_keys);
}

// The order is validation_errors.json's, UpdateItem 116 to 119; index keys that are computed are looked at with the
// item (124).
void check_update(const Table& table, const expressions::Update& update, Arena& arena) {
  update.check_keys(table.keys.names());
  if (table.has_indexes())
    check_index_keys(table, given_values(update, arena), update.legacy() ? KeySource::kItem : KeySource::kGiven);
  check_scalar_keys(table, update.targets());
}

void RequestExpressions::check_use(std::initializer_list<std::string_view> legacy,
                                   std::initializer_list<std::string_view> expressions,
                                   std::initializer_list<std::string_view> value_expressions) {
  std::vector<std::string_view> present_legacy, present_expressions;
  for (std::string_view name : expressions)
    if (object_.find(name) != nullptr) present_expressions.push_back(name);
  // KeyConditions clash with a KeyConditionExpression alone: they go with the other language's filter and projection
  // (validation_errors.json, Query 9-11; floci's issue 2894 for QueryFilter with a KeyConditionExpression).
  bool key_expression = object_.find("KeyConditionExpression") != nullptr;
  for (std::string_view name : legacy) {
    if (object_.find(name) == nullptr || present_expressions.empty()) continue;
    if (name != "KeyConditions" || key_expression) present_legacy.push_back(name);
  }
  expressions::check_parameters({.legacy = present_legacy,
                                 .expressions = present_expressions,
                                 .value_expressions = {value_expressions.begin(), value_expressions.size()},
                                 .names = object_.find("ExpressionAttributeNames") != nullptr,
                                 .values = object_.find("ExpressionAttributeValues") != nullptr},
                                !context_.dialect.is_new());
}

bool RequestExpressions::has_any(std::initializer_list<std::string_view> expressions) const {
  return std::any_of(expressions.begin(), expressions.end(),
                     [this](std::string_view name) { return object_.find(name) != nullptr; });
}

LegacyConditions RequestExpressions::read_conditions(std::string_view member) {
  LegacyConditions conditions;
  const JsonValue* map = object_.find(member);
  if (map == nullptr) return conditions;
  for (const JsonMember& entry : map->members()) {
    check_name(entry.name);
    if (entry.value.is_null()) continue;
    expressions::LegacyCondition& condition = conditions.emplace_back();
    condition.attribute = entry.name;
    condition.comparison = OperationContext::string_in(entry.value, "ComparisonOperator");
    if (const JsonValue* value = entry.value.find("Value")) condition.value = read_one_value(context_, *value);
    if (const JsonValue* exists = entry.value.find("Exists")) condition.exists = exists->boolean();
    if (const JsonValue* list = entry.value.find("AttributeValueList")) {
      std::span<AttributeValue> values = context_.arena.make<AttributeValue>(list->count());
      for (size_t i = 0; i < values.size(); ++i) values[i] = read_one_value(context_, list->elements()[i]);
      condition.list = values;
    }
  }
  if (member == "Expected")
    expressions::check_expected_arguments(conditions);
  else
    expressions::check_filter_arguments(conditions);
  return conditions;
}

void RequestExpressions::check_conditional_operator(const LegacyConditions& conditions) {
  if (object_.find("ConditionalOperator") != nullptr) expressions::check_conditional_operator(conditions.size());
}

void RequestExpressions::check_conditional_operator(std::string_view member) {
  const JsonValue* map = object_.find(member);
  if (object_.find("ConditionalOperator") != nullptr)
    expressions::check_conditional_operator(map == nullptr ? 0 : map->members().size());
}

const expressions::Condition* RequestExpressions::lower(const LegacyConditions& conditions) {
  if (conditions.empty()) return nullptr;
  expressions::check_legacy_types(conditions);
  bool any = OperationContext::string_in(object_, "ConditionalOperator") == "OR";
  return new (context_.arena.allocate(sizeof(expressions::Condition)))
      expressions::Condition(expressions::legacy_condition(conditions, any, context_.arena));
}

std::vector<expressions::LegacyUpdate> RequestExpressions::read_updates() {
  std::vector<expressions::LegacyUpdate> updates;
  const JsonValue* map = object_.find("AttributeUpdates");
  if (map == nullptr) return updates;
  for (const JsonMember& entry : map->members()) {
    check_name(entry.name);
    if (entry.value.is_null()) continue;
    expressions::LegacyUpdate& update = updates.emplace_back();
    update.attribute = entry.name;
    update.action = OperationContext::string_in(entry.value, "Action");
    if (const JsonValue* value = entry.value.find("Value")) update.value = read_one_value(context_, *value);
  }
  expressions::check_legacy_updates(updates);
  return updates;
}

const expressions::Update* RequestExpressions::lower(const std::vector<expressions::LegacyUpdate>& updates) {
  if (updates.empty()) return nullptr;
  return new (context_.arena.allocate(sizeof(expressions::Update)))
      expressions::Update(expressions::legacy_update(updates, context_.arena));
}

void RequestExpressions::check_attributes_to_get() {
  const JsonValue* list = object_.find("AttributesToGet");
  if (list == nullptr) return;
  std::vector<std::string_view> attributes;
  for (const JsonValue& name : list->elements()) attributes.push_back(name.text());
  expressions::check_attributes_to_get(attributes);
}

void RequestExpressions::read_placeholders() {
  std::vector<std::string_view> keys;
  std::span<expressions::NamePlaceholder> names;
  if (const JsonValue* given = object_.find("ExpressionAttributeNames")) {
    for (const JsonMember& member : given->members()) keys.push_back(member.name);
    expressions::check_name_keys(keys);
    names = context_.arena.make<expressions::NamePlaceholder>(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) names[i] = {keys[i], given->members()[i].value.text()};
    expressions::check_names(names);
  }
  Item values = AttributeValue::map({});
  if (const JsonValue* given = object_.find("ExpressionAttributeValues")) {
    keys.clear();
    for (const JsonMember& member : given->members()) keys.push_back(member.name);
    expressions::check_value_keys(keys);
    std::span<Attribute> attributes = context_.arena.make<Attribute>(keys.size());
    // The old validator lets values of updates and transactions be one level deeper than an item may hold; what is
    // written is refused with the item then (validation_2026.json: 32 levels pass, 40 do not).
    bool one_more = !context_.dialect.is_new() && (context_.operation == OperationId::kUpdateItem ||
                                                   context_.operation == OperationId::kTransactWriteItems);
    size_t max_depth = one_more ? kMaxOldExpressionValueDepth : kMaxValueDepth;
    for (size_t i = 0; i < keys.size(); ++i) {
      attributes[i].name = keys[i];
      ValueProblem problem = read_value(given->members()[i].value, context_.dialect.value_layer, context_.arena,
                                        attributes[i].value, max_depth);
      if (problem) throw expression_value_fault(problem, context_.dialect, keys[i]);
    }
    values = map_of(attributes, context_.arena);
  }
  expressions::check_sizes(names, values);
  compiler_.emplace(context_.engine.syntax_cache(), context_.arena, names, values);
}

const expressions::Condition* RequestExpressions::condition(ExpressionKind kind) {
  const JsonValue* text = object_.find(name_of(kind));
  if (text == nullptr) return nullptr;
  return new (context_.arena.allocate(sizeof(expressions::Condition)))
      expressions::Condition(compiler_->condition(kind, text->text()));
}

const expressions::Projection* RequestExpressions::projection() {
  void* place = context_.arena.allocate(sizeof(expressions::Projection));
  if (const JsonValue* text = object_.find("ProjectionExpression"))
    return new (place) expressions::Projection(compiler_->projection(text->text()));
  if (const JsonValue* list = object_.find("AttributesToGet")) {
    std::vector<std::string_view> attributes;
    for (const JsonValue& name : list->elements()) attributes.push_back(name.text());
    return new (place) expressions::Projection(expressions::projection_of(attributes, context_.arena));
  }
  return nullptr;
}

const expressions::Update* RequestExpressions::update() {
  const JsonValue* text = object_.find("UpdateExpression");
  if (text == nullptr) return nullptr;
  return new (context_.arena.allocate(sizeof(expressions::Update)))
      expressions::Update(compiler_->update(text->text()));
}

void RequestExpressions::check_unused() {
  compiler_->check_unused();
}

}  // namespace stator
