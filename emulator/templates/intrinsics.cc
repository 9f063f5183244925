// The functions of a template. See template.h.
#include <algorithm>

#include "emulator/templates/reader.h"
#include "emulator/templates/template.h"

namespace stator::templates {
namespace {

constexpr int kMaxDepth = 100;

const Node& item(const Node& list, size_t index, size_t least, size_t most, const Node& at, const std::string& what) {
  if (!list.is_list() || list.items.size() < least || list.items.size() > most) at.fail(what);
  return list.items[index];
}

std::string base64(std::string_view in) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < in.size(); i += 3) {
    uint32_t group = static_cast<uint32_t>(static_cast<unsigned char>(in[i])) << 16;
    if (i + 1 < in.size()) group |= static_cast<uint32_t>(static_cast<unsigned char>(in[i + 1])) << 8;
    if (i + 2 < in.size()) group |= static_cast<unsigned char>(in[i + 2]);
    out += kDigits[group >> 18];
    out += kDigits[(group >> 12) & 63];
    out += i + 1 < in.size() ? kDigits[(group >> 6) & 63] : '=';
    out += i + 2 < in.size() ? kDigits[group & 63] : '=';
  }
  return out;
}

}  // namespace

std::optional<Node> Template::resolve_value(const Node& node, int depth) const {
  if (depth > kMaxDepth) node.fail("the references here go round in a circle");
  if (node.is_scalar() || node.is_null()) return node;
  if (node.is_list()) {
    Node out = node.make(Node::Kind::kList);
    out.items.reserve(node.items.size());
    for (const Node& one : node.items)
      if (std::optional<Node> value = resolve_value(one, depth + 1)) out.items.push_back(std::move(*value));
    return out;
  }
  if (node.members.size() == 1) {
    const Member& only = node.members.front();
    // {"Condition": "Name"} is a function only inside Fn::If's friends; elsewhere (IAM policies) it is plain data.
    if (only.name == "Ref" || only.name.starts_with("Fn::")) return call(only.name, only.value, node, depth);
  }
  Node out = node.make(Node::Kind::kMap);
  out.members.reserve(node.members.size());
  for (const Member& member : node.members) {
    if (member.name == "Fn::Transform") {
      const Node included = include(member.value, member.value, depth);
      if (!included.is_map()) member.value.fail("AWS::Include: expected the file to hold a map");
      for (const Member& more : included.members) out.members.push_back(more);
      continue;
    }
    if (std::optional<Node> value = resolve_value(member.value, depth + 1))
      out.members.push_back({member.name, std::move(*value), member.line});
  }
  return out;
}

Node Template::must(const Node& node, int depth, std::string_view what) const {
  std::optional<Node> value = resolve_value(node, depth + 1);
  if (!value) node.fail(std::string(what) + ": AWS::NoValue has no meaning here");
  return std::move(*value);
}

std::optional<Node> Template::call(const std::string& name, const Node& argument, const Node& at, int depth) const {
  if (name == "Ref") return ref(argument.string("Ref"), at, depth);
  if (name == "Fn::GetAtt") return at.make_string(get_att(argument, at, depth));
  if (name == "Fn::Sub") return at.make_string(substitute(argument, at, depth));
  if (name == "Fn::Join") return at.make_string(join(argument, at, depth));
  if (name == "Fn::If") {
    const char* shape = "Fn::If: expected a condition's name and two values";
    const std::string& when = item(argument, 0, 3, 3, at, shape).string("Fn::If");
    return resolve_value(argument.items[condition(when, at, depth) ? 1 : 2], depth + 1);
  }
  if (name == "Fn::FindInMap") return find_in_map(argument, at, depth);
  if (name == "Fn::Select") return select(argument, at, depth);
  if (name == "Fn::Split") return split(argument, at, depth);
  if (name == "Fn::Base64") return at.make_string(base64(must(argument, depth, "Fn::Base64").string("Fn::Base64")));
  if (name == "Fn::ToJsonString") {
    std::string text;
    append_json(must(argument, depth, "Fn::ToJsonString"), text);
    return at.make_string(std::move(text));
  }
  if (name == "Fn::Length") {
    const Node list = must(argument, depth, "Fn::Length");
    if (!list.is_list()) at.fail("Fn::Length: expected a list");
    return at.make(Node::Kind::kNumber, std::to_string(list.items.size()));
  }
  if (name == "Fn::Transform") return include(argument, at, depth);
  if (name == "Fn::Equals" || name == "Fn::And" || name == "Fn::Or" || name == "Fn::Not")
    return at.make(Node::Kind::kBoolean, truth(at, depth) ? "true" : "false");
  if (name == "Fn::ImportValue") return at.make_string(imported(argument, at, depth));
  if (name == "Fn::GetAZs" || name == "Fn::Cidr")
    at.fail(name + " asks about a network that is not here: write the value, or use a parameter");
  at.fail(name + " is no function that is known here");
}

std::string Template::get_att(const Node& argument, const Node& at, int depth) const {
  if (argument.is_list()) {
    if (argument.items.size() < 2) at.fail("Fn::GetAtt: expected a logical id and an attribute");
    std::string attribute_name;
    for (size_t i = 1; i < argument.items.size(); ++i)
      attribute_name += (i > 1 ? "." : "") + must(argument.items[i], depth, "Fn::GetAtt").string("Fn::GetAtt");
    return attribute(argument.items[0].string("Fn::GetAtt"), attribute_name, at, depth);
  }
  const std::string& text = argument.string("Fn::GetAtt");
  const size_t dot = text.find('.');
  if (dot == std::string::npos) at.fail("Fn::GetAtt: expected LogicalId.Attribute, found \"" + text + "\"");
  return attribute(text.substr(0, dot), text.substr(dot + 1), at, depth);
}

std::string Template::join(const Node& argument, const Node& at, int depth) const {
  const char* shape = "Fn::Join: expected a delimiter and a list";
  const std::string glue = item(argument, 0, 2, 2, at, shape).string("Fn::Join");
  const Node list = must(argument.items[1], depth, "Fn::Join");
  if (!list.is_list()) at.fail(shape);
  std::string out;
  for (size_t i = 0; i < list.items.size(); ++i) out += (i ? glue : "") + list.items[i].string("Fn::Join");
  return out;
}

Node Template::select(const Node& argument, const Node& at, int depth) const {
  const char* shape = "Fn::Select: expected an index and a list";
  const int64_t index = must(item(argument, 0, 2, 2, at, shape), depth, "Fn::Select").integer("Fn::Select");
  Node list = must(argument.items[1], depth, "Fn::Select");
  if (!list.is_list()) at.fail(shape);
  if (index < 0 || static_cast<size_t>(index) >= list.items.size())
    at.fail("Fn::Select: index " + std::to_string(index) + " of a list of " + std::to_string(list.items.size()));
  return std::move(list.items[static_cast<size_t>(index)]);
}

Node Template::split(const Node& argument, const Node& at, int depth) const {
  const char* shape = "Fn::Split: expected a delimiter and a string";
  const std::string glue = item(argument, 0, 2, 2, at, shape).string("Fn::Split");
  const std::string text = must(argument.items[1], depth, "Fn::Split").string("Fn::Split");
  if (glue.empty()) at.fail(shape);
  Node list = at.make(Node::Kind::kList);
  size_t from = 0;
  for (size_t cut; (cut = text.find(glue, from)) != std::string::npos; from = cut + glue.size())
    list.items.push_back(at.make_string(text.substr(from, cut - from)));
  list.items.push_back(at.make_string(text.substr(from)));
  return list;
}

const std::string& Template::imported(const Node& argument, const Node& at, int depth) const {
  const std::string wanted = must(argument, depth, "Fn::ImportValue").string("Fn::ImportValue");
  const auto found = options_.imports.find(wanted);
  if (found == options_.imports.end())
    at.fail("Fn::ImportValue \"" + wanted + "\": no template that was given beside this one exports that");
  return found->second;
}

std::string Template::substitute(const Node& argument, const Node& at, int depth) const {
  const Node* text_node = &argument;
  const Node* variables = nullptr;
  if (argument.is_list()) {
    if (argument.items.size() != 2 || !argument.items[1].is_map())
      at.fail("Fn::Sub: expected a string, or a string and a map");
    text_node = &argument.items[0];
    variables = &argument.items[1];
  }
  const std::string& text = text_node->string("Fn::Sub");
  std::string out;
  size_t from = 0;
  for (;;) {
    const size_t open = text.find("${", from);
    if (open == std::string::npos) break;
    out.append(text, from, open - from);
    const size_t close = text.find('}', open);
    if (close == std::string::npos) at.fail("Fn::Sub: \"${\" without its \"}\"");
    std::string name = text.substr(open + 2, close - open - 2);
    from = close + 1;
    if (name.starts_with("!")) {  // ${!literal} stands for ${literal}
      out += "${" + name.substr(1) + "}";
      continue;
    }
    while (!name.empty() && name.front() == ' ') name.erase(0, 1);
    while (!name.empty() && name.back() == ' ') name.pop_back();
    const Node* variable = variables ? variables->find(name) : nullptr;
    const size_t dot = name.find('.');
    if (variable) {
      out += must(*variable, depth, "Fn::Sub").string("Fn::Sub");
    } else if (dot != std::string::npos && !generated(name, "", depth)) {
      out += attribute(name.substr(0, dot), name.substr(dot + 1), at, depth);
    } else {
      const std::optional<Node> value = ref(name, at, depth);
      if (!value) at.fail("Fn::Sub: AWS::NoValue has no meaning here");
      out += value->string("Fn::Sub");
    }
  }
  return out.append(text, from, std::string::npos);
}

Node Template::find_in_map(const Node& argument, const Node& at, int depth) const {
  const char* shape = "Fn::FindInMap: expected a map's name and two keys";
  item(argument, 0, 3, 4, at, shape);
  std::string keys[3];
  for (size_t i = 0; i < 3; ++i) keys[i] = must(argument.items[i], depth, "Fn::FindInMap").string("Fn::FindInMap");
  const Node* found = root_.find("Mappings");
  for (const std::string& key : keys) found = found ? found->find(key) : nullptr;
  if (found) return must(*found, depth, "Fn::FindInMap");
  if (argument.items.size() == 4)
    if (const Node* fallback = argument.items[3].find("DefaultValue")) return must(*fallback, depth, "Fn::FindInMap");
  at.fail("Fn::FindInMap: Mappings has no " + keys[0] + " / " + keys[1] + " / " + keys[2]);
}

Node Template::include(const Node& argument, const Node& at, int depth) const {
  const Node* name = argument.find("Name");
  if (!name || name->text != "AWS::Include") at.fail("Fn::Transform: only AWS::Include of a local file is known here");
  const Node* parameters = argument.find("Parameters");
  const Node* location = parameters ? parameters->find("Location") : nullptr;
  if (!location) at.fail("AWS::Include: expected Parameters with a Location");
  const std::string path = must(*location, depth, "Location").string("Location");
  if (path.find("://") != std::string::npos) location->fail("AWS::Include: \"" + path + "\" is not a local file");
  return must(read_file(beside(at.file ? *at.file : "", path)), depth, "AWS::Include");
}

bool Template::condition(std::string_view name, const Node& at, int depth) const {
  if (depth > kMaxDepth) at.fail("the conditions here go round in a circle");
  const Node* conditions = root_.find("Conditions");
  const Node* found = conditions ? conditions->find(name) : nullptr;
  if (!found) at.fail("Condition \"" + std::string(name) + "\" is not in the template's Conditions");
  return truth(*found, depth + 1);
}

bool Template::truth(const Node& node, int depth) const {
  if (depth > kMaxDepth) node.fail("the conditions here go round in a circle");
  if (node.is_scalar()) return node.boolean("condition");
  if (node.members.size() != 1) node.fail("expected one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition");
  const auto& [name, argument, line] = node.members.front();
  if (name == "Condition") return condition(argument.string("Condition"), argument, depth);
  if (name == "Fn::Equals") {
    item(argument, 0, 2, 2, node, "Fn::Equals: expected two values");
    return must(argument.items[0], depth, "Fn::Equals").string("Fn::Equals") ==
           must(argument.items[1], depth, "Fn::Equals").string("Fn::Equals");
  }
  if (name == "Fn::Not")
    return !truth(item(argument, 0, 1, 1, node, "Fn::Not: expected a list of one condition"), depth + 1);
  if (name == "Fn::And" || name == "Fn::Or") {
    item(argument, 0, 2, 10, node, name + ": expected two to ten conditions");
    auto holds = [&](const Node& one) { return truth(one, depth + 1); };
    return name == "Fn::And" ? std::all_of(argument.items.begin(), argument.items.end(), holds)
                             : std::any_of(argument.items.begin(), argument.items.end(), holds);
  }
  node.fail("expected one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition; found " + name);
}

}  // namespace stator::templates
