#include "emulator/partiql/lowering.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/parser.h"
#include "emulator/partiql/lexer.h"

namespace stator::partiql {

using expressions::DocumentPath;
using expressions::ExpressionError;
using expressions::PathStep;
using expressions::Section;
using expressions::SyntaxAction;
using expressions::SyntaxNode;
using expressions::SyntaxStep;

namespace {

constexpr int kMaxConditionDepth = 200;

bool is_constant(const Node& node) {
  switch (node.kind) {
    case NodeKind::kString:
    case NodeKind::kNumber:
    case NodeKind::kTrue:
    case NodeKind::kFalse:
    case NodeKind::kNull:
    case NodeKind::kMissing:
    case NodeKind::kParameter:
    case NodeKind::kList:
    case NodeKind::kBag:
    case NodeKind::kStruct:
      return true;
    default:
      return false;
  }
}

struct Row {
  std::string_view word;
  expressions::Operator op;
};
constexpr Row kComparisons[] = {
    {"=", expressions::Operator::kEqual},   {"<>", expressions::Operator::kNotEqual},
    {"<", expressions::Operator::kLess},    {"<=", expressions::Operator::kLessEqual},
    {">", expressions::Operator::kGreater}, {">=", expressions::Operator::kGreaterEqual},
};
constexpr Row kFunctionRows[] = {
    {"attribute_exists", expressions::Operator::kAttributeExists},
    {"attribute_not_exists", expressions::Operator::kAttributeNotExists},
    {"attribute_type", expressions::Operator::kAttributeType},
    {"begins_with", expressions::Operator::kBeginsWith},
    {"contains", expressions::Operator::kContains},
};

template <size_t N>
const Row* find_row(const Row (&rows)[N], std::string_view word) {
  auto row =
      std::find_if(std::begin(rows), std::end(rows), [&](const Row& candidate) { return candidate.word == word; });
  return row == std::end(rows) ? nullptr : row;
}

// What PartiQL's types are here. A bag is any of the three sets.
std::vector<std::string_view> types_of(std::string_view name) {
  if (name == "null") return {"NULL"};
  if (name == "boolean") return {"BOOL"};
  if (name == "string" || name == "symbol" || name == "character" || name == "character_varying") return {"S"};
  if (name == "blob" || name == "clob") return {"B"};
  if (name == "list" || name == "sexp") return {"L"};
  if (name == "struct" || name == "tuple") return {"M"};
  if (name == "bag") return {"SS", "NS", "BS"};
  if (name == "any" || name == "date" || name == "time" || name == "timestamp") return {};
  return {"N"};
}

// What an operation is called where it is not supported: the name of its node in PartiQL's own syntax tree.
std::string_view name_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kMissing:
      return "Missing";
    case NodeKind::kParameter:
      return "Parameter";
    case NodeKind::kName:
      return "Id";
    case NodeKind::kPath:
      return "Path";
    case NodeKind::kCall:
      return "Call";
    case NodeKind::kList:
      return "List";
    case NodeKind::kBag:
      return "Bag";
    case NodeKind::kStruct:
      return "Struct";
    case NodeKind::kSelect:
      return "Select";
    case NodeKind::kChange:
      return "Dml";
    case NodeKind::kOperator:
      break;
    default:
      return "Lit";
  }
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"=", "Eq"},
                                                                      {"<>", "Ne"},
                                                                      {"<", "Lt"},
                                                                      {"<=", "Lte"},
                                                                      {">", "Gt"},
                                                                      {">=", "Gte"},
                                                                      {"and", "And"},
                                                                      {"or", "Or"},
                                                                      {"not", "Not"},
                                                                      {"is", "IsType"},
                                                                      {"is_not", "Not"},
                                                                      {"in", "InCollection"},
                                                                      {"not_in", "Not"},
                                                                      {"between", "Between"},
                                                                      {"not_between", "Not"},
                                                                      {"like", "Like"},
                                                                      {"not_like", "Not"},
                                                                      {"||", "Concat"},
                                                                      {"*", "Times"},
                                                                      {"/", "Divide"},
                                                                      {"%", "Modulo"},
                                                                      {"union", "Union"},
                                                                      {"except", "Except"},
                                                                      {"intersect", "Intersect"}};
  for (const auto& [word, name] : kNames)
    if (node.text == word) return name;
  if (node.text == "+") return node.parts.size() == 1 ? "Pos" : "Plus";
  return node.parts.size() == 1 ? "Neg" : "Minus";
}

[[noreturn]] void refuse_statement(std::string text) {
  throw ExpressionError(std::move(text), true);
}

// The whole number that an element step names, or false.
bool element_index(const Node& step, uint32_t& index) {
  const Node& inside = *step.parts[0];
  if (inside.kind != NodeKind::kNumber) return false;
  const char* end = inside.text.data() + inside.text.size();
  auto [stop, fault] = std::from_chars(inside.text.data(), end, index);
  return fault == std::errc() && stop == end;
}

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

void Lowering::refuse_operation(const Node& node) const {
  refuse_statement("Unsupported operation: " + std::string(name_of(node)));
}

void Lowering::refuse_at(std::string_view text, const Node& node) const {
  refuse_statement(std::string(text) + at_position(statement_.text(), node.offset, node.length));
}

const SyntaxNode* Lowering::make(Operator op, const Operands& operands) {
  SyntaxNode* node = new (arena_.array<SyntaxNode>(1)) SyntaxNode();
  node->op = op;
  node->operands = arena_.copy(std::span<const SyntaxNode* const>(operands));
  return node;
}

const SyntaxNode* Lowering::negated(const SyntaxNode* node, bool negate) {
  return negate ? make(Operator::kNot, {node}) : node;
}

// ---- conditions ----

const SyntaxNode* Lowering::condition(const Node& node) {
  if (node.kind == NodeKind::kCall) return call(node);
  if (node.kind != NodeKind::kOperator) refuse_operation(node);
  if (node.text == "and") return joined(Operator::kAnd, node);
  if (node.text == "or") return joined(Operator::kOr, node);
  if (node.text == "not") return make(Operator::kNot, {condition(*node.parts[0])});
  return operation(node);
}

// A chain of ANDs or ORs, which is as deep as it is long, as one node.
const SyntaxNode* Lowering::joined(Operator op, const Node& node) {
  std::vector<const Node*> nodes;
  const Node* left = &node;
  for (; left->kind == NodeKind::kOperator && left->text == node.text; left = left->parts[0])
    nodes.push_back(left->parts[1]);
  nodes.push_back(left);
  Operands parts;
  for (auto part = nodes.rbegin(); part != nodes.rend(); ++part) parts.push_back(condition(**part));
  return make(op, parts);
}

const SyntaxNode* Lowering::operation(const Node& node) {
  if (const Row* row = find_row(kComparisons, node.text))
    return make(row->op, {operand(*node.parts[0]), operand(*node.parts[1])});
  if (node.text == "between" || node.text == "not_between")
    return negated(
        make(Operator::kBetween, {operand(*node.parts[0]), operand(*node.parts[1]), operand(*node.parts[2])}),
        node.text == "not_between");
  if (node.text == "in" || node.text == "not_in") return negated(membership(node), node.text == "not_in");
  if (node.text == "is" || node.text == "is_not") return negated(of_type(node), node.text == "is_not");
  refuse_operation(node);
}

const SyntaxNode* Lowering::membership(const Node& node) {
  const Node& list = *node.parts[1];
  if (list.kind == NodeKind::kParameter) {  // its value comes with the request
    SyntaxNode* in = new (arena_.array<SyntaxNode>(1)) SyntaxNode();
    in->op = Operator::kIn;
    in->operands =
        arena_.copy(std::span<const SyntaxNode* const>(Operands{operand(*node.parts[0]), placeholder(list)}));
    in->spreads = true;
    return in;
  }
  if ((list.kind != NodeKind::kList && list.kind != NodeKind::kBag) || list.parts.empty()) refuse_operation(node);
  if (list.parts.size() > expressions::kMaxInOperands)
    refuse_statement(expressions::too_many_in_operands(list.parts.size()));
  Operands operands{operand(*node.parts[0])};
  for (const Node* candidate : list.parts) operands.push_back(operand(*candidate));
  return make(Operator::kIn, operands);
}

const SyntaxNode* Lowering::of_type(const Node& node) {
  std::string_view name = node.parts[1]->text;
  const SyntaxNode* subject = operand(*node.parts[0]);
  if (name == "missing") return make(Operator::kAttributeNotExists, {subject});
  Operands any;
  for (std::string_view type : types_of(name)) {
    Node* word = new (arena_.array<Node>(1)) Node();
    word->kind = NodeKind::kString;
    word->text = type;
    any.push_back(make(Operator::kAttributeType, {subject, placeholder(*word)}));
  }
  if (any.empty()) refuse_operation(node);
  return any.size() == 1 ? any[0] : make(Operator::kOr, any);
}

const SyntaxNode* Lowering::call(const Node& node) {
  const Row* row = find_row(kFunctionRows, node.text);
  if (row == nullptr && node.text == "size") refuse_operation(node);
  if (row == nullptr) refuse_at("Unrecognized function: " + std::string(node.text), node);
  Operands operands;
  for (const Node* part : node.parts) operands.push_back(operand(*part));
  return make(row->op, operands);
}

// ---- operands ----

const SyntaxNode* Lowering::operand(const Node& node) {
  if (is_constant(node)) return placeholder(node);
  if (node.kind == NodeKind::kName || node.kind == NodeKind::kPath) return document_path(node);
  if (node.kind != NodeKind::kCall) refuse_operation(node);
  if (node.text != "size") {
    if (find_row(kFunctionRows, node.text) != nullptr) refuse_operation(node);
    refuse_at("Unrecognized function: " + std::string(node.text), node);
  }
  Operands operands;
  for (const Node* part : node.parts) {
    if (++depth_ > kMaxConditionDepth) refuse_syntax("");
    operands.push_back(operand(*part));
    --depth_;
  }
  return make(Operator::kSize, operands);
}

void Lowering::check_constant(const Node& node) {
  if (!is_constant(node) || node.kind == NodeKind::kMissing) refuse_operation(node);
  if (node.kind == NodeKind::kBag && node.parts.empty()) refuse_statement("Empty bags are not supported");
  for (const Node* part : node.parts) check_constant(*part);
  if (node.kind != NodeKind::kStruct) return;
  for (size_t i = 0; i < node.parts.size(); i += 2)
    if (node.parts[i]->kind != NodeKind::kString) refuse_operation(*node.parts[i]);
}

const SyntaxNode* Lowering::placeholder(const Node& node) {
  check_constant(node);
  char digits[16];
  int length = std::snprintf(digits, sizeof digits, ":%04zu", statement_.values.size());
  SyntaxNode* value = new (arena_.array<SyntaxNode>(1)) SyntaxNode();
  value->op = Operator::kValue;
  value->text = arena_.copy(std::string_view(digits, static_cast<size_t>(length)));
  statement_.values.push_back(&node);
  return value;
}

bool Lowering::path(const Node& node, DocumentPath& out, const Node*& odd) {
  std::span<const Node* const> parts = node.parts;
  const Node* self = &node;
  if (node.kind == NodeKind::kName) parts = {&self, 1};
  odd = &node;
  if ((node.kind != NodeKind::kName && node.kind != NodeKind::kPath) || parts[0]->kind != NodeKind::kName) return false;
  std::span<PathStep> steps = arena_.make<PathStep>(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    const Node& part = *parts[i];
    bool named = part.kind == NodeKind::kName || part.kind == NodeKind::kField ||
                 (part.kind == NodeKind::kElement && part.parts[0]->kind == NodeKind::kString);
    if (named) {
      steps[i].name = part.kind == NodeKind::kElement ? part.parts[0]->text : part.text;
      if (steps[i].name.empty()) refuse_statement("Path component cannot be an empty string");
    } else if (part.kind == NodeKind::kElement && element_index(part, steps[i].index)) {
      steps[i].is_index = true;
    } else {
      odd = part.kind == NodeKind::kElement ? part.parts[0] : &part;
      return false;
    }
  }
  out.steps = steps;
  return true;
}

const SyntaxNode* Lowering::document_path(const Node& node) {
  DocumentPath found;
  const Node* odd = nullptr;
  if (!path(node, found, odd)) refuse_at("Unexpected path component", *odd);
  std::span<SyntaxStep> steps = arena_.make<SyntaxStep>(found.steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const PathStep& step = found.steps[i];
    steps[i].kind = step.is_index ? SyntaxStep::Kind::kIndex : SyntaxStep::Kind::kName;
    steps[i].index = step.index;
    steps[i].text = step.name;
  }
  SyntaxNode* out = new (arena_.array<SyntaxNode>(1)) SyntaxNode();
  out->op = Operator::kPath;
  out->steps = steps;
  return out;
}

// ---- updates ----

SyntaxAction Lowering::action(const Assignment& assignment) {
  if (assignment.value == nullptr) return {Section::kRemove, document_path(*assignment.target), nullptr};
  const Node& value = *assignment.value;
  if (value.kind == NodeKind::kCall && (value.text == "set_add" || value.text == "set_delete"))
    return set_action(assignment);
  return {Section::kSet, document_path(*assignment.target), update_value(value)};
}

// SET a = set_add(a, <<..>>) is ADD a, and set_delete is DELETE.
SyntaxAction Lowering::set_action(const Assignment& assignment) {
  const Node& node = *assignment.value;
  std::string name = upper(node.text);
  if (node.parts.size() != 2) refuse_at(name + " must have exactly two arguments", node);
  DocumentPath target, first;
  const Node* odd = nullptr;
  if (!path(*assignment.target, target, odd)) refuse_at("Unexpected path component", *odd);
  if (!path(*node.parts[0], first, odd) || !(target == first))
    refuse_at("The first argument to " + name + " must equal the assignment value", node);
  std::string fault = "The second argument to " + name + " must be a value with type SET" +
                      at_position(statement_.text(), node.parts[0]->offset, node.parts[0]->length);
  const Node& set = *node.parts[1];
  if (set.kind != NodeKind::kBag && set.kind != NodeKind::kParameter) refuse_statement(fault);
  if (set.kind == NodeKind::kParameter) statement_.sets.emplace_back(statement_.values.size(), fault);
  return {node.text == "set_add" ? Section::kAdd : Section::kDelete, document_path(*assignment.target),
          placeholder(set)};
}

const SyntaxNode* Lowering::update_value(const Node& node) {
  if (is_constant(node)) return placeholder(node);
  if (node.kind == NodeKind::kName || node.kind == NodeKind::kPath) return document_path(node);
  if (++depth_ > kMaxConditionDepth) refuse_syntax("");
  Operands operands;
  if (node.kind == NodeKind::kCall && (node.text == "list_append" || node.text == "if_not_exists")) {
    for (const Node* part : node.parts) operands.push_back(update_value(*part));
  } else if (node.kind == NodeKind::kOperator && node.parts.size() == 2 && (node.text == "+" || node.text == "-")) {
    operands = {update_value(*node.parts[0]), update_value(*node.parts[1])};
  } else if (node.kind == NodeKind::kCall) {
    refuse_at("Unrecognized function: " + std::string(node.text), node);
  } else {
    refuse_operation(node);
  }
  --depth_;
  return make(node.text == "list_append"     ? Operator::kListAppend
              : node.text == "if_not_exists" ? Operator::kIfNotExists
              : node.text == "+"             ? Operator::kPlus
                                             : Operator::kMinus,
              operands);
}

}  // namespace stator::partiql
