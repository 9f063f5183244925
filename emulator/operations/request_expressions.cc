#include "emulator/operations/request_expressions.h"

#include "protocol/json/value_codec.h"
#include "protocol/shapes/value_faults.h"

namespace stator {

using expressions::ExpressionKind;

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

void RequestExpressions::check_use(std::initializer_list<std::string_view> legacy,
                                   std::initializer_list<std::string_view> expressions,
                                   std::initializer_list<std::string_view> value_expressions) {
  std::vector<std::string_view> present_legacy, present_expressions;
  for (std::string_view name : legacy)
    if (object_.find(name) != nullptr) present_legacy.push_back(name);
  for (std::string_view name : expressions)
    if (object_.find(name) != nullptr) present_expressions.push_back(name);
  expressions::check_parameters({.legacy = present_legacy,
                                 .expressions = present_expressions,
                                 .value_expressions = {value_expressions.begin(), value_expressions.size()},
                                 .names = object_.find("ExpressionAttributeNames") != nullptr,
                                 .values = object_.find("ExpressionAttributeValues") != nullptr},
                                !context_.dialect.is_new());
}

void RequestExpressions::read_placeholders() {
  std::vector<std::string_view> keys;
  std::span<expressions::NamePlaceholder> names;
  if (const JsonValue* given = object_.find("ExpressionAttributeNames")) {
    for (const JsonMember& member : given->members()) keys.push_back(member.name);
    expressions::check_name_keys(keys);
    names = context_.arena.make<expressions::NamePlaceholder>(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) names[i] = {keys[i], given->members()[i].value.text()};
  }
  Item values = AttributeValue::map({});
  if (const JsonValue* given = object_.find("ExpressionAttributeValues")) {
    keys.clear();
    for (const JsonMember& member : given->members()) keys.push_back(member.name);
    expressions::check_value_keys(keys);
    std::span<Attribute> attributes = context_.arena.make<Attribute>(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      attributes[i].name = keys[i];
      ValueProblem problem =
          read_value(given->members()[i].value, context_.dialect.value_layer, context_.arena, attributes[i].value);
      if (problem) throw expression_value_fault(problem, context_.dialect, keys[i]);
    }
    values = map_of(attributes, context_.arena);
  }
  compiler_.emplace(context_.engine.syntax_cache(), context_.arena, names, values);
}

const expressions::Condition* RequestExpressions::condition(ExpressionKind kind) {
  const JsonValue* text = object_.find(name_of(kind));
  if (text == nullptr) return nullptr;
  return new (context_.arena.allocate(sizeof(expressions::Condition))) expressions::Condition(compiler_->condition(kind, text->text()));
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
  return new (context_.arena.allocate(sizeof(expressions::Update))) expressions::Update(compiler_->update(text->text()));
}

void RequestExpressions::check_unused() { compiler_->check_unused(); }

}  // namespace stator
