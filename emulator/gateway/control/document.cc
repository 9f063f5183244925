#include "emulator/gateway/control/document.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "protocol/json/json_value.h"

namespace stator::gateway::control {
namespace {

Node node_of(const JsonValue& value) {
  Node node;
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      break;
    case JsonValue::Kind::kFalse:
    case JsonValue::Kind::kTrue:
      node = boolean_node(value.boolean());
      break;
    case JsonValue::Kind::kNumber:
      node.kind = Node::Kind::kNumber;
      node.text = value.text();
      break;
    case JsonValue::Kind::kString:
      node = text_node(value.text());
      break;
    case JsonValue::Kind::kArray:
      node.kind = Node::Kind::kList;
      for (const JsonValue& each : value.elements()) node.items.push_back(node_of(each));
      break;
    case JsonValue::Kind::kObject:
      node.kind = Node::Kind::kMap;
      for (const JsonMember& each : value.members())
        if (!each.value.is_null()) node.set(each.name, node_of(each.value));
      break;
  }
  return node;
}

Node made(Node::Kind kind, std::string_view text = {}) {
  Node node;
  node.kind = kind;
  node.text = text;
  return node;
}

}  // namespace

std::optional<Node> parse_document(std::string_view json) {
  Arena arena;
  const JsonParse parsed = parse_json(json, arena);
  if (parsed.fault != JsonFault::kNone) return std::nullopt;
  return node_of(parsed.root);
}

Node stored_document(std::string_view json) {
  std::optional<Node> node = parse_document(json);
  if (!node) throw std::runtime_error("a stored API document is no JSON");
  return *std::move(node);
}

std::string text_of(const Node& node) {
  std::string out;
  templates::append_json(node, out);
  return out;
}

Node map_node() {
  return made(Node::Kind::kMap);
}
Node list_node() {
  return made(Node::Kind::kList);
}
Node text_node(std::string_view text) {
  return made(Node::Kind::kString, text);
}
Node number_node(int64_t number) {
  return made(Node::Kind::kNumber, std::to_string(number));
}
Node boolean_node(bool value) {
  return made(Node::Kind::kBoolean, value ? "true" : "false");
}

std::string text_in(const Node& node, std::string_view name, std::string_view absent) {
  const Node* found = node.find(name);
  return found != nullptr && found->is_scalar() ? found->text : std::string(absent);
}

bool flag_in(const Node& node, std::string_view name) {
  return text_in(node, name) == "true";
}

std::optional<double> number_in(const Node& node, std::string_view name) {
  const std::string text = text_in(node, name);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> texts_in(const Node& node, std::string_view name) {
  std::vector<std::string> texts;
  if (const Node* found = node.find(name))
    for (const Node& item : found->items)
      if (item.is_scalar()) texts.push_back(item.text);
  return texts;
}

void set_text(Node& node, std::string_view name, std::string_view text) {
  node.set(name, text_node(text));
}

void set_unless_empty(Node& node, std::string_view name, std::string_view text) {
  if (!text.empty()) set_text(node, name, text);
}

void set_default(Node& node, std::string_view name, Node value) {
  if (node.find(name) == nullptr) node.set(name, std::move(value));
}

void erase_member(Node& node, std::string_view name) {
  std::erase_if(node.members, [&](const Member& m) { return m.name == name; });
}

Node& child_map(Node& node, std::string_view name) {
  if (Node* found = node.find(name)) return *found;
  node.set(name, map_node());
  return *node.find(name);
}

}  // namespace stator::gateway::control
