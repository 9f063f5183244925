#include "emulator/expressions/resolver.h"

#include <algorithm>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/parser.h"
#include "protocol/value/base64.h"

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

// In the order in which the service prints its sets of types.
constexpr std::string_view kEveryType = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";
constexpr std::string_view kTypeNames = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";

bool is_orderable(Type type) {
  return type == Type::S || type == Type::N || type == Type::B;
}

size_t operand_count(Operator op) {
  switch (op) {
    case Operator::kAttributeExists:
    case Operator::kAttributeNotExists:
    case Operator::kSize:
      return 1;
    case Operator::kAttributeType:
    case Operator::kBeginsWith:
    case Operator::kContains:
    case Operator::kIfNotExists:
    case Operator::kListAppend:
      return 2;
    default:
      return 0;  // the grammar sees to it
  }
}

std::string print_operand(const AttributeValue& value) {
  std::string out = "AttributeValue: {" + std::string(type_name(value.type())) + ':';
  if (value.is(Type::B)) {
    append_base64(value.bytes(), out);
  } else {
    out += value.bytes();
  }
  return out + '}';
}

// "STRING" and so on: how ADD and DELETE name types, and they alone.
std::string_view long_type_name(Type type) {
  switch (type) {
    case Type::S:
      return "STRING";
    case Type::N:
      return "NUMBER";
    case Type::B:
      return "BINARY";
    case Type::SS:
      return "STRING_SET";
    case Type::NS:
      return "NUMBER_SET";
    case Type::BS:
      return "BINARY_SET";
    case Type::M:
      return "MAP";
    case Type::L:
      return "LIST";
    case Type::NULL_:
      return "NULL";
    case Type::BOOL:
      return "BOOLEAN";
  }
  return "";
}

}  // namespace

// ---- conditions ----

Condition Resolver::condition(const SyntaxTree& tree) {
  const ConditionNode* root = node(*tree.condition);

  std::vector<std::string_view> names;
  names.reserve(paths_.size());
  for (const DocumentPath& path : paths_) names.push_back(path.attribute());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (Operand* operand : path_operands_) {
    auto at = std::lower_bound(names.begin(), names.end(), operand->path.attribute());
    operand->slot = static_cast<uint32_t>(at - names.begin());
  }
  return {root, arena_.copy(std::span<const std::string_view>(names)),
          arena_.copy(std::span<const DocumentPath>(paths_))};
}

const ConditionNode* Resolver::node(const SyntaxNode& syntax) {
  auto* out = new (arena_.array<ConditionNode>(1)) ConditionNode();
  out->op = syntax.op;
  if (syntax.op == Operator::kAnd || syntax.op == Operator::kOr || syntax.op == Operator::kNot) {
    std::span<const ConditionNode*> parts = arena_.make<const ConditionNode*>(syntax.operands.size());
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = node(*syntax.operands[i]);
    out->parts = parts;
    return out;
  }
  std::span<Operand> operands = syntax.spreads ? spread(syntax) : arena_.make<Operand>(syntax.operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!syntax.spreads || i == 0) operands[i] = operand(*syntax.operands[i]);
    if (operands[i].kind != Operand::Kind::kValue) path_operands_.push_back(&operands[i]);
  }
  out->operands = operands;
  check_clause(syntax, operands, *out);
  return out;
}

// Room for the first operand, and the elements of the second.
std::span<Operand> Resolver::spread(const SyntaxNode& syntax) {
  AttributeValue list = value(*syntax.operands[1]);
  // What IN says of a list that is not one, as of one without elements, is the same in a statement's text.
  if (!(list.is(Type::L) || list.is_set()) || list.count() == 0) refuse("Unsupported operation: InCollection");
  if (list.count() > kMaxInOperands) refuse(too_many_in_operands(list.count()));
  std::span<Operand> operands = arena_.make<Operand>(1 + list.count());
  for (size_t i = 0; i < list.count(); ++i) operands[1 + i].value = list.elements()[i];
  return operands;
}

Operand Resolver::operand(const SyntaxNode& syntax) {
  Operand out;
  switch (syntax.op) {
    case Operator::kValue:
      out.value = value(syntax);
      return out;
    case Operator::kPath:
      out.kind = Operand::Kind::kPath;
      out.path = path(syntax);
      return out;
    default:
      break;
  }
  // size(): the only function that is an operand.
  std::vector<Operand> inner;
  for (const SyntaxNode* part : syntax.operands) inner.push_back(operand(*part));
  check_count(Operator::kSize, 1, inner.size());
  if (inner[0].kind == Operand::Kind::kSizeOfPath) refuse_type(Operator::kSize, "N");
  if (inner[0].kind == Operand::Kind::kPath) {
    inner[0].kind = Operand::Kind::kSizeOfPath;
    return inner[0];
  }
  if (syntax.operands[0]->op == Operator::kSize) refuse_type(Operator::kSize, "N");
  out.value = literal_size(inner[0].value);
  return out;
}

AttributeValue Resolver::literal_size(const AttributeValue& value) {
  size_t size = 0;
  if (!size_of_value(value, size)) refuse_type(Operator::kSize, type_name(value.type()));
  return AttributeValue::number(arena_.copy(std::string_view(std::to_string(size))));
}

void Resolver::check_clause(const SyntaxNode& syntax, std::span<const Operand> operands, ConditionNode& out) {
  if (size_t wanted = operand_count(syntax.op)) check_count(syntax.op, wanted, operands.size());
  check_distinct(syntax.op, operands);
  bool literal_name = syntax.op == Operator::kAttributeType && syntax.operands[1]->op == Operator::kValue;
  if (syntax.op == Operator::kAttributeType) {
    // The type is a literal string: a path could hold anything, and size() is a number.
    if (!literal_name) refuse_type(syntax.op, operands[1].kind == Operand::Kind::kPath ? kEveryType : "N");
    if (!operands[1].value.is(Type::S)) refuse_type(syntax.op, type_name(operands[1].value.type()));
    std::string_view name = operands[1].value.bytes();
    if (!type_from_name(name, out.type)) {
      refuse("Invalid attribute type name found; type: " + std::string(name) +
             ", valid types: " + std::string(kTypeNames));
    }
    return;
  }
  if (syntax.op == Operator::kAttributeExists || syntax.op == Operator::kAttributeNotExists) {
    if (operands[0].kind == Operand::Kind::kPath) return;
    refuse("Operator or function requires a document path; operator or function: " + std::string(name_of(syntax.op)));
  }
  check_operand_types(syntax.op, operands);
  if (syntax.op == Operator::kBetween) check_bounds(operands[1], operands[2]);
}

void Resolver::check_operand_types(Operator op, std::span<const Operand> operands) {
  bool orders = op == Operator::kLess || op == Operator::kLessEqual || op == Operator::kGreater ||
                op == Operator::kGreaterEqual || op == Operator::kBetween;
  if (!orders && op != Operator::kBeginsWith) return;
  for (const Operand& operand : operands) {
    if (operand.kind == Operand::Kind::kPath) continue;
    Type type = operand.kind == Operand::Kind::kSizeOfPath ? Type::N : operand.value.type();
    bool fits = orders ? is_orderable(type) : type == Type::S || type == Type::B;
    if (!fits) refuse_type(op, type_name(type));
  }
}

void Resolver::check_bounds(const Operand& lower, const Operand& upper) {
  if (lower.kind != Operand::Kind::kValue || upper.kind != Operand::Kind::kValue) return;
  auto bounds = [&] {
    return "; lower bound operand: " + print_operand(lower.value) +
           ", upper bound operand: " + print_operand(upper.value);
  };
  if (lower.value.type() != upper.value.type()) {
    refuse("The BETWEEN operator requires same data type for lower and upper bounds" + bounds());
  }
  if (compare(lower.value, upper.value) > 0) {
    refuse("The BETWEEN operator requires upper bound to be greater than or equal to lower bound" + bounds());
  }
}

void Resolver::check_distinct(Operator op, std::span<const Operand> operands) {
  if (operands.size() < 2 || operands[0].kind != Operand::Kind::kPath) return;
  for (const Operand& other : operands.subspan(1)) {
    if (other.kind != Operand::Kind::kPath || !(other.path == operands[0].path)) continue;
    refuse("The first operand must be distinct from the remaining operands for this operator or function; operator: " +
           std::string(name_of(op)) + ", first operand: " + to_string(operands[0].path));
  }
}

// ---- projections ----

Projection Resolver::projection(const SyntaxTree& tree) {
  for (const SyntaxNode* syntax : tree.projection) path(*syntax);
  refuse_clash(paths_);

  std::vector<DocumentPath> sorted = paths_;
  std::sort(sorted.begin(), sorted.end(), stands_before);
  std::vector<std::string_view> names;
  bool whole = true;
  for (const DocumentPath& path : sorted) {
    whole = whole && path.is_attribute();
    if (names.empty() || names.back() != path.attribute()) names.push_back(path.attribute());
  }
  return {arena_.copy(std::span<const DocumentPath>(paths_)), arena_.copy(std::span<const DocumentPath>(sorted)),
          arena_.copy(std::span<const std::string_view>(names)), whole};
}

// ---- updates ----

Update Resolver::update(const SyntaxTree& tree) {
  std::span<UpdateAction> actions = arena_.make<UpdateAction>(tree.actions.size());
  std::span<DocumentPath> targets = arena_.make<DocumentPath>(tree.actions.size());
  for (size_t i = 0; i < actions.size(); ++i) {
    const SyntaxAction& syntax = tree.actions[i];
    actions[i].section = syntax.section;
    actions[i].path = targets[i] = path(*syntax.path);
    if (syntax.value) actions[i].value = update_value(*syntax.value);
  }
  refuse_clash(targets);
  for (const UpdateAction& action : actions) {
    if (action.section != Section::kAdd && action.section != Section::kDelete) continue;
    const AttributeValue& operand = action.value.value;
    if (operand.is_set() || (action.section == Section::kAdd && operand.is(Type::N))) continue;
    // The name of the set of types is the service's, for DELETE too (dynamodb_behaviours.md).
    refuse("Incorrect operand type for operator or function; operator: " +
           std::string(action.section == Section::kAdd ? "ADD" : "DELETE") +
           ", operand type: " + std::string(long_type_name(operand.type())) + ", typeSet: ALLOWED_FOR_ADD_OPERAND");
  }
  for (const UpdateAction& action : actions) {
    if (action.section == Section::kSet) check_update_value(action.value);
  }
  return {actions, targets, false};
}

UpdateValue Resolver::update_value(const SyntaxNode& syntax) {
  UpdateValue out;
  out.op = syntax.op;
  if (syntax.op == Operator::kPath) {
    out.path = path(syntax);
  } else if (syntax.op == Operator::kValue) {
    out.value = value(syntax);
  } else {
    std::span<UpdateValue> operands = arena_.make<UpdateValue>(syntax.operands.size());
    for (size_t i = 0; i < operands.size(); ++i) operands[i] = update_value(*syntax.operands[i]);
    out.operands = operands;
  }
  return out;
}

void Resolver::check_update_value(const UpdateValue& value) {
  if (value.op == Operator::kPath || value.op == Operator::kValue) return;
  for (const UpdateValue& operand : value.operands) check_update_value(operand);
  if (size_t wanted = operand_count(value.op)) check_count(value.op, wanted, value.operands.size());
  if (value.op == Operator::kIfNotExists) {
    if (value.operands[0].op == Operator::kPath) return;
    refuse("Operator or function requires a document path; operator or function: if_not_exists");
  }
  Type wanted = value.op == Operator::kListAppend ? Type::L : Type::N;
  for (const UpdateValue& operand : value.operands) {
    switch (operand.op) {
      case Operator::kValue:
        if (!operand.value.is(wanted)) refuse_type(value.op, type_name(operand.value.type()));
        break;
      case Operator::kListAppend:
        if (wanted != Type::L) refuse_type(value.op, "L");
        break;
      default:
        break;  // a path or if_not_exists may hold anything
    }
  }
}

// ---- leaves ----

DocumentPath Resolver::path(const SyntaxNode& syntax) {
  std::span<PathStep> steps = arena_.make<PathStep>(syntax.steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const SyntaxStep& step = syntax.steps[i];
    switch (step.kind) {
      case SyntaxStep::Kind::kIndex:
        steps[i] = {{}, step.index, true};
        break;
      case SyntaxStep::Kind::kName:
        steps[i].name = arena_.copy(step.text);
        break;  // the tree may leave the cache
      case SyntaxStep::Kind::kPlaceholder: {
        const std::string_view* name = placeholders_.name(step.text);
        if (!name) {
          refuse("An expression attribute name used in the document path is not defined; attribute name: " +
                 std::string(step.text));
        }
        steps[i].name = *name;
        break;
      }
    }
  }
  paths_.push_back({steps});
  return {steps};
}

AttributeValue Resolver::value(const SyntaxNode& syntax) {
  const AttributeValue* value = placeholders_.value(syntax.text);
  if (value) return *value;
  refuse("An expression attribute value used in expression is not defined; attribute value: " +
         std::string(syntax.text));
}

void Resolver::refuse_clash(std::span<const DocumentPath> paths) {
  std::string text = clash(paths);
  if (!text.empty()) refuse(text);
}

void Resolver::check_count(Operator op, size_t wanted, size_t got) const {
  if (got == wanted) return;
  refuse("Incorrect number of operands for operator or function; operator or function: " + std::string(name_of(op)) +
         ", number of operands: " + std::to_string(got));
}

void Resolver::refuse_type(Operator op, std::string_view type) const {
  refuse("Incorrect operand type for operator or function; operator or function: " + std::string(name_of(op)) +
         ", operand type: " + std::string(type));
}

void Resolver::refuse(const std::string& text) const {
  if (kind_ == ExpressionKind::PartiQLStatement) throw ExpressionError(text, true);
  throw ExpressionError("Invalid " + std::string(name_of(kind_)) + ": " + text, true);
}

}  // namespace stator::expressions
