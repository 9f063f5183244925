#include "emulator/operations.h"

namespace stator::operations {

void describe_kinesis_streaming_destination(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  TablePtr table = known_table(context, name);
  if (table == nullptr) throw errors::table_not_found(name);
  JsonWriter w(context.out);
  w.begin_object().key("TableName").string(name).key("KinesisDataStreamDestinations").begin_array();
  for (const KinesisDestination& destination : table->kinesis) {
    w.begin_object().key("StreamArn").string(destination.stream_arn);
    w.key("DestinationStatus").string(destination.active ? "ACTIVE" : "DISABLED");
    w.key("ApproximateCreationDateTimePrecision").string(destination.precision).end_object();
  }
  w.end_array().end_object();
}

}  // namespace stator::operations
