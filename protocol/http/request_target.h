// What a request's target means. Nothing here normalises: `//`, `.` and `%2F` stay what they are, because API Gateway
// hands paths to handlers both raw and decoded.
#pragma once

#include <string_view>

namespace stator::http {

// An absolute target ("http://host/path", as sent to proxies; RFC 9112, 3.2.2) without its scheme and authority; any
// other as it is.
std::string_view origin_form(std::string_view target);

}  // namespace stator::http
