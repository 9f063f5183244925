#include "emulator/gateway/control/patch.h"

#include <algorithm>

#include "emulator/gateway/text_parts.h"

namespace stator::gateway::control {
namespace {

bool matches(const std::vector<std::string>& parts, std::string_view pattern) {
  const std::vector<std::string> wanted = pointer_parts(pattern);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "**") return true;
    if (i >= parts.size() || (wanted[i] != "*" && wanted[i] != parts[i])) return false;
  }
  return wanted.size() == parts.size();
}

// The text as a value of that kind; false when it is none.
bool value_of(const std::string& text, const model::Shape& shape, Node& value) {
  switch (shape.kind) {
    case model::Kind::kBoolean:
      if (text != "true" && text != "false") return false;
      value = boolean_node(text == "true");
      return true;
    case model::Kind::kInteger:
    case model::Kind::kLong:
    case model::Kind::kDouble: {
      Node number = number_node(0);
      number.text = text;
      Node holder = map_node();
      holder.set("n", number);
      if (!number_in(holder, "n")) return false;
      value = std::move(number);
      return true;
    }
    default:
      value = text_node(text);
      return model::has_word(shape, text);
  }
}

bool is_scalar(const model::Shape& shape) {
  return shape.kind != model::Kind::kStructure && shape.kind != model::Kind::kList && shape.kind != model::Kind::kMap;
}

// A list's entries are named by their text; "add" with the value in its own member is the other way of saying it.
bool change_list(const Patch& patch, size_t at, Node& list) {
  if (patch.parts.size() > at + 1) return false;
  const bool named = at < patch.parts.size();
  const std::string& entry = named ? patch.parts[at] : patch.value;
  const auto found = std::find_if(list.items.begin(), list.items.end(), [&](const Node& n) { return n.text == entry; });
  if (patch.op == "remove") {
    if (named || patch.has_value) {
      if (found != list.items.end()) list.items.erase(found);
    } else {
      list.items.clear();
    }
    return true;
  }
  if (patch.op == "replace" && named && patch.has_value) {
    if (found == list.items.end()) return false;
    *found = text_node(patch.value);
    return true;
  }
  if (patch.op == "replace" && !named) {
    list.items.clear();
    for (size_t from = 0; from <= patch.value.size();) {
      const size_t comma = std::min(patch.value.find(',', from), patch.value.size());
      if (comma > from) list.items.push_back(text_node(patch.value.substr(from, comma - from)));
      from = comma + 1;
    }
    return true;
  }
  if (found == list.items.end()) list.items.push_back(text_node(entry));
  return true;
}

bool change(const Patch& patch, size_t at, const model::Shape& shape, Node& node);

// The member `name` of a structure or a map, whose values have `shape`.
bool change_member(const Patch& patch, size_t at, const model::Shape& shape, Node& owner) {
  const std::string& name = patch.parts[at];
  if (is_scalar(shape)) {
    if (at + 1 != patch.parts.size()) return false;
    if (patch.op == "remove" ||
        (patch.value.empty() && (shape.kind != model::Kind::kString || !shape.enum_text.empty()))) {
      erase_member(owner, name);
      return true;
    }
    Node value;
    if (!value_of(patch.value, shape, value))
      throw bad_request("Invalid patch value  '" + patch.value + "' specified for path '" + patch.path + "'");
    owner.set(name, std::move(value));
    return true;
  }
  if (at + 1 == patch.parts.size() && patch.op == "remove" && !(shape.kind == model::Kind::kList && patch.has_value)) {
    erase_member(owner, name);
    return true;
  }
  Node* inner = owner.find(name);
  if (inner == nullptr) {
    if (patch.op == "remove") return true;
    owner.set(name, shape.kind == model::Kind::kList ? list_node() : map_node());
    inner = owner.find(name);
  }
  return change(patch, at + 1, shape, *inner);
}

bool change(const Patch& patch, size_t at, const model::Shape& shape, Node& node) {
  if (shape.kind == model::Kind::kList) return change_list(patch, at, node);
  if (at >= patch.parts.size()) {
    // A whole map or structure as JSON text.
    std::optional<Node> whole = parse_document(patch.value);
    if (!whole || !whole->is_map()) return false;
    node = *std::move(whole);
    return true;
  }
  if (shape.kind == model::Kind::kMap) return change_member(patch, at, model::element(shape), node);
  const model::Member* member = model::find(shape, patch.parts[at]);
  return member != nullptr && change_member(patch, at, model::target(shape, *member), node);
}

}  // namespace

std::vector<std::string> pointer_parts(std::string_view path) {
  std::vector<std::string> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (size_t from = 0; from <= path.size();) {
    const size_t slash = std::min(path.find('/', from), path.size());
    parts.push_back(pointer_part(path.substr(from, slash - from)));
    from = slash + 1;
  }
  return parts;
}

std::vector<Patch> patches_of(const ControlRequest& request) {
  std::vector<Patch> patches;
  const Node* list = request.input.find("patchOperations");
  if (list == nullptr) return patches;
  for (const Node& each : list->items) {
    Patch patch;
    patch.op = text_in(each, "op");
    patch.path = text_in(each, "path");
    patch.from = text_in(each, "from");
    patch.value = text_in(each, "value");
    patch.has_value = each.find("value") != nullptr;
    if (!patch.path.starts_with('/'))
      throw bad_request("Invalid patch path '" + patch.path + "' specified for op '" + patch.op +
                        "'. Must be a JSON pointer that starts with '/'");
    patch.parts = pointer_parts(patch.path);
    patches.push_back(std::move(patch));
  }
  return patches;
}

bool may_patch(const Patch& patch, std::string_view patchable) {
  while (!patchable.empty()) {
    const size_t space = std::min(patchable.find(' '), patchable.size());
    if (matches(patch.parts, patchable.substr(0, space))) return true;
    patchable.remove_prefix(std::min(space + 1, patchable.size()));
  }
  return false;
}

void refuse_patch(const Patch& patch, std::string_view patchable) {
  std::string paths;
  std::string_view told;  // a collection and its entries are one to the reader
  while (!patchable.empty()) {
    const size_t space = std::min(patchable.find(' '), patchable.size());
    std::string_view path = patchable.substr(0, space);
    path = path.substr(0, path.find("/*"));
    if (path != told) paths += (paths.empty() ? "" : ", ") + std::string(path);
    told = path;
    patchable.remove_prefix(std::min(space + 1, patchable.size()));
  }
  throw bad_request("Invalid patch path  '" + patch.path + "' specified for op '" + patch.op + "'. Must be one of: [" +
                    paths + "]");
}

bool apply_patch(const Patch& patch, const model::Shape& shape, Node& document) {
  if (patch.op != "add" && patch.op != "replace" && patch.op != "remove") return false;
  return change(patch, 0, shape, document);
}

void apply_patches(const ControlRequest& request, const model::Shape& shape, std::string_view patchable,
                   Node& document) {
  for (const Patch& patch : patches_of(request))
    if (!may_patch(patch, patchable) || !apply_patch(patch, shape, document)) refuse_patch(patch, patchable);
}

}  // namespace stator::gateway::control
