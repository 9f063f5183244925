#include <algorithm>

#include "emulator/operations.h"
#include "emulator/tables/kinesis_destinations.h"

namespace stator::operations {

// One stream at a time.
void enable_kinesis_streaming_destination(OperationContext& context) {
  constexpr std::string_view kConfiguration = "EnableKinesisStreamingConfiguration";
  std::string_view precision = kinesis_precision(context, kConfiguration);
  std::string_view stream = context.string("StreamArn");
  if (!stream.starts_with("arn:aws") || stream.find(":kinesis:") == std::string_view::npos)
    throw errors::invalid_parameter("StreamArn is not the ARN of a Kinesis data stream: " + std::string(stream));
  change_kinesis_destination(context, "ENABLING", kConfiguration, [&](KinesisDestination* known, Table& table) {
    if (std::any_of(table.kinesis.begin(), table.kinesis.end(),
                    [](const KinesisDestination& destination) { return destination.active; }))
      throw errors::validation(
          "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination "
          "must be DISABLED or ENABLE_FAILED to perform ENABLE operation.");
    if (known == nullptr) known = &table.kinesis.emplace_back();
    *known = {std::string(stream), true, std::string(precision.empty() ? "MILLISECOND" : precision)};
    return std::string(precision);
  });
}

}  // namespace stator::operations
