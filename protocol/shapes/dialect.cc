#include "protocol/shapes/dialect.h"

#include <algorithm>
#include <initializer_list>

namespace stator {
namespace {

using Id = OperationId;

constexpr OperationDialect kOldFlags{};

// New wording, old reading of values: BatchWriteItem, Scan, and whatever has not moved at all.
constexpr OperationDialect kNewWords{Dialect::kNew, false, NumberLayer::kOld, true};
// New reading of values, bare: the reads and the transactions.
constexpr OperationDialect kNewBare{Dialect::kNew, false, NumberLayer::kNew, false};
// The three writes.
constexpr OperationDialect kNewEnveloped{Dialect::kNew, true, NumberLayer::kNew, false};

// The 33 commercial regions that answer.
constexpr std::string_view kRegions[] = {
    "af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",   "ca-west-1",      "eu-central-1",
    "eu-central-2",   "eu-north-1",     "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",
    "eu-west-3",      "il-central-1",   "me-central-1",   "mx-central-1",   "sa-east-1",      "us-east-1",
    "us-east-2",      "us-west-1",      "us-west-2"};

bool any(std::string_view region, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), region) != names.end();
}

}  // namespace

const OperationDialect& operation_dialect(OperationId operation, Dialect dialect) {
  if (dialect == Dialect::kOld) return kOldFlags;
  switch (operation) {
    case Id::kPutItem:
    case Id::kDeleteItem:
    case Id::kUpdateItem:
      return kNewEnveloped;
    case Id::kGetItem:
    case Id::kQuery:
    case Id::kBatchGetItem:
    case Id::kTransactWriteItems:
    case Id::kTransactGetItems:
      return kNewBare;
    case Id::kBatchWriteItem:
    case Id::kScan:
      return kNewWords;
    default:
      return kOldFlags;  // the control plane and PartiQL have not moved
  }
}

DialectSettings DialectSettings::all_old() {
  return DialectSettings(Dialect::kOld);
}
DialectSettings DialectSettings::all_new() {
  return DialectSettings(Dialect::kNew);
}

std::optional<DialectSettings> DialectSettings::region(std::string_view name) {
  if (std::find(std::begin(kRegions), std::end(kRegions), name) == std::end(kRegions)) return std::nullopt;
  DialectSettings settings(Dialect::kOld);
  // Query, GetItem: everywhere asked.
  for (Id id : {Id::kQuery, Id::kGetItem}) settings.set(id, Dialect::kNew);
  if (!any(name, {"eu-south-2", "me-central-1"})) {
    for (Id id : {Id::kPutItem, Id::kUpdateItem, Id::kDeleteItem}) settings.set(id, Dialect::kNew);
  }
  if (name != "me-central-1") settings.set(Id::kBatchGetItem, Dialect::kNew);
  if (any(name, {"ap-east-2", "ap-southeast-1", "eu-central-1", "eu-north-1", "eu-west-2"})) {
    settings.set(Id::kBatchWriteItem, Dialect::kNew);
  }
  if (any(name, {"eu-west-2", "eu-central-1", "us-west-1", "ap-northeast-2", "ap-east-2", "af-south-1",
                 "ap-southeast-1", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"})) {
    settings.set(Id::kScan, Dialect::kNew);
  }
  if (any(name, {"eu-west-2", "eu-north-1", "ap-northeast-2"})) {
    settings.set(Id::kTransactWriteItems, Dialect::kNew);
    settings.set(Id::kTransactGetItems, Dialect::kNew);  // eu-west-2 was seen to answer both ways
  }
  return settings;
}

std::optional<DialectSettings> DialectSettings::parse(std::string_view text) {
  if (text == "old") return all_old();
  if (text == "new") return all_new();
  return region(text);
}

DialectSettings::DialectSettings() : DialectSettings(*region("us-east-1")) {}

}  // namespace stator
