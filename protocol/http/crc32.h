// CRC-32 as zlib and x-amz-crc32 count it (polynomial 0xEDB88320, reflected). Uses carry-less multiplication where the
// processor has it and zlib's tables elsewhere: a 1 MB page costs tens of microseconds instead of a thousand.
#pragma once

#include <cstdint>
#include <string_view>

namespace stator::http {

uint32_t crc32(std::string_view bytes);

}  // namespace stator::http
