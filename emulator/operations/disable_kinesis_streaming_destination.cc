#include "emulator/operations.h"
#include "emulator/tables/kinesis_destinations.h"

namespace stator::operations {

void disable_kinesis_streaming_destination(OperationContext& context) {
  constexpr std::string_view kConfiguration = "EnableKinesisStreamingConfiguration";
  change_kinesis_destination(context, "DISABLING", kConfiguration, [&](KinesisDestination* known, Table&) {
    if (known == nullptr || !known->active)
      throw errors::validation(
          "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be "
          "ACTIVE to perform DISABLE operation.");
    known->active = false;
    return std::string(kinesis_precision(context, kConfiguration));
  });
}

}  // namespace stator::operations
