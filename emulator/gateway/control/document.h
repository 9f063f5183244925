// The JSON that the control planes take, keep and give, as the tree that templates are read into (templates::Node):
// easy to edit, members in the order written. Pure functions, no state; a document's bytes are the text of its tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/templates/node.h"

namespace stator::gateway::control {

using templates::Member;
using templates::Node;

// Strict JSON; nothing when it is none. A null member is one that is not there.
std::optional<Node> parse_document(std::string_view json);
// What is kept was written by text_of(): anything else throws std::runtime_error.
Node stored_document(std::string_view json);
std::string text_of(const Node& node);

Node map_node();
Node list_node();
Node text_node(std::string_view text);
Node number_node(int64_t number);
Node boolean_node(bool value);

// The member's text (of a string, number or boolean), or `absent`.
std::string text_in(const Node& node, std::string_view name, std::string_view absent = {});
bool flag_in(const Node& node, std::string_view name);
std::optional<double> number_in(const Node& node, std::string_view name);
// The member's scalars; empty when there is none.
std::vector<std::string> texts_in(const Node& node, std::string_view name);

void set_text(Node& node, std::string_view name, std::string_view text);
void set_unless_empty(Node& node, std::string_view name, std::string_view text);
void set_default(Node& node, std::string_view name, Node value);  // unless it is there
void erase_member(Node& node, std::string_view name);
Node& child_map(Node& node, std::string_view name);  // made when it is not there

}  // namespace stator::gateway::control
