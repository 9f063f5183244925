#include "emulator/gateway/rest/header_rules.h"

#include "protocol/wire_message.h"

namespace stator::gateway {

std::optional<std::string> client_header_name(std::string_view name) {
  for (const std::string_view each : {"Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Host",
                                      "Max-Forwards", "Server", "User-Agent", "WWW-Authenticate"})
    if (equal_ignoring_case(each, name)) return "x-amzn-Remapped-" + std::string(name);
  // They speak of one hop.
  for (const std::string_view each :
       {"Expect", "Keep-Alive", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade"})
    if (equal_ignoring_case(each, name)) return std::nullopt;
  return std::string(name);
}

std::string one_line(std::string value) {
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return value;
}

}  // namespace stator::gateway
