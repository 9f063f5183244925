#include "emulator/gateway/vtl/json_path.h"

#include <algorithm>
#include <cmath>

#include "emulator/gateway/vtl/json_path_tree.h"

namespace stator::vtl {
namespace {

constexpr size_t kMaxVisits = 2'000'000;

// What a step does when the thing it names is not there: a path that names one thing ends with nothing, one that
// collects goes on without it.
class Walk {
 public:
  Walk(const Value& root, Heap& heap, size_t& visits) : root_(root), heap_(heap), visits_(visits) {}

  std::optional<Value> read(const PathSteps& path, const Value& from) {
    std::vector<Value> found;
    follow(path, 0, path.nodes.size(), from, found);
    // A function works on what was collected up to it.
    if (path.definite) return found.empty() ? std::nullopt : std::optional<Value>(found.front());
    List* list = heap_.make_list(true);
    for (Value& each : found) heap_.append(*list, std::move(each));
    return Value::list(list);
  }

  std::optional<Value> read_all(const PathSteps& path) {
    if (path.nodes.empty() || path.nodes.back().kind != PathNode::Kind::kFunction || path.definite)
      return read(path, root_);
    PathSteps before = path;
    before.nodes.pop_back();
    const std::optional<Value> collected = read(before, root_);
    return collected ? apply(path.nodes.back().names[0], *collected) : std::nullopt;
  }

 private:
  void visit() {
    if (++visits_ > kMaxVisits) throw TemplateError("a JSONPath looks at too much");
    if (visits_ % 1024 == 0) heap_.check_time();
  }

  void follow(const PathSteps& path, size_t at, size_t end, const Value& value, std::vector<Value>& found) {
    visit();
    if (at == end) {
      heap_.charge(sizeof(Value));
      found.push_back(value);
      return;
    }
    const PathNode& node = path.nodes[at];
    auto next = [&](const Value& each) { follow(path, at + 1, end, each, found); };
    switch (node.kind) {
      case PathNode::Kind::kNames:
        names(node, at + 1 == end, value, next);
        return;
      case PathNode::Kind::kIndexes:
        if (!value.is_list()) return;
        for (const int64_t index : node.indexes) {
          const auto size = static_cast<int64_t>(value.list().items.size());
          const int64_t real = index < 0 ? index + size : index;
          if (real >= 0 && real < size) next(value.list().items[static_cast<size_t>(real)]);
        }
        return;
      case PathNode::Kind::kSlice: {
        if (!value.is_list()) return;
        const auto size = static_cast<int64_t>(value.list().items.size());
        auto bound = [&](std::optional<int64_t> given, int64_t otherwise) {
          if (!given) return otherwise;
          return std::clamp<int64_t>(*given < 0 ? *given + size : *given, 0, size);
        };
        for (int64_t i = bound(node.from, 0); i < bound(node.to, size); ++i)
          next(value.list().items[static_cast<size_t>(i)]);
        return;
      }
      case PathNode::Kind::kWildcard:
        each_child(value, next);
        return;
      case PathNode::Kind::kDescent:
        descend(path, at + 1, end, value, found);
        return;
      case PathNode::Kind::kFilter:
        if (value.is_list()) {
          for (const Value& each : value.list().items)
            if (holds(*node.filter, each)) next(each);
        } else if (value.is_map() && holds(*node.filter, value)) {
          next(value);
        }
        return;
      case PathNode::Kind::kFunction:
        if (const std::optional<Value> result = apply(node.names[0], value)) next(*result);
        return;
    }
  }

  template <typename Next>
  void names(const PathNode& node, bool last, const Value& value, Next&& next) {
    if (!value.is_map()) return;
    if (node.names.size() == 1) {
      if (const Value* member = value.map().find(node.names[0])) next(*member);
      return;
    }
    // Several names at the end of a path: an object of just these.
    if (last) {
      Map* picked = heap_.make_map();
      for (const std::string& name : node.names)
        if (const Value* member = value.map().find(name)) heap_.put(*picked, name, *member);
      next(Value::map(picked));
      return;
    }
    for (const std::string& name : node.names)
      if (const Value* member = value.map().find(name)) next(*member);
  }

  template <typename Next>
  static void each_child(const Value& value, Next&& next) {
    if (value.is_list())
      for (const Value& each : value.list().items) next(each);
    else if (value.is_map())
      for (const auto& [name, each] : value.map().entries) next(each);
  }

  // The value itself, then all below it.
  void descend(const PathSteps& path, size_t at, size_t end, const Value& value, std::vector<Value>& found) {
    visit();
    if (!value.is_list() && !value.is_map()) return;
    follow(path, at, end, value, found);
    each_child(value, [&](const Value& each) { descend(path, at, end, each, found); });
  }

  std::optional<Value> apply(const std::string& name, const Value& value) {
    if (name == "length" || name == "size") {
      if (value.is_list()) return Value::integer(static_cast<int64_t>(value.list().items.size()));
      if (value.is_map()) return Value::integer(static_cast<int64_t>(value.map().entries.size()));
      if (value.is_string()) return Value::integer(static_cast<int64_t>(value.string().size()));
      return std::nullopt;
    }
    if (name == "keys") {
      if (!value.is_map()) return std::nullopt;
      List* keys = heap_.make_list(true);
      for (const auto& [key, member] : value.map().entries) heap_.append(*keys, heap_.text(key));
      return Value::list(keys);
    }
    if (name == "first" || name == "last") {
      if (!value.is_list() || value.list().items.empty()) return std::nullopt;
      return name == "first" ? value.list().items.front() : value.list().items.back();
    }
    if (name != "min" && name != "max" && name != "avg" && name != "sum" && name != "stddev")
      throw TemplateError("JSONPath has no function " + name + "()");
    if (!value.is_list()) return std::nullopt;
    std::vector<double> numbers;
    for (const Value& each : value.list().items)
      if (each.is_number()) numbers.push_back(each.real());
    if (numbers.empty()) throw TemplateError(name + "() of no numbers");
    double sum = 0, squares = 0;
    for (const double each : numbers) sum += each, squares += each * each;
    const auto count = static_cast<double>(numbers.size());
    if (name == "min") return Value::real(*std::min_element(numbers.begin(), numbers.end()));
    if (name == "max") return Value::real(*std::max_element(numbers.begin(), numbers.end()));
    if (name == "sum") return Value::real(sum);
    if (name == "avg") return Value::real(sum / count);
    return Value::real(std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count))));
  }

  // ---- filters ----

  bool holds(const PathFilter& filter, const Value& item) {
    visit();
    switch (filter.kind) {
      case PathFilter::Kind::kOr:
        return std::any_of(filter.parts.begin(), filter.parts.end(), [&](const auto& p) { return holds(p, item); });
      case PathFilter::Kind::kAnd:
        return std::all_of(filter.parts.begin(), filter.parts.end(), [&](const auto& p) { return holds(p, item); });
      case PathFilter::Kind::kNot:
        return !holds(filter.parts[0], item);
      case PathFilter::Kind::kExists: {
        const std::optional<Value> value = operand(filter.left, item);
        if (filter.left.kind == PathOperand::Kind::kBool) return filter.left.truth;
        return value.has_value() && !(value->is_list() && !filter.left.path.definite && value->list().items.empty());
      }
      case PathFilter::Kind::kCompare:
        return compare(filter, operand(filter.left, item), operand(filter.right, item));
    }
    return false;
  }

  std::optional<Value> operand(const PathOperand& from, const Value& item) {
    switch (from.kind) {
      case PathOperand::Kind::kPath:
        return read(from.path, from.path.from_item ? item : root_);
      case PathOperand::Kind::kNull:
        return Value();
      case PathOperand::Kind::kBool:
        return Value::boolean(from.truth);
      case PathOperand::Kind::kNumber:
        return number_of(from.text, heap_);
      case PathOperand::Kind::kString:
        return heap_.text(from.text);
      case PathOperand::Kind::kRegex:
        return std::nullopt;
      case PathOperand::Kind::kList: {
        List* list = heap_.make_list(true);
        for (const PathOperand& each : from.items)
          if (std::optional<Value> value = operand(each, item)) heap_.append(*list, std::move(*value));
        return Value::list(list);
      }
    }
    return std::nullopt;
  }

  // Unlike Velocity's, this equality does not turn things into texts: "1" is not 1.
  static bool same(const Value& a, const Value& b) {
    return (a.kind() == b.kind() || (a.is_number() && b.is_number())) && equal(a, b);
  }
  static bool among(const Value& wanted, const Value& list) {
    return list.is_list() && std::any_of(list.list().items.begin(), list.list().items.end(),
                                         [&](const Value& each) { return same(each, wanted); });
  }

  bool compare(const PathFilter& filter, const std::optional<Value>& left, const std::optional<Value>& right) {
    const std::string& op = filter.comparison;
    if (op == "=~") {
      if (!left || !(left->is_string() || left->is_number()) || !filter.right.regex) return false;
      heap_.check_time();
      return filter.right.regex->matches_all(text_of(*left));
    }
    if (op == "!=") return !left || !right ? left.has_value() != right.has_value() : !same(*left, *right);
    if (op == "==") return !left || !right ? left.has_value() == right.has_value() : same(*left, *right);
    if (!left || !right) return false;
    if (op == "in") return among(*left, *right);
    if (op == "nin") return !among(*left, *right);
    if (op == "contains")
      return left->is_string() && right->is_string() ? left->string().find(right->string()) != std::string::npos
                                                     : among(*right, *left);
    if (op == "size" || op == "empty") {
      if (!left->is_list() && !left->is_string()) return false;
      const size_t size = left->is_list() ? left->list().items.size() : left->string().size();
      if (op == "empty") return right->is_bool() && right->boolean() == (size == 0);
      return right->is_number() && right->real() == static_cast<double>(size);
    }
    if (op == "subsetof" || op == "anyof" || op == "noneof") {
      if (!left->is_list() || !right->is_list()) return false;
      const auto& items = left->list().items;
      const auto inside = [&](const Value& each) { return among(each, *right); };
      return op == "subsetof" ? std::all_of(items.begin(), items.end(), inside)
             : op == "anyof"  ? std::any_of(items.begin(), items.end(), inside)
                              : std::none_of(items.begin(), items.end(), inside);
    }
    int order = 0;
    if (left->is_number() && right->is_number())
      order = left->real() < right->real() ? -1 : left->real() > right->real() ? 1 : 0;
    else if (left->is_string() && right->is_string())
      order = left->string().compare(right->string());
    else
      return false;
    return op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
  }

  const Value& root_;
  Heap& heap_;
  size_t& visits_;
};

}  // namespace

JsonPath::JsonPath(std::unique_ptr<PathSteps> steps) : steps_(std::move(steps)) {}
JsonPath::JsonPath(JsonPath&&) noexcept = default;
JsonPath::~JsonPath() = default;

JsonPath JsonPath::parse(std::string_view text) {
  return JsonPath(std::make_unique<PathSteps>(parse_path(text)));
}

std::optional<Value> JsonPath::read(const Value& root, Heap& heap) const {
  size_t visits = 0;
  return Walk(root, heap, visits).read_all(*steps_);
}

}  // namespace stator::vtl
