#include "emulator/templates/node.h"

#include <charconv>

#include "protocol/json/json_writer.h"

namespace stator::templates {
namespace {

const char* kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kBoolean:
      return "a boolean";
    case Node::Kind::kNumber:
      return "a number";
    case Node::Kind::kString:
      return "a string";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "?";
}

bool is_json_number(std::string_view text) {
  size_t i = 0;
  auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i > from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const size_t first = i;
  if (!digits()) return false;
  if (text[first] == '0' && i > first + 1) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return member.value.is_null() ? nullptr : &member.value;
  return nullptr;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

void Node::set(std::string_view name, Node value) {
  for (Member& member : members) {
    if (member.name != name) continue;
    member.value = std::move(value);
    return;
  }
  const int at = value.line;
  members.push_back({std::string(name), std::move(value), at});
}

const std::string& Node::string(std::string_view what) const {
  if (!is_scalar()) fail(std::string(what) + ": expected a string, found " + kind_name(kind));
  return text;
}

bool Node::boolean(std::string_view what) const {
  if (is_scalar()) {
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
  }
  fail(std::string(what) + ": expected true or false, found " + (is_scalar() ? "\"" + text + "\"" : kind_name(kind)));
}

int64_t Node::integer(std::string_view what) const {
  int64_t value = 0;
  if (is_scalar()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  fail(std::string(what) + ": expected a whole number, found " + (is_scalar() ? "\"" + text + "\"" : kind_name(kind)));
}

Node Node::make(Kind made, std::string made_text) const {
  Node node;
  node.kind = made;
  node.line = line;
  node.file = file;
  node.text = std::move(made_text);
  return node;
}

std::string Node::place() const {
  return (file ? *file : std::string("?")) + ":" + std::to_string(line);
}

void Node::fail(const std::string& message) const {
  throw TemplateError(place() + ": " + message);
}

void append_json(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kBoolean:
      out += node.text;
      return;
    case Node::Kind::kNumber:
      if (is_json_number(node.text)) {
        out += node.text;
        return;
      }
      [[fallthrough]];
    case Node::Kind::kString:
      append_json_string(node.text, out);
      return;
    case Node::Kind::kList: {
      out += '[';
      bool first = true;
      for (const Node& item : node.items) {
        if (!first) out += ',';
        first = false;
        append_json(item, out);
      }
      out += ']';
      return;
    }
    case Node::Kind::kMap: {
      out += '{';
      bool first = true;
      for (const Member& member : node.members) {
        if (!first) out += ',';
        first = false;
        append_json_string(member.name, out);
        out += ':';
        append_json(member.value, out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace stator::templates
