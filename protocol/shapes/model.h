// The API model as tables: every operation's input as a tree of shapes with its constraints, for whoever checks or
// prints a request against it (the checker). Derived by scripts/model from AWS's own model plus the service's recorded
// deviations from it; committed, so that no build reads the model. Constant data: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace stator {

// Every operation of DynamoDB and DynamoDB Streams, by name, whether this server offers it or not.
enum class OperationId : uint8_t {
#define STATOR_OPERATION(name, service) k##name,
#include "protocol/shapes/operation_names.inc"
#undef STATOR_OPERATION
};

enum class Service : uint8_t { kDynamoDB, kDynamoDBStreams };

struct OperationInfo {
  OperationId id;
  Service service;
  std::string_view name;
};

inline constexpr OperationInfo kOperations[] = {
#define STATOR_OPERATION(name, service) {OperationId::k##name, Service::k##service, #name},
#include "protocol/shapes/operation_names.inc"
#undef STATOR_OPERATION
};
inline constexpr size_t kOperationCount = std::size(kOperations);

constexpr const OperationInfo& info(OperationId id) {
  return kOperations[static_cast<size_t>(id)];
}

// By plain name ("PutItem"), or null.
const OperationInfo* find_operation(std::string_view name);
// By X-Amz-Target ("DynamoDB_20120810.PutItem", "DynamoDBStreams_20120810.GetRecords"), or null.
const OperationInfo* find_target(std::string_view target);

namespace shapes {

enum class ShapeKind : uint8_t {
  kStructure,
  kList,
  kMap,
  kString,
  kInteger,
  kLong,
  kDouble,
  kBoolean,
  kBlob,
  kTimestamp,
  kAttributeValue,  // the one recursive shape, walked by its own function
};

enum class Pattern : uint8_t {
  kNone,
  kName,  // [a-zA-Z0-9_.-]+
  kNoDollar,
  kCsvDelimiter,
  kCsvHeader,
  kHexSixteens,
  kBucket,
  kTwelveDigits,
  kPrintable,
  kAny,
};

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::min();

struct Shape {
  std::string_view name;  // the service's class for it
  ShapeKind kind;
  Pattern pattern;
  bool constrained;       // something at or below it can break a member constraint
  uint16_t first_member;  // structures: members in the order in which the service lists their faults
  uint16_t member_count;
  uint16_t element;  // lists, maps
  uint16_t key;      // maps
  int64_t min;       // of the length, the size or the value
  int64_t max;
  std::string_view pattern_text;
  std::string_view enum_text;  // "INDEXES, TOTAL, NONE", as the service prints it
};

struct ShapeMember {
  std::string_view name;
  uint16_t shape;
  bool required;
};

const Shape& shape(uint16_t index);
const ShapeMember& member(uint16_t index);
const Shape& input_shape(OperationId id);

}  // namespace shapes
}  // namespace stator
