// The label of a stream: the time it was enabled, as the service writes it: 2015-06-27T00:48:05.899.
#pragma once

#include <cstdint>
#include <string>

namespace stator {

std::string stream_label(int64_t ms);

}  // namespace stator
