// Step 2 of the checker: the walk that finds broken member constraints, and the checks that a few operations make
// first.
#include <algorithm>

#include "protocol/error/error_catalog.h"
#include "protocol/shapes/checker.h"
#include "protocol/shapes/faults.h"

namespace stator {
namespace shapes {
namespace {

using Id = OperationId;

constexpr size_t kEnough = 32;  // the report shows ten at most; a hostile request must not make thousands of texts

void append_path(const PathNode* node, bool camel, std::string& out) {
  if (node == nullptr) return;
  append_path(node->parent, camel, out);
  if (node->is_entry) {
    out += '.';
    if (node->index > 0) {
      out += std::to_string(node->index);
    } else {
      out += node->name;
    }
    out += ".member";
    return;
  }
  if (!out.empty()) out += '.';
  const size_t start = out.size();
  out += node->name;
  if (camel && start < out.size() && out[start] >= 'A' && out[start] <= 'Z') {
    out[start] = static_cast<char>(out[start] - 'A' + 'a');
  }
}

// Java's String.length(): UTF-16 units.
int64_t java_length(std::string_view text) {
  int64_t units = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

template <typename Test>
bool every(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool matches(Pattern pattern, std::string_view text) {
  switch (pattern) {
    case Pattern::kName:
      return !text.empty() && every(text, [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
    case Pattern::kNoDollar:
      return !text.empty() && text.find('$') == std::string_view::npos;
    case Pattern::kCsvDelimiter:
      return text.size() == 1 && std::string_view(",;:|\t ").find(text[0]) != std::string_view::npos;
    case Pattern::kCsvHeader:
      return every(text, [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != ','; });
    case Pattern::kHexSixteens:
      return !text.empty() && text.size() % 16 == 0 &&
             every(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    case Pattern::kBucket:
      return text.size() >= 2 && is_word(text.front()) && is_word(text.back()) &&
             every(text, [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
    case Pattern::kTwelveDigits:
      return text.size() == 12 && every(text, [](char c) { return c >= '0' && c <= '9'; });
    case Pattern::kPrintable:
      return !text.empty() && every(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    case Pattern::kNone:
    case Pattern::kAny:
      return true;
  }
  return true;
}

// `list` is "INDEXES, TOTAL, NONE".
bool in_enum(std::string_view list, std::string_view value) {
  while (!list.empty()) {
    const size_t comma = list.find(", ");
    if (list.substr(0, comma) == value) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 2);
  }
  return false;
}

// Table names may be ARNs wherever the model calls them TableArn, which is everywhere.
bool is_table_arn(const Shape& expected, std::string_view text) {
  return expected.pattern == Pattern::kName && text.starts_with("arn:") && text.size() <= 1024 &&
         (expected.name == "TableArn" || expected.name == "NewTableName" || expected.name == "BatchTableName");
}

class Walk {
 public:
  explicit Walk(OperationId operation) : operation_(operation) {}

  Faults run(const JsonValue& body) {
    structure(input_shape(operation_), body, nullptr);
    return std::move(faults_);
  }

 private:
  void structure(const Shape& expected, const JsonValue& value, const PathNode* parent) {
    for (uint16_t i = 0; i < expected.member_count; ++i) {
      const ShapeMember& row = member(static_cast<uint16_t>(expected.first_member + i));
      const Shape& target = shape(row.shape);
      if (!row.required && !target.constrained) continue;
      const PathNode here{parent, row.name};
      const JsonValue* found = value.find(row.name);
      if (found != nullptr) {
        check(target, *found, here);
      } else if (row.required && !excused(row.name, value, parent)) {
        add(Rule::kNull, here, target, nullptr, "Member must not be null");
      }
    }
  }

  // CreateTable from another table's settings needs neither keys nor definitions.
  bool excused(std::string_view name, const JsonValue& value, const PathNode* parent) const {
    return operation_ == Id::kCreateTable && parent == nullptr &&
           (name == "AttributeDefinitions" || name == "KeySchema") && value.find("GlobalTableSourceArn") != nullptr;
  }

  void check(const Shape& expected, const JsonValue& value, const PathNode& path) {
    if (!expected.constrained || faults_.size() > kEnough) return;
    switch (expected.kind) {
      case ShapeKind::kString:
        string(expected, value, path);
        break;
      case ShapeKind::kInteger:
      case ShapeKind::kLong:
        bounds(expected, integer_value(value), value, path, "value");
        break;
      case ShapeKind::kStructure:
        structure(expected, value, &path);
        break;
      case ShapeKind::kList:
        list(expected, value, path);
        break;
      case ShapeKind::kMap:
        map(expected, value, path);
        break;
      default:
        break;
    }
  }

  void string(const Shape& expected, const JsonValue& value, const PathNode& path) {
    const std::string_view text = value.text();
    if (!expected.enum_text.empty() && !in_enum(expected.enum_text, text)) {
      add(Rule::kEnum, path, expected, &value,
          "Member must satisfy enum value set: [" + std::string(expected.enum_text) + "]");
    }
    if (expected.pattern != Pattern::kNone) {
      if (is_table_arn(expected, text)) return;
      // An empty table name is too short and nothing else since its least length is 1 (validation_errors,
      // known_changes).
      const bool too_short_alone = text.empty() && expected.min == 1;
      if (!too_short_alone && !matches(expected.pattern, text)) {
        add(Rule::kPattern, path, expected, &value,
            "Member must satisfy regular expression pattern: " + std::string(expected.pattern_text));
      }
    }
    bounds(expected, java_length(text), value, path, "length");
  }

  void bounds(const Shape& expected, int64_t size, const JsonValue& value, const PathNode& path,
              std::string_view what) {
    if (expected.min != kNoLimit && size < expected.min) {
      add(Rule::kMin, path, expected, &value, limit_text(what, "greater", expected.min));
    }
    if (expected.max != kNoLimit && size > expected.max) {
      add(Rule::kMax, path, expected, &value, limit_text(what, "less", expected.max));
    }
  }

  static std::string limit_text(std::string_view what, std::string_view side, int64_t limit) {
    std::string out = "Member must have ";
    out += what;
    out += ' ';
    out += side;
    out += " than or equal to ";
    out += std::to_string(limit);
    return out;
  }

  // "Member must have length less than or equal to 255, Member must have length ..., Member must satisfy ...".
  static std::string all_constraints(const Shape& of) {
    std::string out;
    auto more = [&out](const std::string& text) {
      if (!out.empty()) out += ", ";
      out += text;
    };
    if (of.max != kNoLimit) more(limit_text("length", "less", of.max));
    if (of.min != kNoLimit) more(limit_text("length", "greater", of.min));
    if (of.pattern != Pattern::kNone) {
      more("Member must satisfy regular expression pattern: " + std::string(of.pattern_text));
    }
    if (!of.enum_text.empty()) more("Member must satisfy enum value set: [" + std::string(of.enum_text) + "]");
    return out;
  }

  static bool breaks(const Shape& expected, std::string_view text) {
    if (!expected.enum_text.empty() && !in_enum(expected.enum_text, text)) return true;
    if (is_table_arn(expected, text)) return false;
    if (!matches(expected.pattern, text)) return true;
    const int64_t length = java_length(text);
    return (expected.min != kNoLimit && length < expected.min) || (expected.max != kNoLimit && length > expected.max);
  }

  void list(const Shape& expected, const JsonValue& value, const PathNode& path) {
    bounds(expected, value.count(), value, path, "length");
    const Shape& element = shape(expected.element);
    if (element.kind == ShapeKind::kString) {
      for (const JsonValue& entry : value.elements()) {
        if (entry.is_null()) {
          add(Rule::kNull, path, expected, &value, "Member must not be null");
          return;
        }
        if (element.constrained && breaks(element, entry.text())) {
          add(Rule::kElements, path, expected, &value,
              "Member must satisfy constraint: [" + all_constraints(element) + "]");
          return;
        }
      }
      return;
    }
    if (!element.constrained && element.kind != ShapeKind::kStructure) return;
    size_t index = 0;
    for (const JsonValue& entry : value.elements()) {
      const PathNode here{&path, {}, ++index, true};
      if (faults_.size() > kEnough) return;
      if (entry.is_null()) {
        if (element.kind == ShapeKind::kStructure) add(Rule::kNull, here, element, nullptr, "Member must not be null");
        continue;
      }
      check(element, entry, here);
    }
  }

  void map(const Shape& expected, const JsonValue& value, const PathNode& path) {
    bounds(expected, value.count(), value, path, "length");
    const Shape& key = shape(expected.key);
    const Shape& element = shape(expected.element);
    if (key.name == "BatchTableName") {
      for (const JsonMember& entry : value.members()) {
        if (!breaks(key, entry.name)) continue;
        add(Rule::kMapKeys, path, expected, &value, "Map keys must satisfy constraint: [" + all_constraints(key) + "]");
        break;
      }
    }
    if (element.kind == ShapeKind::kList) {
      for (const JsonMember& entry : value.members()) {
        const int64_t count = entry.value.count();
        if (count >= element.min && count <= element.max) continue;
        add(Rule::kMapValues, path, expected, &value,
            "Map value must satisfy constraint: [" + all_constraints(element) + "]");
        faults_.back().bad_entry = entry.name;
        faults_.back().over = count > element.max;
        break;
      }
    }
    for (const JsonMember& entry : value.members()) {
      if (faults_.size() > kEnough) return;
      const PathNode here{&path, entry.name, 0, true};
      if (entry.value.is_null()) {
        if (element.kind == ShapeKind::kStructure) add(Rule::kNull, here, element, nullptr, "Member must not be null");
        continue;
      }
      if (element.kind == ShapeKind::kList) {
        entries(element, entry.value, here);
      } else {
        check(element, entry.value, here);
      }
    }
  }

  // The elements of a list that is a map's value: its own length was judged with the map.
  void entries(const Shape& expected, const JsonValue& value, const PathNode& path) {
    size_t index = 0;
    for (const JsonValue& entry : value.elements()) {
      const PathNode here{&path, {}, ++index, true};
      if (faults_.size() > kEnough) return;
      if (entry.is_null()) {
        add(Rule::kNull, here, shape(expected.element), nullptr, "Member must not be null");
      } else {
        check(shape(expected.element), entry, here);
      }
    }
  }

  void add(Rule rule, const PathNode& path, const Shape& expected, const JsonValue* value, std::string constraint) {
    Fault fault{.rule = rule, .top = {}, .path = {}, .camel_path = {}, .constraint = {}, .bad_entry = {}};
    const PathNode* top = &path;
    while (top->parent != nullptr) top = top->parent;
    fault.top = top->name;
    fault.nested = top != &path;
    append_path(&path, false, fault.path);
    append_path(&path, true, fault.camel_path);
    fault.constraint = std::move(constraint);
    fault.shape = &expected;
    fault.value = value;
    faults_.push_back(std::move(fault));
  }

  OperationId operation_;
  Faults faults_;
};

// Operations on tables word a missing, short or long name in their own way and before all else (validation_errors:
// CreateTable, DeleteTable, DescribeTable, DescribeTimeToLive, UpdateTable; the others are taken to follow them).
// CreateTable has the member constraint for names of one and two characters (validation_2026).
bool names_table_itself(OperationId operation) {
  switch (operation) {
    case Id::kCreateTable:
    case Id::kDeleteTable:
    case Id::kDescribeTable:
    case Id::kUpdateTable:
    case Id::kDescribeTimeToLive:
    case Id::kUpdateTimeToLive:
    case Id::kDescribeContinuousBackups:
    case Id::kUpdateContinuousBackups:
    case Id::kDescribeContributorInsights:
    case Id::kUpdateContributorInsights:
    case Id::kDescribeKinesisStreamingDestination:
    case Id::kEnableKinesisStreamingDestination:
    case Id::kDisableKinesisStreamingDestination:
    case Id::kUpdateKinesisStreamingDestination:
    case Id::kCreateBackup:
      return true;
    default:
      return false;
  }
}

void check_table_name(OperationId operation, const JsonValue& body) {
  const JsonValue* name = body.find("TableName");
  if (name == nullptr) {
    throw errors::validation("The parameter 'TableName' is required but was not present in the request");
  }
  const std::string_view text = name->text();
  if (text.starts_with("arn:")) return;
  const int64_t length = java_length(text);
  const bool too_short = operation == Id::kCreateTable ? length == 0 : length < 3;
  if (too_short || length > 255) {
    throw errors::validation("TableName must be at least 3 characters long and at most 255 characters long");
  }
}

// TagResource, UntagResource and ListTagsOfResource ask IAM first whether one may touch what is named, and nobody may
// touch what is no resource: account:..:type/name is the least that counts as one.
void check_resource_arn(OperationId operation, const JsonValue& body) {
  const JsonValue* arn = body.find("ResourceArn");
  if (arn == nullptr) throw errors::validation("Invalid TableArn");
  const std::string_view text = arn->text();
  size_t from = 0;
  int colons = 0;
  while (colons < 5) {
    const size_t colon = text.find(':', from);
    if (colon == std::string_view::npos) break;
    from = colon + 1;
    ++colons;
  }
  if (colons == 5 && text.find('/', from) != std::string_view::npos) return;
  throw errors::access_denied("000000000000", info(operation).name, text.empty() ? "*" : text);
}

}  // namespace

Faults find_faults(OperationId operation, const JsonValue& body) {
  return Walk(operation).run(body);
}

const OperationDialect& check_constraints(OperationId operation, const JsonValue& body, const DialectSettings& settings,
                                          size_t value_depth) {
  if (names_table_itself(operation)) check_table_name(operation, body);
  if (operation == Id::kTagResource || operation == Id::kUntagResource || operation == Id::kListTagsOfResource) {
    check_resource_arn(operation, body);
  }
  const Faults faults = find_faults(operation, body);
  const OperationDialect* dialect = &settings.of(operation);
  if (dialect->is_new() && falls_back(operation, faults, value_depth)) {
    dialect = &operation_dialect(operation, Dialect::kOld);
  }
  if (!faults.empty()) report_faults(operation, faults, *dialect);
  return *dialect;
}

}  // namespace shapes

const OperationDialect& check_request(OperationId operation, const JsonValue& body, const DialectSettings& settings) {
  const size_t value_depth = shapes::check_types(shapes::input_shape(operation), body);
  return shapes::check_constraints(operation, body, settings, value_depth);
}

}  // namespace stator
