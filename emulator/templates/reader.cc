#include "emulator/templates/reader.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_set>

#include "protocol/json/json_value.h"
#include "protocol/json/utf8.h"

namespace stator::templates {
namespace {

constexpr size_t kMaxNodes = 500'000;
constexpr size_t kMaxFile = 16u << 20;
constexpr int kMaxNesting = 200;

using File = std::shared_ptr<const std::string>;

[[noreturn]] void fail_at(const File& file, int line, const std::string& message) {
  throw TemplateError(*file + ":" + std::to_string(line) + ": " + message);
}

Node::Kind plain_kind(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Node::Kind::kNull;
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE")
    return Node::Kind::kBoolean;
  // A number starts with a digit, sign or point; dates and versions ("2012-10-17", "3.0.1") are strings.
  size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
  size_t digits = 0;
  bool point = false, exponent = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9')
      ++digits;
    else if (c == '.' && !point && !exponent)
      point = true;
    else if ((c == 'e' || c == 'E') && digits > 0 && !exponent && i + 1 < text.size()) {
      exponent = true;
      if (text[i + 1] == '+' || text[i + 1] == '-') ++i;
    } else
      return Node::Kind::kString;
  }
  // "0123" is text: account numbers lose their zeros otherwise.
  if (digits == 0 || (digits > 1 && text[0] == '0' && !point)) return Node::Kind::kString;
  return Node::Kind::kNumber;
}

class YamlReader {
 public:
  explicit YamlReader(File file) : file_(std::move(file)) {}

  Node convert(const YAML::Node& from, int depth) {
    Node node;
    node.file = file_;
    node.line = from.Mark().line + 1;
    if (++count_ > kMaxNodes) fail_at(file_, node.line, "the document is too large (aliases included)");
    if (depth > kMaxNesting) fail_at(file_, node.line, "nested too deeply");
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        node.text = from.Scalar();
        // yaml-cpp: "!" is a quoted scalar, "?" a plain one, anything else an explicit tag
        node.kind = from.Tag() == "?" || from.Tag().empty() ? plain_kind(node.text) : Node::Kind::kString;
        if (node.kind == Node::Kind::kBoolean)
          node.text = node.text[0] == 't' || node.text[0] == 'T' ? "true" : "false";
        break;
      case YAML::NodeType::Sequence:
        node.kind = Node::Kind::kList;
        for (const YAML::Node& item : from) node.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        convert_map(from, node, depth);
        break;
    }
    return tagged(from.Tag(), std::move(node));
  }

 private:
  void convert_map(const YAML::Node& from, Node& node, int depth) {
    node.kind = Node::Kind::kMap;
    std::unordered_set<std::string> seen;
    std::vector<Node> merged;
    for (const auto& pair : from) {
      const int line = pair.first.Mark().line + 1;
      if (!pair.first.IsScalar()) fail_at(file_, line, "expected a name, found a list or a map as a key");
      const std::string& name = pair.first.Scalar();
      if (name == "<<") {
        merged.push_back(convert(pair.second, depth + 1));
        continue;
      }
      if (!seen.insert(name).second) fail_at(file_, line, "\"" + name + "\" appears twice in one map");
      node.members.push_back({name, convert(pair.second, depth + 1), line});
    }
    for (Node& source : merged) {
      if (source.is_map()) {
        merge(source, node);
      } else {
        if (!source.is_list()) source.fail("<<: expected a map to merge");
        for (Node& item : source.items) merge(item, node);
      }
    }
  }

  static void merge(Node& from, Node& to) {
    if (!from.is_map()) from.fail("<<: expected a map to merge");
    for (Member& member : from.members)
      if (std::none_of(to.members.begin(), to.members.end(), [&](const Member& m) { return m.name == member.name; }))
        to.members.push_back(member);
  }

  Node tagged(const std::string& tag, Node node) {
    if (tag.size() < 2 || tag[0] != '!' || tag == "!!" || tag[1] == '<') return node;
    std::string name = tag.substr(1);
    if (name != "Ref" && name != "Condition") name = "Fn::" + name;
    Node call = node.make(Node::Kind::kMap);
    const int line = node.line;
    call.members.push_back({std::move(name), std::move(node), line});
    return call;
  }

  File file_;
  size_t count_ = 0;
};

// JSON nodes carry no line: the names and strings are views into the text, so their offset gives it.
class JsonReader {
 public:
  JsonReader(File file, std::string_view original, const char* base)
      : file_(std::move(file)), original_(original), base_(base) {}

  Node convert(const JsonValue& from, int line, int depth) {
    Node node;
    node.file = file_;
    node.line = line;
    if (++count_ > kMaxNodes) fail_at(file_, line, "the document is too large");
    if (depth > kMaxNesting) fail_at(file_, line, "nested too deeply");
    switch (from.kind()) {
      case JsonValue::Kind::kNull:
        break;
      case JsonValue::Kind::kFalse:
      case JsonValue::Kind::kTrue:
        node.kind = Node::Kind::kBoolean;
        node.text = from.boolean() ? "true" : "false";
        break;
      case JsonValue::Kind::kNumber:
        node.kind = Node::Kind::kNumber;
        node.text = from.text();
        break;
      case JsonValue::Kind::kString:
        node.kind = Node::Kind::kString;
        node.line = line_of(from.text().data(), line);
        node.text = from.text();
        break;
      case JsonValue::Kind::kArray:
        node.kind = Node::Kind::kList;
        for (const JsonValue& item : from.elements()) node.items.push_back(convert(item, line, depth + 1));
        if (!node.items.empty()) node.line = node.items.front().line;
        break;
      case JsonValue::Kind::kObject: {
        node.kind = Node::Kind::kMap;
        std::unordered_set<std::string_view> seen;
        for (const JsonMember& member : from.members()) {
          const int at = line_of(member.name.data(), line);
          if (!seen.insert(member.name).second)
            fail_at(file_, at, "\"" + std::string(member.name) + "\" appears twice in one map");
          node.members.push_back({std::string(member.name), convert(member.value, at, depth + 1), at});
        }
        break;
      }
    }
    return node;
  }

 private:
  int line_of(const char* at, int fallback) {
    if (at < base_ || at >= base_ + original_.size()) return fallback;
    const size_t offset = static_cast<size_t>(at - base_);
    if (offset < counted_) {
      counted_ = 0;
      line_ = 1;
    }
    line_ += static_cast<int>(std::count(original_.begin() + static_cast<ptrdiff_t>(counted_),
                                         original_.begin() + static_cast<ptrdiff_t>(offset), '\n'));
    counted_ = offset;
    return line_;
  }

  File file_;
  std::string_view original_;
  const char* base_;
  size_t counted_ = 0;
  int line_ = 1;
  size_t count_ = 0;
};

}  // namespace

Node read_text(std::string_view text, const std::string& name) {
  const File file = std::make_shared<const std::string>(name);
  if (text.size() > kMaxFile) fail_at(file, 1, "larger than 16 MB");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const size_t bad = find_invalid_utf8(text); bad < text.size())
    fail_at(file, 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n')),
            "not UTF-8");
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) fail_at(file, 1, "the file is empty");
  if (text[first] == '{' || text[first] == '[') {
    std::string body(text);
    Arena arena;
    const JsonParse parsed = parse_json_in_place({body.data(), body.size()}, arena);
    if (parsed.fault == JsonFault::kNone) return JsonReader(file, text, body.data()).convert(parsed.root, 1, 0);
  }
  try {
    return YamlReader(file).convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    fail_at(file, e.mark.line < 0 ? 1 : e.mark.line + 1, "not YAML or JSON: " + e.msg);
  }
}

Node read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw TemplateError(path + ":1: is a folder, expected a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw TemplateError(path + ":1: cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return read_text(text.str(), path);
}

std::string beside(const std::string& from, const std::string& path) {
  const std::filesystem::path wanted(path);
  if (wanted.is_absolute()) return wanted.lexically_normal().string();
  std::error_code error;
  std::filesystem::path base = std::filesystem::absolute(from, error).parent_path();
  return (base / wanted).lexically_normal().string();
}

}  // namespace stator::templates
