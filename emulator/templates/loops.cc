#include "emulator/templates/loops.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

namespace stator::templates {
namespace {

constexpr std::string_view kLoop = "Fn::ForEach::";
// Characters and nodes that all loops of a template may write out. The service takes templates of a megabyte.
constexpr size_t kMost = 2'000'000;

class Writer {
 public:
  explicit Writer(const std::function<Node(const Node&)>& resolve) : resolve_(resolve) {}

  void write_out(Node& node) {
    for (Node& item : node.items) write_out(item);
    const bool loops = std::any_of(node.members.begin(), node.members.end(),
                                   [](const Member& m) { return m.name.starts_with(kLoop); });
    if (!loops) {
      for (Member& member : node.members) write_out(member.value);
      return;
    }
    std::vector<Member> members;
    std::unordered_set<std::string> names;
    const auto add = [&](const std::string& loop, Member& member) {
      if (!names.insert(member.name).second) member.value.fail(loop + ": \"" + member.name + "\" is made twice");
      members.push_back(std::move(member));
    };
    for (Member& member : node.members) {
      if (member.name.starts_with(kLoop)) {
        for (Member& made : rounds(member)) add(member.name, made);
      } else {
        write_out(member.value);
        add(member.name, member);
      }
    }
    node.members = std::move(members);
  }

 private:
  std::vector<Member> rounds(const Member& loop) {
    const Node& node = loop.value;
    if (!node.is_list() || node.items.size() != 3 || !node.items[2].is_map())
      node.fail(loop.name + ": expected a list: an identifier, a collection, and a map of what is repeated");
    const std::string& identifier = node.items[0].string(loop.name);
    const Node collection = resolve_(node.items[1]);
    if (!collection.is_list()) collection.fail(loop.name + ": expected a list of values");
    std::vector<Member> made;
    for (const Node& value : collection.items) {
      Node round = node.items[2];
      substitute(round, identifier, value.string(loop.name));
      write_out(round);
      std::move(round.members.begin(), round.members.end(), std::back_inserter(made));
    }
    return made;
  }

  void substitute(Node& node, const std::string& identifier, const std::string& value) {
    spend(node, node.text.size() + 1);
    if (const Node* name = node.members.size() == 1 ? node.find("Ref") : nullptr; name && name->text == identifier) {
      node = node.make_string(value);
      return;
    }
    std::string plain;
    for (const char c : value)
      if (std::isalnum(static_cast<unsigned char>(c))) plain += c;
    const auto both = [&](std::string& text) {
      replace(node, text, "${" + identifier + "}", value);
      replace(node, text, "&{" + identifier + "}", plain);
    };
    both(node.text);
    for (Member& member : node.members) {
      spend(node, member.name.size());
      both(member.name);
      substitute(member.value, identifier, value);
    }
    for (Node& item : node.items) substitute(item, identifier, value);
  }

  void replace(const Node& node, std::string& text, const std::string& what, const std::string& with) {
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
      spend(node, with.size());
      text.replace(at, what.size(), with);
    }
  }

  void spend(const Node& node, size_t more) {
    spent_ += more;
    if (spent_ > kMost) node.fail("the loops of this template make too much of it");
  }

  const std::function<Node(const Node&)>& resolve_;
  size_t spent_ = 0;
};

}  // namespace

void write_out_loops(Node& node, const std::function<Node(const Node&)>& resolve) {
  Writer(resolve).write_out(node);
}

}  // namespace stator::templates
