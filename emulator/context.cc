#include "emulator/context.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "emulator/tables/new_table.h"

namespace stator {

std::optional<int64_t> OperationContext::time_ms_in(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  constexpr double kEdge = 9e15;  // seconds; what is beyond is no time that anything has
  double seconds = 0;
  const std::string_view text = member->text();
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::llround(std::clamp(seconds, -kEdge / 1000, kEdge / 1000) * 1000);
}

AwsError invalid_table_arn(std::string_view arn) {
  return errors::validation("Invalid TableArn: Invalid ResourceArn provided as input " + std::string(arn));
}

TableArn read_table_arn(const OperationContext& context, std::string_view arn) {
  // arn:aws:dynamodb:region:account:table/NAME[/index/...]
  std::string_view rest = arn;
  std::string_view parts[5];
  for (std::string_view& part : parts) {
    size_t colon = rest.find(':');
    if (colon == std::string_view::npos) throw invalid_table_arn(arn);
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  auto denied = [&] { return errors::access_denied(context.caller.account, info(context.operation).name, arn); };
  if (parts[0] != "arn") throw invalid_table_arn(arn);
  if (parts[2] != "dynamodb") throw denied();
  constexpr std::string_view kTable = "table/";
  if (!rest.starts_with(kTable)) throw invalid_table_arn(arn);
  rest.remove_prefix(kTable.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  const TableArn table{rest.substr(0, slash), rest.substr(slash)};
  if (table.name.size() < 3 || table.name.size() > 255) throw invalid_table_arn(arn);
  // Another account learns nothing of its region (ExtendDB 227).
  const bool shared = context.engine.options().shared;
  if (!shared && parts[4] != context.caller.account) throw denied();
  if (!shared && parts[3] != context.caller.region) throw invalid_table_arn(arn);
  return table;
}

std::string_view table_in_arn(const OperationContext& context, std::string_view arn) {
  const TableArn table = read_table_arn(context, arn);
  if (!table.below.empty()) throw invalid_table_arn(arn);
  return table.name;
}

std::string_view table_name_of(const OperationContext& context, std::string_view name_or_arn) {
  return name_or_arn.starts_with("arn:") ? table_in_arn(context, name_or_arn) : name_or_arn;
}

TableAccess require_table(OperationContext& context, std::string_view name_or_arn) {
  std::string_view name = table_name_of(context, name_or_arn);
  if (context.scope == nullptr) throw errors::resource_not_found();
  TableAccess access;
  access.name = name_or_arn;
  access.generation = context.scope->catalog.generation();
  access.table = context.scope->catalog.find(name);
  if (access.table == nullptr || access.table->state == State::kDeleting || access.table->state == State::kCreating)
    throw errors::resource_not_found();
  return access;
}

TablePtr known_table(const OperationContext& context, std::string_view name) {
  return context.scope != nullptr ? context.scope->catalog.find(name) : nullptr;
}

TableChange change_table(const OperationContext& context, std::string_view name, const AwsError& missing) {
  if (context.scope == nullptr) throw missing;
  TableChange change{*context.scope, context.scope->store->write(), nullptr};
  change.table = change.scope.catalog.find(name, *change.transaction);
  if (change.table == nullptr) throw missing;
  return change;
}

TableChange change_table(const OperationContext& context, std::string_view name) {
  return change_table(context, name, errors::table_not_found(name));
}

AwsError layer2(const OperationDialect& dialect, std::string text) {
  AwsError error = errors::validation(std::move(text));
  return dialect.envelope ? errors::enveloped(error) : error;
}

std::string table_arn(const OperationContext& context, std::string_view table_name) {
  return table_arn(TableOwner{context.caller.account, context.caller.region}, table_name);
}

}  // namespace stator
