// A template document as a tree that is easy to rewrite (intrinsic functions replace nodes by other nodes), every node
// with the file and line it was written at, so that whoever refuses it can say where. Numbers and booleans keep their
// text: CloudFormation takes 5, "5" and true, "true" alike, so the reader of a property decides, not the parser.
//
// Plain values: copy, move, no owner. Errors: TemplateError, whose text is "file:line: what was expected".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::templates {

class TemplateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Member;

struct Node {
  enum class Kind : uint8_t { kNull, kBoolean, kNumber, kString, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;
  std::shared_ptr<const std::string> file;
  std::string text;             // booleans ("true", "false"), numbers and strings
  std::vector<Node> items;      // lists
  std::vector<Member> members;  // maps, in the order written, names unique

  bool is_null() const { return kind == Kind::kNull; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_scalar() const { return kind == Kind::kBoolean || kind == Kind::kNumber || kind == Kind::kString; }

  const Node* find(std::string_view name) const;  // null when absent, when null, or when this is no map
  Node* find(std::string_view name);
  void set(std::string_view name, Node value);

  // The three below throw TemplateError at this node; `what` names it in the message ("Handler").
  const std::string& string(std::string_view what) const;  // any scalar's text
  bool boolean(std::string_view what) const;
  int64_t integer(std::string_view what) const;

  // A node at the same place, for what a function or a default makes.
  Node make(Kind made, std::string made_text = {}) const;
  Node make_string(std::string value) const;

  [[noreturn]] void fail(const std::string& message) const;
  std::string place() const;  // "file:line"
};

struct Member {
  std::string name;
  Node value;
  int line = 0;  // of the name
};

inline Node Node::make_string(std::string value) const {
  return make(Kind::kString, std::move(value));
}

// The node as compact JSON. Numbers that JSON would not read become strings.
void append_json(const Node& node, std::string& out);

}  // namespace stator::templates
