// What one operation is given: the request's input, the place for its answer, and the engine. Lives for one request, on
// one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/engine.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"
#include "protocol/shapes/checker.h"
#include "protocol/shapes/signature.h"

namespace stator {

// What an operation tells of itself for the log: what it cost and how much it looked at.
struct RequestNotes {
  double units = 0;
  uint64_t rows = 0;
};

struct OperationContext {
  Engine& engine;
  const RequestScope& caller;
  persistence::ScopeName scope_name;  // where the data is: the caller's own, or the one scope of --shared
  OperationId operation;
  const OperationDialect& dialect;
  Arena& arena;
  const JsonValue& input;
  std::string& out;
  std::shared_ptr<Scope> scope;  // null: nothing was ever made in it
  SpacePtr space;                // the main one or a fork's: whose clock and whose faults
  std::string_view host = {};    // as the request named this server; may be empty
  RequestNotes notes = {};
  bool all_unprocessed = false;  // a fault that was ordered: a batch returns everything unprocessed
  // Access control's: of each statement of a BatchExecuteStatement why it is refused, or nothing. Empty: none is.
  std::vector<std::string> refused_statements = {};

  // Members of the input. The shape check has seen that they have the model's type.
  std::string_view string(std::string_view name) const { return string_in(input, name); }
  const JsonValue* find(std::string_view name) const { return input.find(name); }
  bool flag(std::string_view name) const {
    const JsonValue* member = input.find(name);
    return member != nullptr && member->boolean();
  }
  // A timestamp in milliseconds.
  static std::optional<int64_t> time_ms_in(const JsonValue& object, std::string_view name);
  std::optional<int64_t> time_ms(std::string_view name) const { return time_ms_in(input, name); }
  static std::string_view string_in(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    return member != nullptr && member->is_string() ? member->text() : std::string_view();
  }

  int64_t now_ms() const { return space->clock.now_ms(); }
  // Where throttling is on: takes what the request costs, or throws the service's error.
  void charge(const Table& table, const CapacityUse& use, CapacityKind kind) const {
    if (!space->throttle.on()) return;
    if (std::optional<Throttled> throttled = space->throttle.take(table, use, kind, now_ms())) throw throttled->error();
  }
};

// A table of the request's scope by name or ARN. Throws ResourceNotFoundException with the text that operations on
// items use.
struct TableAccess {
  TablePtr table;
  std::string_view name;    // as the request has it, which may be an ARN: ConsumedCapacity repeats it (API reference)
  uint64_t generation = 0;  // of the catalogue, before the look-up
};
TableAccess require_table(OperationContext& context, std::string_view name_or_arn);
// The table, or null when there is none of that name in the request's scope.
TablePtr known_table(const OperationContext& context, std::string_view name);

// A table whose description an operation is about to change: as it was, and a transaction in which it is what it is.
struct TableChange {
  Scope& scope;
  std::unique_ptr<persistence::WriteTransaction> transaction;
  TablePtr table;
};
// Throws `missing`, without a second name ResourceNotFoundException with the text of operations on tables.
TableChange change_table(const OperationContext& context, std::string_view name, const AwsError& missing);
TableChange change_table(const OperationContext& context, std::string_view name);

// A table in an ARN that names it or something below it.
struct TableArn {
  std::string_view name;
  std::string_view below;  // "/index/NAME", "/stream/LABEL" or nothing
};
// Throws where it is no ARN of a table of the caller's account and region: another service's and another account's are
// access that is denied, all else is invalid_table_arn.
TableArn read_table_arn(const OperationContext& context, std::string_view arn);
// The text is recorded of the tags' operations (validation_errors.json); that TableName has it too is ours.
AwsError invalid_table_arn(std::string_view arn);

// The name in the ARN of a table, and of nothing below it.
std::string_view table_in_arn(const OperationContext& context, std::string_view arn);

// The name in a TableName member that may be the ARN of a table (of that alone: ExtendDB 200).
std::string_view table_name_of(const OperationContext& context, std::string_view name_or_arn);

std::string table_arn(const OperationContext& context, std::string_view table_name);

// An error of the request alone, found before any table is looked at: in the new dialect of the three writes it wears
// the envelope "1 validation error detected: ".
AwsError layer2(const OperationDialect& dialect, std::string text);

using OperationFunction = void (*)(OperationContext&);

}  // namespace stator
