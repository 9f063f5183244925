#include "emulator/permissions/needed_actions.h"

#include "emulator/expressions/expression_error.h"
#include "emulator/fixture/faults.h"
#include "emulator/operations/statement_call.h"
#include "emulator/permissions/item_conditions.h"
#include "emulator/query/where_plan.h"
#include "emulator/streams/shard_iterator.h"
#include "emulator/tables/new_table.h"

namespace stator {
namespace {

using partiql::Returning;
using partiql::StatementKind;
using Id = OperationId;

std::string_view returned(Returning returning) {
  switch (returning) {
    case Returning::kAllOld:
      return "ALL_OLD";
    case Returning::kAllNew:
      return "ALL_NEW";
    case Returning::kModifiedOld:
      return "UPDATED_OLD";
    case Returning::kModifiedNew:
      return "UPDATED_NEW";
    case Returning::kNothing:
      break;
  }
  return "NONE";
}

std::string_view statement_action(StatementKind kind) {
  switch (kind) {
    case StatementKind::kInsert:
      return "PartiQLInsert";
    case StatementKind::kUpdate:
      return "PartiQLUpdate";
    case StatementKind::kDelete:
      return "PartiQLDelete";
    case StatementKind::kSelect:
    case StatementKind::kExists:
      break;
  }
  return "PartiQLSelect";
}

// A parameter that always has a value (developer guide, "Using IAM policy conditions").
std::string parameter(const JsonValue& object, std::string_view name) {
  const std::string_view given = OperationContext::string_in(object, name);
  return std::string(given.empty() ? "NONE" : given);
}

bool projects(const JsonValue& object) {
  return object.find("ProjectionExpression") != nullptr || object.find("AttributesToGet") != nullptr;
}

class Needs {
 public:
  explicit Needs(const OperationContext& context) : context_(context) {}

  std::vector<NeededAction> take() {
    const JsonValue& input = context_.input;
    switch (context_.operation) {
      case Id::kGetItem:
      case Id::kPutItem:
      case Id::kUpdateItem:
      case Id::kDeleteItem:
        item(own_name(), input);
        break;
      case Id::kQuery:
      case Id::kScan:
        page(input);
        break;
      case Id::kBatchGetItem:
      case Id::kBatchWriteItem:
        for (const JsonMember& member : input.find("RequestItems")->members()) batch(member);
        break;
      case Id::kTransactGetItems:
      case Id::kTransactWriteItems:
        for (const JsonValue& part : input.find("TransactItems")->elements())
          for (const JsonMember& action : part.members()) transacted(action);
        break;
      case Id::kExecuteStatement:
        statement(input);
        break;
      case Id::kBatchExecuteStatement:
        for (const JsonValue& each : input.find("Statements")->elements()) statement(each);
        break;
      case Id::kExecuteTransaction:
        for (const JsonValue& each : input.find("TransactStatements")->elements()) {
          statement(each);
          add_condition(last().conditions, "dynamodb:enclosingoperation", "ExecuteTransaction");
        }
        break;
      default:
        other(input);
    }
    return std::move(needed_);
  }

 private:
  std::string_view own_name() const { return info(context_.operation).name; }
  NeededAction& last() { return needed_.back(); }

  NeededAction& need(std::string_view action, std::string resource) {
    NeededAction& added = needed_.emplace_back(NeededAction{"dynamodb:" + std::string(action), std::move(resource)});
    added.account = context_.caller.account;
    return added;
  }

  std::string_view account_of(std::string_view name_or_arn) const {
    const std::string_view account = account_in(name_or_arn);
    return account.empty() || context_.engine.options().shared ? context_.caller.account : account;
  }

  // The table of that name, if it is in the request's own scope.
  TablePtr find(std::string_view name, std::string_view account) const {
    if (context_.scope == nullptr || account != context_.caller.account) return nullptr;
    return context_.scope->catalog.find(name);
  }

  NeededAction& table(std::string_view action, std::string_view name_or_arn, std::string_view index = {}) {
    const std::string_view account = account_of(name_or_arn), name = table_name_in(name_or_arn);
    std::string arn = table_arn(TableOwner{account, context_.caller.region}, name);
    if (!index.empty()) arn += "/index/" + std::string(index);
    NeededAction& added = need(action, std::move(arn));
    added.account = account;
    added.table = find(name, account);
    return added;
  }

  // A resource that is named by its ARN: a table, something of a table, a stream.
  NeededAction& by_arn(std::string_view action, std::string_view arn) {
    NeededAction& added = need(action, std::string(arn.empty() ? "*" : arn));
    added.account = account_of(arn);
    const std::string_view name = table_name_in(arn);
    if (name == arn) return added;
    const std::string_view below = arn.substr(static_cast<size_t>(name.data() + name.size() - arn.data()));
    constexpr std::string_view kStream = "/stream/";
    if (below.starts_with(kStream)) added.stream_label = below.substr(kStream.size());
    if (below.empty() || below.starts_with("/index/") || !added.stream_label.empty())
      added.table = find(name, added.account);
    return added;
  }

  static const Index* index_of(const NeededAction& added, std::string_view index) {
    return added.table != nullptr && !index.empty() ? added.table->find_index(index) : nullptr;
  }

  void item(std::string_view action, const JsonValue& object) {
    NeededAction& added = table(action, OperationContext::string_in(object, "TableName"));
    add_object_conditions(context_, added.table.get(), nullptr, object, added.conditions);
    if (action == "GetItem")
      add_condition(added.conditions, "dynamodb:select", projects(object) ? "SPECIFIC_ATTRIBUTES" : "ALL_ATTRIBUTES");
    else if (action == "ConditionCheckItem")  // what it has of the kind
      add_condition(added.conditions, "dynamodb:returnvalues",
                    parameter(object, "ReturnValuesOnConditionCheckFailure"));
    else
      add_condition(added.conditions, "dynamodb:returnvalues", parameter(object, "ReturnValues"));
    add_capacity(added);
  }

  void add_capacity(NeededAction& added) {
    add_condition(added.conditions, "dynamodb:returnconsumedcapacity",
                  parameter(context_.input, "ReturnConsumedCapacity"));
  }

  void page(const JsonValue& input) {
    const std::string_view index = OperationContext::string_in(input, "IndexName");
    NeededAction& added = table(own_name(), OperationContext::string_in(input, "TableName"), index);
    const Index* found = index_of(added, index);
    const KeySchema* keys = found != nullptr                          ? &found->keys
                            : added.table != nullptr && index.empty() ? &added.table->keys
                                                                      : nullptr;
    add_object_conditions(context_, added.table.get(), keys, input, added.conditions);
    const std::string_view select = OperationContext::string_in(input, "Select");
    add_condition(added.conditions, "dynamodb:select",
                  std::string(!select.empty()   ? select
                              : projects(input) ? "SPECIFIC_ATTRIBUTES"
                              : index.empty()   ? "ALL_ATTRIBUTES"
                                                : "ALL_PROJECTED_ATTRIBUTES"));
    add_capacity(added);
  }

  void batch(const JsonMember& member) {
    NeededAction& added = table(own_name(), member.name);
    const Table* found = added.table.get();
    if (context_.operation == Id::kBatchGetItem) {
      add_object_conditions(context_, found, nullptr, member.value, added.conditions);
      if (const JsonValue* keys = member.value.find("Keys"))
        for (const JsonValue& key : keys->elements()) add_item_conditions(context_, found, key, added.conditions);
      add_condition(added.conditions, "dynamodb:select",
                    projects(member.value) ? "SPECIFIC_ATTRIBUTES" : "ALL_ATTRIBUTES");
    } else {
      for (const JsonValue& write : member.value.elements())
        for (const JsonMember& request : write.members())
          add_object_conditions(context_, found, nullptr, request.value, added.conditions);
    }
    add_capacity(added);
  }

  void transacted(const JsonMember& action) {
    const std::string_view name = action.name == "ConditionCheck" ? "ConditionCheckItem"
                                  : action.name == "Put"          ? "PutItem"
                                  : action.name == "Update"       ? "UpdateItem"
                                  : action.name == "Delete"       ? "DeleteItem"
                                                                  : "GetItem";
    item(name, action.value);
    add_condition(last().conditions, "dynamodb:enclosingoperation", std::string(own_name()));
  }

  void statement(const JsonValue& element) {
    partiql::BoundStatement bound;
    try {
      bound = read_statement(context_, element);
    } catch (const AwsError&) {
      needed_.emplace_back();
      return;
    } catch (const expressions::ExpressionError&) {
      needed_.emplace_back();
      return;
    }
    NeededAction& added = table(statement_action(bound->kind), bound->table, bound->index);
    const Index* index = index_of(added, bound->index);
    const KeySchema* keys = index != nullptr                              ? &index->keys
                            : added.table != nullptr && !bound->has_index ? &added.table->keys
                                                                          : nullptr;
    add_statement_conditions(bound, keys, added.conditions);
    if (bound->reads()) {
      add_condition(added.conditions, "dynamodb:select",
                    bound.projection != nullptr ? "SPECIFIC_ATTRIBUTES" : "ALL_ATTRIBUTES");
      if (keys != nullptr)
        add_condition(added.conditions, "dynamodb:fulltablescan",
                      partition_keys_of(bound.where, *keys).empty() ? "true" : "false");
    }
    if (bound->kind == StatementKind::kUpdate || bound->kind == StatementKind::kDelete)
      add_condition(added.conditions, "dynamodb:returnvalues", std::string(returned(bound->returning)));
  }

  void add_tags(NeededAction& added, const JsonValue& input) {
    if (const JsonValue* tags = input.find("Tags"))
      for (const JsonValue& tag : tags->elements()) {
        const std::string key(OperationContext::string_in(tag, "Key"));
        add_condition(added.conditions, "aws:tagkeys", key);
        add_condition(added.conditions, policy::lower_key("aws:RequestTag/" + key),
                      std::string(OperationContext::string_in(tag, "Value")));
      }
    if (const JsonValue* keys = input.find("TagKeys"))
      for (const JsonValue& key : keys->elements())
        add_condition(added.conditions, "aws:tagkeys", std::string(key.text()));
  }

  void global_table(std::string_view name) {
    need(own_name(), "arn:aws:dynamodb::" + context_.caller.account + ":global-table/" + std::string(name));
  }

  // A restored table is written too (developer guide, "Using IAM with DynamoDB backup and restore").
  void restored(std::string_view target) {
    for (std::string_view action : {own_name(), std::string_view("BatchWriteItem"), std::string_view("DeleteItem"),
                                    std::string_view("GetItem"), std::string_view("PutItem"), std::string_view("Query"),
                                    std::string_view("Scan"), std::string_view("UpdateItem")})
      table(action, target);
  }

  void other(const JsonValue& input) {
    auto given = [&](std::string_view name) { return OperationContext::string_in(input, name); };
    const std::string own = "arn:aws:dynamodb:" + context_.caller.region + ":" + context_.caller.account + ":table/";
    switch (context_.operation) {
      case Id::kListTables:
        need(own_name(), own + "*");
        return;
      case Id::kListStreams: {
        const std::string_view name = table_name_in(given("TableName"));
        need(own_name(), own + (name.empty() ? "*" : std::string(name)) + "/stream/*");
        return;
      }
      case Id::kListBackups:
      case Id::kListExports:
      case Id::kListImports:
      case Id::kListGlobalTables:
      case Id::kListContributorInsights:
      case Id::kListBulkOperations:
      case Id::kDescribeEndpoints:
      case Id::kDescribeLimits:
        need(own_name(), "*");
        return;
      case Id::kGetRecords: {
        const auto iterator = read_shard_iterator(given("ShardIterator"));
        by_arn(own_name(), iterator ? iterator->arn : std::string_view());
        return;
      }
      case Id::kCreateTable:
        add_tags(table(own_name(), given("TableName")), input);
        if (input.find("Tags") != nullptr) add_tags(table("TagResource", given("TableName")), input);
        if (!given("ResourcePolicy").empty()) table("PutResourcePolicy", given("TableName"));
        return;
      case Id::kSearchVectors:
      case Id::kDescribeContributorInsights:
      case Id::kUpdateContributorInsights: {
        NeededAction& added = table(own_name(), given("TableName"), given("IndexName"));
        if (context_.operation == Id::kSearchVectors)
          add_object_conditions(context_, added.table.get(), nullptr, input, added.conditions);
        return;
      }
      case Id::kCreateGlobalTable:
      case Id::kUpdateGlobalTable:
      case Id::kUpdateGlobalTableSettings:
        global_table(given("GlobalTableName"));
        table(own_name(), given("GlobalTableName"));
        return;
      case Id::kDescribeGlobalTable:
      case Id::kDescribeGlobalTableSettings:
        global_table(given("GlobalTableName"));
        return;
      case Id::kRestoreTableFromBackup:
        by_arn(own_name(), given("BackupArn"));
        restored(given("TargetTableName"));
        return;
      case Id::kRestoreTableToPointInTime:
        if (const std::string_view source = given("SourceTableArn"); !source.empty())
          by_arn(own_name(), source);
        else
          table(own_name(), given("SourceTableName"));
        restored(given("TargetTableName"));
        return;
      case Id::kImportTable:
        if (const JsonValue* made = input.find("TableCreationParameters"))
          table(own_name(), OperationContext::string_in(*made, "TableName"));
        return;
      default:
        break;
    }
    if (const std::string_view name = given("TableName"); !name.empty()) {
      table(own_name(), name);
      return;
    }
    for (std::string_view member :
         {"ResourceArn", "TableArn", "BackupArn", "ExportArn", "ImportArn", "StreamArn", "BulkOperationArn"})
      if (input.find(member) != nullptr) {
        add_tags(by_arn(own_name(), given(member)), input);
        return;
      }
    need(own_name(), "*");
  }

  const OperationContext& context_;
  std::vector<NeededAction> needed_;
};

}  // namespace

std::string_view account_in(std::string_view arn) {
  if (!arn.starts_with("arn:")) return {};
  for (int i = 0; i < 4; ++i) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}

std::vector<std::string_view> named_resources(const JsonValue& input) {
  std::vector<std::string_view> names;
  for (std::string_view member : {"TableName", "ResourceArn", "StreamArn"})
    if (const std::string_view name = OperationContext::string_in(input, member); !name.empty()) names.push_back(name);
  if (const auto iterator = read_shard_iterator(OperationContext::string_in(input, "ShardIterator")))
    names.push_back(iterator->arn);
  if (const JsonValue* tables = input.find("RequestItems"))
    for (const JsonMember& table : tables->members()) names.push_back(table.name);
  if (const JsonValue* actions = input.find("TransactItems"))
    for (const JsonValue& action : actions->elements())
      for (const JsonMember& request : action.members())
        names.push_back(OperationContext::string_in(request.value, "TableName"));
  return names;
}

std::vector<NeededAction> needed_actions(const OperationContext& context) {
  return Needs(context).take();
}

}  // namespace stator
