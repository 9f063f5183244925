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

std::string_view table_name_of(const OperationContext& context, std::string_view name) {
  if (!name.starts_with("arn:")) return name;
  // arn:aws:dynamodb:region:account:table/NAME[/index/...]
  std::string_view rest = name;
  std::string_view parts[5];
  for (std::string_view& part : parts) {
    size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return name;
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (!rest.starts_with("table/")) return name;
  rest.remove_prefix(6);
  if (!context.engine.options().shared && parts[3] != context.caller.region)
    throw errors::validation("Invalid table ARN: region in the ARN does not match the request's region");
  if (!context.engine.options().shared && parts[4] != context.caller.account)
    throw errors::access_denied(context.caller.account, info(context.operation).name, name);
  return rest.substr(0, rest.find('/'));
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
