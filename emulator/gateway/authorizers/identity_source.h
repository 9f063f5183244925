// Where an authorizer finds what identifies a caller: "method.request.header.Auth", "$request.querystring.token",
// "context.httpMethod", "stageVariables.x", in REST's spelling or in the HTTP APIs'.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stator::gateway {

struct Call;

// The list as an authorizer's configuration holds it: parted by commas.
std::vector<std::string> read_identity_sources(std::string_view text);

// The values in order; nothing when one of them is absent or empty.
std::optional<std::vector<std::string>> identity_of(const Call& call, const std::vector<std::string>& sources);

}  // namespace stator::gateway
