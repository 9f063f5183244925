#include "emulator/tables/kinesis_destinations.h"

namespace stator {

void change_kinesis_destination(OperationContext& context, std::string_view status, std::string_view configuration,
                                const std::function<std::string(KinesisDestination*, Table&)>& change) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  std::string_view stream = context.string("StreamArn");
  auto [scope, transaction, table] = change_table(context, name);
  if (table->state == State::kCreating) throw errors::table_being_created(name);
  if (table->state == State::kDeleting) throw errors::table_being_deleted(name);
  Table changed = *table;
  KinesisDestination* known = nullptr;
  for (KinesisDestination& destination : changed.kinesis)
    if (destination.stream_arn == stream) known = &destination;
  const std::string precision = change(known, changed);

  JsonWriter w(context.out);
  w.begin_object().key("TableName").string(name).key("StreamArn").string(stream);
  w.key("DestinationStatus").string(status);
  if (!precision.empty())
    w.key(configuration).begin_object().key("ApproximateCreationDateTimePrecision").string(precision).end_object();
  w.end_object();
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

std::string_view kinesis_precision(const OperationContext& context, std::string_view configuration) {
  const JsonValue* given = context.find(configuration);
  return given != nullptr ? OperationContext::string_in(*given, "ApproximateCreationDateTimePrecision")
                          : std::string_view();
}

}  // namespace stator
