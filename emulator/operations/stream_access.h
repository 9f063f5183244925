// What the operations of DynamoDB Streams have in common: the stream that an ARN names, and the texts of what is wrong
// with it. Texts marked (model) are not recorded.
#pragma once

#include <string_view>

#include "emulator/context.h"
#include "emulator/streams/stream.h"

namespace stator {

// The table and the label in a stream's ARN, which must be of the caller's account and region unless all are one.
StreamName stream_name_of(const OperationContext& context, std::string_view arn);

// Reads the streams of the request's scope, or throws ResourceNotFoundException for `arn` where nothing was ever made.
std::unique_ptr<persistence::ReadTransaction> read_streams(const OperationContext& context, std::string_view arn);

Stream require_stream(const OperationContext& context, std::string_view arn, persistence::ReadTransaction& transaction);

AwsError shard_not_found();

}  // namespace stator
