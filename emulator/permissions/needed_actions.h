// What a request needs permission for: the actions and resources of the service authorization reference, each with the
// condition keys that the request gives it.
//
//   * Query, Scan and SELECT of an index need the index, not the table.
//   * A batch needs its action on each of its tables; a transaction what each of its parts would need alone, with
//     dynamodb:EnclosingOperation; a PartiQL statement PartiQLSelect, -Insert, -Update or -Delete.
//   * What belongs to no resource needs its action on "*"; ListTables on all tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/context.h"
#include "emulator/policy/condition.h"

namespace stator {

struct NeededAction {
  std::string action;                  // "dynamodb:GetItem"
  std::string resource;                // an ARN, or "*"
  std::string account = {};            // the resource's
  TablePtr table = {};                 // whose policy has a say; null: none
  std::string_view stream_label = {};  // the policy is the stream's; empty: the table's
  policy::ConditionContext conditions = {};
};

// In the order of the request. Of BatchExecuteStatement one to each statement; the action of one that cannot be read is
// empty.
std::vector<NeededAction> needed_actions(const OperationContext& context);

// The account in an ARN; empty where it is none.
std::string_view account_in(std::string_view arn);
// The tables and streams that a request names where it may name another account's: as it names them.
std::vector<std::string_view> named_resources(const JsonValue& input);

}  // namespace stator
