// The Kinesis data streams that a table was told to send its changes to. Nothing is sent: there is no Kinesis here.
// What the service keeps of them is kept, and what it refuses is refused.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "emulator/context.h"

namespace stator {

// Changes the request's table and answers with the name, the stream and `status`. `change` is given the destination of
// the request's StreamArn, or null, and the table's; it returns the precision that the answer tells, or nothing.
void change_kinesis_destination(OperationContext& context, std::string_view status, std::string_view configuration,
                                const std::function<std::string(KinesisDestination*, Table&)>& change);

// The precision in the member of that name; empty when it says none.
std::string_view kinesis_precision(const OperationContext& context, std::string_view configuration);

}  // namespace stator
