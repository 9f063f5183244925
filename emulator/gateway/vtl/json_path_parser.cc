#include <charconv>

#include "emulator/gateway/vtl/json_path_tree.h"
#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {
namespace {

constexpr int kMaxFilterNesting = 50;

bool is_path_digit(char c) {
  return c >= '0' && c <= '9';
}

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  PathSteps whole() {
    skip_space();
    PathSteps out;
    if (peek() == '$') {
      ++at_;
    } else if (done()) {
      fail("is empty");
    } else if (peek() != '[' && peek() != '.') {
      name_or_function(out);  // "a.b" is "$.a.b"
    }
    steps(out);
    skip_space();
    if (!done()) fail("has more behind its end");
    return out;
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_space() {
    while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw TemplateError("the JSONPath \"" + std::string(text_.substr(0, 200)) + "\" " + what + " (at " +
                        std::to_string(at_) + ")");
  }

  struct Nest {
    explicit Nest(PathParser& p) : parser(p) {
      if (++parser.nesting_ > kMaxFilterNesting) parser.fail("is nested too deeply");
    }
    ~Nest() { --parser.nesting_; }
    PathParser& parser;
  };

  void steps(PathSteps& out) {
    while (!done()) {
      if (take("..")) {
        PathNode node;
        node.kind = PathNode::Kind::kDescent;
        out.nodes.push_back(std::move(node));
        out.definite = false;
        if (peek() == '[')
          bracket(out);
        else
          name_or_function(out);
      } else if (peek() == '.') {
        ++at_;
        if (peek() == '[')
          bracket(out);
        else
          name_or_function(out);
      } else if (peek() == '[') {
        bracket(out);
      } else {
        break;
      }
    }
    // Several names give one object at the end of a path, and several things before it.
    for (size_t i = 0; i + 1 < out.nodes.size(); ++i)
      if (out.nodes[i].names.size() > 1) out.definite = false;
  }

  void name_or_function(PathSteps& out) {
    PathNode node;
    if (take("*")) {
      node.kind = PathNode::Kind::kWildcard;
      out.definite = false;
      out.nodes.push_back(std::move(node));
      return;
    }
    const size_t begin = at_;
    while (!done() && std::string_view(".[]() \t\r\n=!<>&|,").find(peek()) == std::string_view::npos) ++at_;
    if (at_ == begin) fail("expects a name");
    node.names.emplace_back(text_.substr(begin, at_ - begin));
    if (peek() == '(') {
      const size_t close = text_.find(')', at_);
      if (close == std::string_view::npos) fail("has an open (");
      if (text_.substr(at_ + 1, close - at_ - 1).find_first_not_of(" \t") != std::string_view::npos)
        fail("gives arguments to a function that takes none here");
      at_ = close + 1;
      node.kind = PathNode::Kind::kFunction;
    }
    out.nodes.push_back(std::move(node));
  }

  std::string quoted() {
    const char quote = peek();
    ++at_;
    std::string out;
    for (;;) {
      if (done()) fail("has an open quote");
      char c = text_[at_++];
      if (c == quote) return out;
      if (c == '\\' && !done()) c = text_[at_++];
      out += c;
    }
  }

  std::optional<int64_t> integer() {
    skip_space();
    const size_t begin = at_;
    if (peek() == '-') ++at_;
    while (is_path_digit(peek())) ++at_;
    if (at_ == begin) return std::nullopt;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, value);
    if (error != std::errc() || end != text_.data() + at_) fail("has a number that is none");
    skip_space();
    return value;
  }

  void bracket(PathSteps& out) {
    const Nest nest(*this);
    ++at_;
    skip_space();
    PathNode node;
    if (take("*")) {
      node.kind = PathNode::Kind::kWildcard;
      out.definite = false;
    } else if (peek() == '\'' || peek() == '"') {
      do {
        skip_space();
        if (peek() != '\'' && peek() != '"') fail("expects a quoted name");
        node.names.push_back(quoted());
        skip_space();
      } while (take(","));
    } else if (take("?")) {
      skip_space();
      if (!take("(")) fail("expects ( behind ?");
      node.kind = PathNode::Kind::kFilter;
      node.filter = std::make_shared<const PathFilter>(either());
      skip_space();
      if (!take(")")) fail("expects ) at the end of a filter");
      out.definite = false;
    } else {
      node.from = integer();
      if (take(":")) {
        node.kind = PathNode::Kind::kSlice;
        node.to = integer();
        out.definite = false;
      } else {
        if (!node.from) fail("expects an index, a name, *, or a filter");
        node.kind = PathNode::Kind::kIndexes;
        node.indexes.push_back(*node.from);
        while (take(",")) {
          const auto next = integer();
          if (!next) fail("expects an index");
          node.indexes.push_back(*next);
          out.definite = false;
        }
      }
    }
    skip_space();
    if (!take("]")) fail("expects ]");
    out.nodes.push_back(std::move(node));
  }

  // ---- filters ----

  PathFilter either() {
    const Nest nest(*this);
    PathFilter first = both();
    skip_space();
    if (!text_.substr(at_).starts_with("||")) return first;
    PathFilter out;
    out.kind = PathFilter::Kind::kOr;
    out.parts.push_back(std::move(first));
    while (skip_space(), take("||")) out.parts.push_back(both());
    return out;
  }

  PathFilter both() {
    PathFilter first = one();
    skip_space();
    if (!text_.substr(at_).starts_with("&&")) return first;
    PathFilter out;
    out.kind = PathFilter::Kind::kAnd;
    out.parts.push_back(std::move(first));
    while (skip_space(), take("&&")) out.parts.push_back(one());
    return out;
  }

  PathFilter one() {
    const Nest nest(*this);
    skip_space();
    if (peek() == '!' && peek(1) != '=') {
      ++at_;
      PathFilter out;
      out.kind = PathFilter::Kind::kNot;
      out.parts.push_back(one());
      return out;
    }
    if (take("(")) {
      PathFilter inner = either();
      skip_space();
      if (!take(")")) fail("expects )");
      return inner;
    }
    PathFilter out;
    out.left = operand();
    skip_space();
    for (const std::string_view op : {"==", "!=", "<=", ">=", "=~", "<", ">"}) {
      if (!take(op)) continue;
      out.comparison = op;
      break;
    }
    if (out.comparison.empty()) {
      for (const std::string_view op :
           {"in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "IN", "NIN", "CONTAINS"}) {
        if (!text_.substr(at_).starts_with(op) ||
            std::string_view(" \t['\"@$tf-0123456789").find(peek(op.size())) == std::string_view::npos)
          continue;
        at_ += op.size();
        out.comparison = op;
        for (char& c : out.comparison) c = static_cast<char>(c | 0x20);
        break;
      }
    }
    if (out.comparison.empty()) return out;
    out.kind = PathFilter::Kind::kCompare;
    out.right = operand();
    return out;
  }

  PathOperand operand() {
    const Nest nest(*this);
    skip_space();
    PathOperand out;
    const char c = peek();
    if (c == '@' || c == '$') {
      out.kind = PathOperand::Kind::kPath;
      out.path.from_item = c == '@';
      ++at_;
      steps(out.path);
    } else if (c == '\'' || c == '"') {
      out.kind = PathOperand::Kind::kString;
      out.text = quoted();
    } else if (c == '/') {
      regex(out);
    } else if (c == '[') {
      ++at_;
      out.kind = PathOperand::Kind::kList;
      skip_space();
      if (take("]")) return out;
      do {
        out.items.push_back(operand());
        skip_space();
      } while (take(","));
      if (!take("]")) fail("expects ]");
    } else if (is_path_digit(c) || c == '-') {
      out.kind = PathOperand::Kind::kNumber;
      const size_t begin = at_;
      while (!done() && (is_path_digit(peek()) || std::string_view("+-.eE").find(peek()) != std::string_view::npos))
        ++at_;
      out.text = text_.substr(begin, at_ - begin);
      double value = 0;
      const auto [end, error] = std::from_chars(out.text.data(), out.text.data() + out.text.size(), value);
      if (error != std::errc() || end != out.text.data() + out.text.size()) fail("has a number that is none");
    } else if (take("true") || take("false")) {
      out.kind = PathOperand::Kind::kBool;
      out.truth = c == 't';
    } else if (!take("null")) {
      fail("expects a value");
    }
    return out;
  }

  void regex(PathOperand& out) {
    ++at_;
    std::string pattern;
    while (!done() && peek() != '/') {
      if (peek() == '\\' && peek(1) == '/') ++at_;
      pattern += text_[at_++];
    }
    if (!take("/")) fail("has an open /");
    bool ignore_case = false;
    while (peek() >= 'a' && peek() <= 'z') ignore_case = text_[at_++] == 'i' || ignore_case;
    std::string problem;
    out.kind = PathOperand::Kind::kRegex;
    out.regex = Regex::compile(pattern, problem, ignore_case);
    if (!out.regex) fail("has a regular expression that is none: " + problem);
  }

  std::string_view text_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

PathSteps parse_path(std::string_view text) {
  return PathParser(text).whole();
}

}  // namespace stator::vtl
