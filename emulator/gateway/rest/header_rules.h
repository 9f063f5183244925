// What becomes of the headers of an integration's answer on a REST API ("Important notes": some are renamed to
// x-amzn-Remapped-NAME, some never pass). Pure text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stator::gateway {

// The name under which the client sees it, or nothing when it is dropped.
std::optional<std::string> client_header_name(std::string_view name);

// What comes from a body or a template, as a header's value: it may not break out of its line.
std::string one_line(std::string value);

}  // namespace stator::gateway
