// Which bodies travel as base64. Pure text, no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stator::gateway {

// "Image/PNG; q=1" -> "image/png".
std::string media_type(std::string_view header);

// REST: whether `type` (bare) is one of the API's binaryMediaTypes; "*/*" and "image/*" stand for all of theirs.
bool is_binary_type(std::string_view type, const std::vector<std::string>& binary_media_types);

// HTTP APIs: text stays text; everything else is base64 in the event.
bool is_text_type(std::string_view type);

// Bytes that are not UTF-8 become U+FFFD, as they do in an event that must be JSON.
std::string valid_utf8(std::string_view bytes);

}  // namespace stator::gateway
