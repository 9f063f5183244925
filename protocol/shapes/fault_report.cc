// How the service words broken member constraints, per operation and dialect. Every fault has an old form:
//   Value '<value>' at '<camelCase.path>' failed to satisfy constraint: <constraint>
// joined with "; " under "N validation errors detected: ". Some have a new one, alone:
//   Value at '<PascalCase.Path>' failed to satisfy constraint: <constraint>
// Source: validation_2026.md, section 2. Where a request breaks constraints of both kinds and nothing is recorded, it
// is taken to be read by the old code as a whole, as recorded for the three writes ("fall-back").
#include <algorithm>
#include <initializer_list>

#include "protocol/error/error_catalog.h"
#include "protocol/shapes/checker.h"
#include "protocol/shapes/faults.h"

namespace stator::shapes {
namespace {

using Id = OperationId;

constexpr size_t kMostFaults = 10;

std::string old_text(const Fault& fault) {
  std::string out = "Value ";
  if (fault.value == nullptr) {
    out += "null";
  } else {
    out += '\'';
    // BatchGetItem prints its map as it was sent (validation_2026, BatchGetItem "malformed table name").
    if (fault.shape->name == "BatchGetRequestMap") {
      append_json(*fault.value, out);
    } else {
      print_java(*fault.shape, *fault.value, out);
    }
    out += '\'';
  }
  return out + " at '" + fault.camel_path + "' failed to satisfy constraint: " + fault.constraint;
}

[[noreturn]] void refuse(const std::vector<std::string>& texts) {
  std::string out = std::to_string(texts.size());
  out += texts.size() == 1 ? " validation error detected: " : " validation errors detected: ";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += "; ";
    out += texts[i];
  }
  throw errors::validation(std::move(out));
}

[[noreturn]] void refuse_old(const Faults& faults) {
  std::vector<std::string> texts;
  for (const Fault& fault : faults) {
    if (texts.size() == kMostFaults) break;
    texts.push_back(old_text(fault));
  }
  refuse(texts);
}

[[noreturn]] void refuse_new(std::string_view path, std::string_view constraint) {
  refuse({"Value at '" + std::string(path) + "' failed to satisfy constraint: " + std::string(constraint)});
}
[[noreturn]] void refuse_new(const Fault& fault) {
  refuse_new(fault.path, fault.constraint);
}

const Fault* find(const Faults& faults, std::string_view top, std::initializer_list<Rule> rules = {}) {
  for (const Fault& fault : faults) {
    if (fault.top != top || fault.nested) continue;
    if (rules.size() == 0 || std::find(rules.begin(), rules.end(), fault.rule) != rules.end()) return &fault;
  }
  return nullptr;
}

bool only(const Faults& faults, std::initializer_list<std::string_view> tops) {
  return std::all_of(faults.begin(), faults.end(),
                     [&](const Fault& fault) { return std::find(tops.begin(), tops.end(), fault.top) != tops.end(); });
}

bool is_single_write(Id operation) {
  return operation == Id::kPutItem || operation == Id::kUpdateItem || operation == Id::kDeleteItem;
}

// AWS's own slips: no member's name, UPDATE_NEW for UPDATED_NEW, ALL for AND.
constexpr std::string_view kNewReturnValues =
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, "
    "NONE]";
constexpr std::string_view kNewConditionalOperator =
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]";

// A long name behind a placeholder is told as one in an item is (ExtendDB's issue 365).
std::string single_write_text(const Fault& fault) {
  if (fault.top == "ExpressionAttributeNames" && fault.rule == Rule::kMax)
    return std::string(errors::text::kNameTooLong);
  return old_text(fault);
}

[[noreturn]] void report_single_write(Id operation, const Faults& faults) {
  if (const Fault* name = find(faults, "TableName", {Rule::kMin})) refuse_new(*name);
  const Fault* values = find(faults, "ReturnValues");
  if (operation == Id::kUpdateItem && values != nullptr) refuse({std::string(kNewReturnValues)});
  std::vector<std::string> texts;
  if (const Fault* capacity = find(faults, "ReturnConsumedCapacity")) texts.push_back(old_text(*capacity));
  if (values != nullptr) texts.emplace_back(kNewReturnValues);
  for (const Fault& fault : faults) {
    if (fault.top == "ReturnConsumedCapacity" || fault.top == "ReturnValues" || fault.top == "ConditionalOperator")
      continue;
    if (texts.size() < kMostFaults) texts.push_back(single_write_text(fault));
  }
  if (texts.empty()) texts.emplace_back(kNewConditionalOperator);
  refuse(texts);
}

void report_batch_get(const Faults& faults, bool is_new) {
  if (const Fault* empty = find(faults, "RequestItems", {Rule::kMin})) {
    if (is_new) refuse_new(*empty);
    throw errors::validation("The requestItems parameter is required for BatchGetItem");
  }
  if (faults.size() != 1 || faults[0].shape->name != "KeyList") return;
  // Over 100 keys: new everywhere since before May 2026. None: only where the operation has moved.
  if (faults[0].rule == Rule::kMax || (is_new && faults[0].rule == Rule::kMin)) refuse_new(faults[0]);
}

void report_batch_write(const Faults& faults, bool is_new) {
  if (const Fault* empty = find(faults, "RequestItems", {Rule::kMin})) {
    if (is_new) refuse_new(*empty);
    throw errors::validation("The requestItems parameter is required for BatchWriteItem");
  }
  const bool has_enum = std::any_of(faults.begin(), faults.end(), [](const Fault& f) { return f.rule == Rule::kEnum; });
  if (has_enum) {
    // Bad enums hide a malformed table name.
    Faults rest;
    std::copy_if(faults.begin(), faults.end(), std::back_inserter(rest),
                 [](const Fault& fault) { return fault.rule != Rule::kMapKeys; });
    refuse_old(rest);
  }
  if (is_new && faults.size() == 1 && faults[0].rule == Rule::kMapValues && faults[0].over) {
    refuse_new("RequestItems." + faults[0].bad_entry + ".member", "Member must have length less than or equal to 25");
  }
}

}  // namespace

bool falls_back(OperationId operation, const Faults& faults, size_t value_depth) {
  if (!is_single_write(operation)) return false;
  if (value_depth > kFallBackDepth) return true;
  return std::any_of(faults.begin(), faults.end(), [](const Fault& fault) {
    return !fault.nested && (fault.rule == Rule::kNull || (fault.top == "TableName" && fault.rule != Rule::kMin));
  });
}

void report_faults(OperationId operation, const Faults& faults, const OperationDialect& dialect) {
  const bool is_new = dialect.is_new();
  switch (operation) {
    case Id::kPutItem:
    case Id::kUpdateItem:
    case Id::kDeleteItem:
      if (is_new) report_single_write(operation, faults);
      break;
    case Id::kBatchGetItem:
      report_batch_get(faults, is_new);
      break;
    case Id::kBatchWriteItem:
      report_batch_write(faults, is_new);
      break;
    case Id::kTransactWriteItems:
    case Id::kTransactGetItems:
      if (!is_new) break;
      if (const Fault* token = find(faults, "ClientRequestToken")) refuse_new(*token);
      if (const Fault* items = find(faults, "TransactItems", {Rule::kMin, Rule::kMax})) refuse_new(*items);
      break;
    case Id::kQuery:
      // Bare, and ahead of the other enums.
      if (is_new && find(faults, "ConditionalOperator") != nullptr && find(faults, "TableName") == nullptr) {
        throw errors::validation(std::string(kNewConditionalOperator));
      }
      if (only(faults, {"Limit"})) refuse_new(faults[0]);  // in both: it moved before May 2026
      break;
    case Id::kScan:
      if (is_new && only(faults, {"Limit", "Segment"})) {
        const Fault* limit = find(faults, "Limit");
        refuse_new(limit != nullptr ? *limit : faults[0]);
      }
      break;
    default:
      break;
  }
  refuse_old(faults);
}

}  // namespace stator::shapes
