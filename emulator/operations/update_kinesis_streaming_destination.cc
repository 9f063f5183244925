#include "emulator/operations.h"
#include "emulator/tables/kinesis_destinations.h"

namespace stator::operations {

void update_kinesis_streaming_destination(OperationContext& context) {
  constexpr std::string_view kConfiguration = "UpdateKinesisStreamingConfiguration";
  std::string_view precision = kinesis_precision(context, kConfiguration);
  if (precision.empty())
    throw errors::validation(
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be "
        "null or contain only null values");
  std::string_view stream = context.string("StreamArn");
  change_kinesis_destination(context, "UPDATING", kConfiguration, [&](KinesisDestination* known, Table& table) {
    if (known == nullptr || !known->active)
      throw errors::validation(
          "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with "
          "streamArn: " +
          std::string(stream) + " found for table with tableName: " + table.name);
    if (known->precision == precision)
      throw errors::validation("Invalid Request: Precision is already set to the desired value of " + known->precision +
                               " for tableId: " + table.id + ", kdsArn: " + known->stream_arn);
    known->precision = precision;
    return known->precision;
  });
}

}  // namespace stator::operations
